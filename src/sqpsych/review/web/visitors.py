"""Who asks: the person signed in, their role, and whether a form is really theirs.

A page that only people of the study may see takes `SignedIn`, `Rater` or `Owner` as a parameter; a
route that changes anything also depends on `check_form` (a form) or `check_header` (JSON).
"""

import hashlib
import hmac
import re
import secrets
from typing import Annotated

from fastapi import Depends, Form, Header, HTTPException, Request

from sqpsych.review.store import ReviewStore
from sqpsych.review.study import Person
from sqpsych.review.web.settings import ServerSettings
from sqpsych.review.web.texts import choose_language

LANGUAGE_COOKIE = "sqpsych-language"
_VISIT = re.compile(r"[\w-]{43}")


class SignInNeededError(Exception):
    """Nobody is signed in, and the page is for people of the study."""


def get_store(request: Request) -> ReviewStore:
    """The study that is served."""
    store: ReviewStore = request.app.state.store
    return store


def get_settings(request: Request) -> ServerSettings:
    """How it is served."""
    settings: ServerSettings = request.app.state.settings
    return settings


Store = Annotated[ReviewStore, Depends(get_store)]
Settings = Annotated[ServerSettings, Depends(get_settings)]


def find_person(request: Request) -> Person | None:
    """Find who is signed in, if anyone."""
    token = request.cookies.get(get_settings(request).session_cookie)
    return get_store(request).people.find_signed_in(token) if token else None


def get_person(request: Request) -> Person:
    """The person signed in.

    Raises:
        SignInNeededError: nobody is.
    """
    person = find_person(request)
    if person is None:
        raise SignInNeededError
    return person


SignedIn = Annotated[Person, Depends(get_person)]


def get_rater(person: SignedIn) -> Person:
    """The rater signed in."""
    if person.role != "rater":
        raise HTTPException(403)
    return person


def get_owner(person: SignedIn) -> Person:
    """The owner signed in."""
    if person.role != "owner":
        raise HTTPException(403)
    return person


Rater = Annotated[Person, Depends(get_rater)]
Owner = Annotated[Person, Depends(get_owner)]


def make_visit() -> str:
    """Make the secret of a browser in which nobody is signed in."""
    return secrets.token_urlsafe(32)


def read_visit(request: Request) -> str | None:
    """Read the secret of a browser in which nobody is signed in."""
    visit = request.cookies.get(get_settings(request).visit_cookie, "")
    return visit if _VISIT.fullmatch(visit) else None


def derive_csrf(secret: str) -> str:
    """Derive from a cookie's secret what a form of that browser carries."""
    return hmac.new(secret.encode(), b"sqpsych form", hashlib.sha256).hexdigest()


def read_csrf(request: Request) -> str:
    """What forms of this page carry; empty where the browser has no cookie yet."""
    session = request.cookies.get(get_settings(request).session_cookie)
    if session and find_person(request):
        return derive_csrf(session)
    visit = read_visit(request)
    return derive_csrf(visit) if visit else ""


def check_csrf(request: Request, given: str) -> None:
    """Refuse a change that no page of this browser asked for.

    Raises:
        HTTPException: 403.
    """
    expected = read_csrf(request)
    origin = request.headers.get("sec-fetch-site", "same-origin")
    fits = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
    if not expected or not fits or origin not in {"same-origin", "none"}:
        raise HTTPException(403)


def check_form(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> None:
    """Refuse a form that no page of this browser holds."""
    check_csrf(request, csrf)


def check_header(
    request: Request, x_csrf_token: Annotated[str, Header(max_length=200)] = ""
) -> None:
    """Refuse JSON that no page of this browser sent."""
    check_csrf(request, x_csrf_token)


def is_part(request: Request) -> bool:
    """Whether htmx asked, for a part of a page that is there."""
    return "hx-request" in request.headers


def wants_json(request: Request) -> bool:
    """Whether a script asked, not a person: it is told in JSON what went wrong."""
    sent, accepted = (request.headers.get(name, "") for name in ("content-type", "accept"))
    return "application/json" in (sent, accepted) or is_part(request)


def get_language(request: Request) -> str:
    """The language of the page."""
    accepted = request.headers.get("accept-language", "")
    return choose_language(request.cookies.get(LANGUAGE_COOKIE), accepted)
