"""The app: its routes, its guards, and what is said when something goes wrong."""

from collections.abc import Callable
from importlib import resources
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sqpsych.errors import ChangeRefusedError, EventReusedError, StudyClosedError
from sqpsych.review.agreement import AgreementWatch
from sqpsych.review.chatting import ChatDesk
from sqpsych.review.store import ReviewStore
from sqpsych.review.web import chat_pages, entry, owning, rating
from sqpsych.review.web.failing import Apology
from sqpsych.review.web.guarding import Guard
from sqpsych.review.web.pages import render, translate
from sqpsych.review.web.settings import ServerSettings
from sqpsych.review.web.visitors import SignInNeededError, get_language, is_part, wants_json

ROUTERS = (entry.router, rating.router, owning.router, chat_pages.router)
"""All pages; adding one is adding its router here."""
_EXPLAINED = {400, 401, 403, 404, 405, 409, 413, 422, 429}


def create_app(
    store: ReviewStore, settings: ServerSettings | None = None, desk: ChatDesk | None = None
) -> FastAPI:
    """Make the app that serves a study.

    Args:
        store: the open study.
        settings: names, TLS.
        desk: the chats, where a model is served to chat with.
    """
    app = FastAPI(title="sqpsych review", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.store = store
    app.state.desk = desk
    app.state.agreement = AgreementWatch(store)
    app.state.settings = settings or ServerSettings()
    for router in ROUTERS:
        app.include_router(router)
    folder = resources.files("sqpsych.review.web") / "static"
    app.mount("/static", StaticFiles(directory=str(folder)), name="static")
    app.add_middleware(Apology)
    app.add_middleware(Guard, settings=app.state.settings)
    handlers: dict[type[Exception], Callable[[Request, Any], Response]] = {
        SignInNeededError: _send_to_sign_in,
        HTTPException: _explain,
        RequestValidationError: lambda request, error: _answer(request, 422),
        StudyClosedError: lambda request, error: _answer(request, 409, "closed"),
        ChangeRefusedError: lambda request, error: _answer(request, 409, "refused"),
        EventReusedError: lambda request, error: _answer(request, 409, "reused"),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return app


def _send_to_sign_in(request: Request, error: SignInNeededError) -> Response:
    if is_part(request):
        # A redirection would be followed, and the page it leads to put into this one.
        answer = _answer(request, 401)
        answer.headers["hx-redirect"] = "/sign-in"
        return answer
    if wants_json(request) or request.method != "GET":
        return _answer(request, 401)
    return RedirectResponse("/sign-in", 303)


def _explain(request: Request, error: HTTPException) -> Response:
    known = error.detail if isinstance(error.detail, str) and error.detail.islower() else None
    answer = _answer(request, error.status_code, known)
    answer.headers.update(error.headers or {})
    return answer


def _answer(request: Request, status: int, reason: str | None = None) -> Response:
    """Say what is wrong, without a word of what was sent."""
    key = reason or (str(status) if status in _EXPLAINED else "other")
    if wants_json(request):
        text = translate(get_language(request))(f"errors.{key}")
        return JSONResponse({"error": key, "message": text}, status)
    return render(request, "error.html.jinja", status, reason=f"errors.{key}", back="/")
