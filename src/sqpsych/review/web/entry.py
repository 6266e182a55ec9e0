"""Coming in and going out: invitations, sign-in, sign-out, language."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from sqpsych.errors import EntryError
from sqpsych.review.people import LONGEST_PASSPHRASE, PASSPHRASE_CHARACTERS, TooManyTriesError
from sqpsych.review.study import Person
from sqpsych.review.web.pages import render, set_cookie
from sqpsych.review.web.visitors import (
    LANGUAGE_COOKIE,
    Settings,
    SignedIn,
    Store,
    check_form,
    find_person,
)

router = APIRouter(default_response_class=HTMLResponse)

Token = Annotated[str, Path(max_length=100)]
Passphrase = Annotated[str, Form(max_length=2 * LONGEST_PASSPHRASE)]
"""A longer one is refused before it is hashed; one between the limits is told so."""
_CHECKED = [Depends(check_form)]


@router.get("/")
def show_start(request: Request, person: SignedIn) -> Response:
    """Send people to where their work is."""
    return RedirectResponse(find_home(person), 303)


def find_home(person: Person) -> str:
    """Where someone's work is."""
    return "/owner" if person.role == "owner" else "/tasks"


@router.get("/invitations/{token}")
def show_invitation(request: Request, token: Token, store: Store) -> Response:
    """Ask for a passphrase; looking at an invitation does not use it up."""
    try:
        invited = store.people.find_invited(token)
    except EntryError:
        return render(request, "error.html.jinja", 410, reason="errors.invitation")
    return _show_invitation(request, invited)


@router.post("/invitations/{token}", dependencies=_CHECKED)
def accept_invitation(
    request: Request,
    token: Token,
    store: Store,
    settings: Settings,
    passphrase: Passphrase,
    repeated: Passphrase,
) -> Response:
    """Set a passphrase, and sign in."""
    try:
        invited = store.people.find_invited(token)
    except EntryError:
        return render(request, "error.html.jinja", 410, reason="errors.invitation")
    if passphrase != repeated:
        return _show_invitation(request, invited, "entry.not_same")
    try:
        person = store.people.join(token, passphrase)
    except EntryError:
        return _show_invitation(request, invited, "entry.too_short")
    return _let_in(request, store, settings, person)


@router.get("/sign-in")
def show_sign_in(request: Request) -> Response:
    """Ask for name and passphrase."""
    person = find_person(request)
    if person is not None:
        return RedirectResponse(find_home(person), 303)
    return render(request, "sign_in.html.jinja", fault="", name="")


@router.post("/sign-in", dependencies=_CHECKED)
def sign_in(
    request: Request,
    store: Store,
    settings: Settings,
    name: Annotated[str, Form(max_length=100)],
    passphrase: Passphrase,
) -> Response:
    """Sign in."""
    address = request.client.host if request.client else ""
    try:
        person = store.people.check_in(name.strip().lower(), passphrase, address)
    except TooManyTriesError:
        return render(request, "sign_in.html.jinja", 429, fault="entry.too_many", name=name)
    except EntryError:
        return render(request, "sign_in.html.jinja", 403, fault="entry.wrong", name=name)
    return _let_in(request, store, settings, person)


@router.post("/sign-out", dependencies=_CHECKED)
def sign_out(request: Request, person: SignedIn, store: Store, settings: Settings) -> Response:
    """Sign out, here and for good."""
    store.people.end_session(request.cookies[settings.session_cookie])
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(
        settings.session_cookie, httponly=True, samesite="strict", secure=settings.tls
    )
    return response


@router.get("/languages/{language}")
def choose_language(
    request: Request,
    language: Literal["en", "de"],
    settings: Settings,
    back: Annotated[str, Query(pattern=r"^/([\w-][\w/-]*)?$", max_length=200)] = "/",
) -> Response:
    """Remember the language, and go back to the page."""
    response = RedirectResponse(back, 303)
    response.set_cookie(
        LANGUAGE_COOKIE, language, 31536000, httponly=True, samesite="strict", secure=settings.tls
    )
    return response


def _show_invitation(request: Request, invited: Person, fault: str = "") -> Response:
    status = 422 if fault else 200
    return render(
        request,
        "invitation.html.jinja",
        status,
        invited=invited,
        fault=fault,
        least=PASSPHRASE_CHARACTERS,
    )


def _let_in(request: Request, store: Store, settings: Settings, person: Person) -> Response:
    """Sign in with a new session, whatever session the browser had."""
    before = request.cookies.get(settings.session_cookie)
    if before:
        store.people.end_session(before)
    response = RedirectResponse(find_home(person), 303)
    set_cookie(request, response, settings.session_cookie, store.people.start_session(person.name))
    return response
