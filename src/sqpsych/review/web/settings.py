"""How a study is served."""

from dataclasses import dataclass

from sqpsych.review.serving import LOOPBACK


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a study is served."""

    hosts: tuple[str, ...] = LOOPBACK
    """Names by which browsers may call the server; others are refused."""
    tls: bool = False
    """Whether browsers speak TLS, to a proxy in front: cookies are then sent in no other way."""

    @property
    def session_cookie(self) -> str:
        """Name of the cookie of those who are signed in."""
        return "__Host-sqpsych" if self.tls else "sqpsych"

    @property
    def visit_cookie(self) -> str:
        """Name of the cookie of those who are not, which guards the forms before sign-in."""
        return "__Host-sqpsych-visit" if self.tls else "sqpsych-visit"
