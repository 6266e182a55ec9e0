"""What a browser is told when a page fails: that it did, in words of ours, and nothing of why."""

import logging
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from sqpsych.errors import SqpsychError
from sqpsych.review.web.pages import load_environment, translate
from sqpsych.review.web.visitors import get_language, wants_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)


class Apology:
    """Answers in the place of a page that failed; stands behind the guard, which sets headers."""

    def __init__(self, app: "ASGIApp") -> None:
        """Stand in front of an app."""
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass one request on, and answer it when nobody else does."""
        begun = False

        async def send_on(message: "Message") -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            _log(error)
            known = isinstance(error, SqpsychError)
            status = HTTPStatus.SERVICE_UNAVAILABLE if known else HTTPStatus.INTERNAL_SERVER_ERROR
            await apologise(Request(scope), status)(scope, receive, send)


def apologise(request: Request, status: int) -> Response:
    """Say that something went wrong, without the study: reading it may be what fails."""
    language = get_language(request)
    t = translate(language)
    if wants_json(request):
        return JSONResponse({"error": "other", "message": t("errors.other")}, status)
    page = load_environment().get_template("failure.html.jinja")
    return HTMLResponse(page.render(t=t, language=language), status)


def _log(error: Exception) -> None:
    """Write down what happened where; the words of an error that is not ours may be a rater's."""
    words = error if isinstance(error, SqpsychError) else type(error).__name__
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("A page failed: %s\n%s", words, where)
