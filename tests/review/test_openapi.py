"""schemathesis sends what the OpenAPI description allows, and what it does not: no 5xx.

Each request is sent twice: by nobody, and by someone signed in, with the token of the page and with
ids that are there, so that it gets behind the doors.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from review.making import Browser, Served, make_event, make_study
from sqpsych.review import ReviewStore
from sqpsych.review.database import open_database
from sqpsych.review.web.app import ROUTERS

LEFT_ALONE = ("/sign-out", "/owner/close")
"""They would end what the others need, so they are sent without token."""


@cache
def serve() -> Served:
    """A study that all requests go to."""
    folder = Path(tempfile.mkdtemp(prefix="sqpsych-openapi-"))
    created = make_study(folder)
    return Served(created, ReviewStore(open_database(folder / "study")))


@cache
def join(name: str) -> Browser:
    """Someone signed in."""
    return serve().join(name)


def load_schema() -> schemathesis.BaseSchema:
    """The description, with the app behind it."""
    app = serve().app
    loaded = schemathesis.openapi.from_dict(app.openapi())
    loaded.app = app
    return loaded


schema = load_schema()


def test_the_description_names_every_page() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, one in schema.raw_schema["paths"].items()
        for method in one
    }
    routes = {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert len(described) > 20
    assert routes == described


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_breaks_the_server(case: "schemathesis.Case[Any]") -> None:
    _send(case, "", {})
    person = join("owner" if case.path.startswith("/owner") else "rater-1")
    if isinstance(case.path_parameters, dict):
        real = {
            "task": serve().store.read_tasks("rater-1")["skip" in case.path].id,
            "item": next(iter(serve().store.read_items())),
        }
        for name in case.path_parameters.keys() & real.keys():
            case.path_parameters[name] = real[name]
    token = "" if case.path in LEFT_ALONE else person.csrf
    if isinstance(case.body, dict):
        fitting = {"event": make_event(), "criterion": "warmth", "evidence": []}
        body: dict[str, Any] = case.body
        body |= {name: fitting[name] for name in body.keys() & fitting.keys()}
        if isinstance(body.get("value"), int):
            body["value"] %= 3
        if "csrf" in case.body or case.media_type != "application/json":
            case.body["csrf"] = token
    _send(case, token, dict(person.client.cookies))


def _send(case: "schemathesis.Case[Any]", token: str, cookies: dict[str, str]) -> None:
    case.call_and_validate(
        base_url="http://127.0.0.1",
        headers={"host": "127.0.0.1", "x-csrf-token": token},
        cookies=cookies,
        checks=[not_a_server_error],
    )


def test_it_got_behind_the_doors() -> None:
    kinds = {event.kind for event in serve().store.events.read_all()}
    assert {"rated", "noted", "break_started", "skipped", "exported"} <= kinds
