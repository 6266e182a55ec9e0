"""Who may come in: invitations, passphrases, sessions, and how often one may try.

Secrets that are sent out (links, cookies) are random and stored only as SHA-256; passphrases,
which people choose, as argon2id.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from sqpsych.errors import EntryError, ReviewError
from sqpsych.review.database import Database
from sqpsych.review.study import Person

if TYPE_CHECKING:
    from argon2 import PasswordHasher

INVITATION_DAYS = 14
SESSION_HOURS = 12
PASSPHRASE_CHARACTERS = 12
"""The shortest passphrase."""
LONGEST_PASSPHRASE = 200
FAILURE_WINDOW_S = 15 * 60.0
FAILURES_BY_NAME_AND_ADDRESS = 5
FAILURES_BY_ADDRESS = 30
FAILURES_BY_NAME = 50
"""Wrong passphrases within the window, after which even the right one is refused."""

_DAY_S = 24 * 3600.0
_TOKEN_BYTES = 32


class TooManyTriesError(EntryError):
    """Sign-in is refused for a while."""


class People:
    """The people of a study, and their keys."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """Use an open file.

        Args:
            database: of the study.
            clock: gives the time now, in seconds.
        """
        self._database = database
        self._clock = clock

    def read_all(self) -> tuple[Person, ...]:
        """Read all people, the owner first."""
        rows = self._database.read("SELECT name, role FROM people ORDER BY role, rowid")
        return tuple(Person(name=row["name"], role=row["role"]) for row in rows)

    def list_joined(self) -> frozenset[str]:
        """List those who have set a passphrase, by name."""
        rows = self._database.read("SELECT name FROM people WHERE passphrase IS NOT NULL")
        return frozenset(row["name"] for row in rows)

    def invite(self, name: str) -> str:
        """Make an invitation; earlier ones of this person that were not used no longer hold.

        Returns:
            The secret part of the link; it is not stored and cannot be shown again.

        Raises:
            ReviewError: there is nobody of that name.
        """
        known = [person.name for person in self.read_all()]
        if name not in known:
            raise ReviewError(
                f"There is nobody called {name!r} in this study. Known are {', '.join(known)}."
            )
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock()
        with self._database.write() as connection:
            connection.execute("DELETE FROM invitations WHERE person = ? AND used IS NULL", (name,))
            connection.execute(
                "INSERT INTO invitations (token, person, expires) VALUES (?, ?, ?)",
                (_hash(token), name, now + INVITATION_DAYS * _DAY_S),
            )
        return token

    def find_invited(self, token: str) -> Person:
        """Find who an invitation is for.

        Raises:
            EntryError: it is none, was used, or has expired.
        """
        rows = self._database.read(
            "SELECT p.name, p.role FROM invitations i JOIN people p ON p.name = i.person "
            "WHERE i.token = ? AND i.used IS NULL AND i.expires > ?",
            _hash(token),
            self._clock(),
        )
        if not rows:
            raise EntryError("This invitation does not hold: it was used, or has expired.")
        return Person(**dict(rows[0]))

    def join(self, token: str, passphrase: str) -> Person:
        """Use an invitation up, and set a passphrase; whoever was signed in no longer is.

        Raises:
            EntryError: the invitation does not hold, or the passphrase is too short or too long.
        """
        person = self.find_invited(token)
        check_passphrase(passphrase)
        hashed = self._hasher.hash(passphrase)
        with self._database.write() as connection:
            used = connection.execute(
                "UPDATE invitations SET used = ?1 "
                "WHERE token = ?2 AND used IS NULL AND expires > ?1",
                (self._clock(), _hash(token)),
            )
            if used.rowcount != 1:
                raise EntryError("This invitation does not hold: it was used, or has expired.")
            connection.execute(
                "UPDATE people SET passphrase = ? WHERE name = ?", (hashed, person.name)
            )
            connection.execute("DELETE FROM sessions WHERE person = ?", (person.name,))
        return person

    def check_in(self, name: str, passphrase: str, address: str) -> Person:
        """Check a name and a passphrase.

        The answer takes as long for a name that is not known as for a wrong passphrase.

        Args:
            name: as given.
            passphrase: as given.
            address: of the browser.

        Raises:
            TooManyTriesError: too many wrong ones came before.
            EntryError: they do not fit.
        """
        limits = {
            f"{name}@{address}": FAILURES_BY_NAME_AND_ADDRESS,
            f"@{address}": FAILURES_BY_ADDRESS,
            f"{name}@": FAILURES_BY_NAME,
        }
        keys = {_hash(key): most for key, most in limits.items()}
        # Counted before the check, so that many tries at once do not slip past the limit.
        tried = self._count_try(keys)
        rows = self._database.read("SELECT name, role, passphrase FROM people WHERE name = ?", name)
        known = str(rows[0]["passphrase"]) if rows and rows[0]["passphrase"] else None
        fits = self._verify(known or self._stand_in, passphrase)
        if known is None or not fits:
            raise EntryError("Name and passphrase do not fit.")
        own, *others = keys
        with self._database.write() as connection:
            connection.execute("DELETE FROM failures WHERE key = ?", (own,))
            connection.executemany(
                "DELETE FROM failures WHERE key = ? AND time = ?", [(key, tried) for key in others]
            )
        return Person(name=rows[0]["name"], role=rows[0]["role"])

    def start_session(self, name: str) -> str:
        """Sign someone in.

        Returns:
            The secret for the cookie; only its hash is stored.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock()
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE expires < ?", (now,))
            connection.execute(
                "INSERT INTO sessions (token, person, expires) VALUES (?, ?, ?)",
                (_hash(token), name, now + SESSION_HOURS * 3600),
            )
        return token

    def find_signed_in(self, token: str) -> Person | None:
        """Find whose session it is; None where it is none, or has expired."""
        rows = self._database.read(
            "SELECT p.name, p.role FROM sessions s JOIN people p ON p.name = s.person "
            "WHERE s.token = ? AND s.expires > ?",
            _hash(token),
            self._clock(),
        )
        return Person(**dict(rows[0])) if rows else None

    def end_session(self, token: str) -> None:
        """Sign someone out."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM sessions WHERE token = ?", (_hash(token),))

    def _count_try(self, keys: dict[str, int]) -> float:
        now = self._clock()
        with self._database.write() as connection:
            connection.execute("DELETE FROM failures WHERE time < ?", (now - FAILURE_WINDOW_S,))
            for key, most in keys.items():
                (count,) = connection.execute(
                    "SELECT count(*) FROM failures WHERE key = ?", (key,)
                ).fetchone()
                if count >= most:
                    raise TooManyTriesError("Too many tries. Wait a quarter of an hour.")
            connection.executemany(
                "INSERT INTO failures (key, time) VALUES (?, ?)", [(key, now) for key in keys]
            )
        return now

    def _verify(self, hashed: str, passphrase: str) -> bool:
        from argon2.exceptions import VerificationError

        if len(passphrase) > LONGEST_PASSPHRASE:
            return False
        try:
            return self._hasher.verify(hashed, passphrase)
        except VerificationError:
            return False

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher

        return PasswordHasher()

    @cached_property
    def _stand_in(self) -> str:
        """A hash that nobody's passphrase fits, to check against where there is none."""
        return self._hasher.hash(secrets.token_urlsafe(_TOKEN_BYTES))


def check_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is easy to guess, or too long to be hashed in good time.

    Raises:
        EntryError: it is.
    """
    if len(passphrase) < PASSPHRASE_CHARACTERS or len(set(passphrase)) < 4:
        raise EntryError(
            f"The passphrase is too short. Take {PASSPHRASE_CHARACTERS} characters or more."
        )
    if len(passphrase) > LONGEST_PASSPHRASE:
        raise EntryError(f"The passphrase is longer than {LONGEST_PASSPHRASE} characters.")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
