"""What goes wrong between us and a model server, said in words of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import aiohttp

from sqpsych.errors import (
    ModelError,
    RequestRefusedError,
    ServerReplyError,
    ServerUnavailableError,
)
from sqpsych.language_models.egress import find_refusal

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_THIS_REQUEST = frozenset({400, 413, 422})


@contextmanager
def explain_failures(base_url: str) -> Iterator[None]:
    """Turn what the client raises into errors of ours."""
    try:
        yield
    except (aiohttp.ClientError, OSError, ExceptionGroup, TimeoutError, ValueError) as error:
        raise explain_failure(error, base_url) from error


def explain_failure(error: Exception, base_url: str) -> Exception:
    """Turn a client error into ours, without the request in it."""
    if (refusal := find_refusal(error)) is not None:
        return refusal
    if isinstance(error, TimeoutError):
        return ServerUnavailableError(
            f"The server at {base_url} did not answer in time. Is it overloaded? Give it longer "
            "with --timeout, or ask less at once with --concurrency."
        )
    if isinstance(error, ValueError):
        # The body is not the JSON, or not even the text, it should be; or the URL is none.
        return ServerReplyError(
            f"The server at {base_url} answered with something that is no completion "
            f"({type(error).__name__}). Check that it speaks the OpenAI protocol."
        )
    return ServerUnavailableError(
        f"No server answers at {base_url} ({type(error.__cause__ or error).__name__}). Start "
        "it, or correct the URL."
    )


def explain_status(status: int, base_url: str) -> ModelError:
    """Say what an HTTP status other than 200 means for the user; the body is not looked at."""
    if status in _TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerUnavailableError(
            f"The server at {base_url} answers {status}. Look at its log, and start the same "
            "command again when it is well."
        )
    if status in _THIS_REQUEST:
        return RequestRefusedError(
            f"The server at {base_url} refused the request with status {status}. The prompt may be "
            "longer than the context the server was started with, or the server may not know a "
            "sampling setting of the model (min_p, say)."
        )
    key = "Give its key in the environment variable SQPSYCH_API_KEY."
    url = "Check the URL (it usually ends in /v1) and the model's name."
    return ServerReplyError(
        f"The server at {base_url} refused the request with status {status}. "
        f"{key if status in {401, 403} else url}"
    )
