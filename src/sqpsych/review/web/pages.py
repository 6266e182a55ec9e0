"""Pages from templates: every one gets the words, who is signed in, and what its forms carry."""

import json
import secrets
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.responses import Response

from sqpsych.review.web.texts import LANGUAGES, load_texts
from sqpsych.review.web.visitors import (
    derive_csrf,
    find_person,
    get_language,
    get_settings,
    get_store,
    make_visit,
    read_csrf,
)


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page in the language of the visitor.

    Args:
        request: what was asked.
        template: name of the file in templates/.
        status: of the answer.
        values: what the template names beside the usual; `back`, where the page answers a form,
            is where the language links lead. The usual: `t` (the words), `person`, `study`,
            `labels` (of the criteria, by id), `csrf` (for a hidden field of that name),
            `make_event` (a new id for a form), `closed`, `chats` (whether the person may chat).
    """
    language = get_language(request)
    csrf = read_csrf(request)
    visit = None if csrf else make_visit()
    store = get_store(request)
    rubric = store.study.rubric
    person, desk = find_person(request), request.app.state.desk
    page = load_environment().get_template(template)
    html = page.render(
        t=translate(language),
        language=language,
        languages=LANGUAGES,
        path=values.pop("back", request.url.path),
        person=person,
        chats=desk is not None and person is not None and desk.admits(person),
        study=store.study,
        labels={one.id: one.label for one in rubric.criteria} if rubric else {},
        closed=store.events.find_closing() is not None,
        csrf=derive_csrf(visit) if visit else csrf,
        make_event=make_event,
        **values,
    )
    response = HTMLResponse(html, status)
    if visit:
        set_cookie(request, response, get_settings(request).visit_cookie, visit)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that no script can read and no other site's link sends."""
    response.set_cookie(
        name, value, httponly=True, samesite="strict", secure=get_settings(request).tls, path="/"
    )


def make_event() -> str:
    """Make an id of an event."""
    return secrets.token_hex(16)


def translate(language: str) -> Callable[..., str]:
    """Make the function that gives the words of a language.

    It takes a key and values for the places in its text.
    """
    texts = load_texts(language)

    def t(key: str, **values: object) -> str:
        return texts[key].format(**values) if values else texts[key]

    return t


@cache
def load_environment() -> jinja2.Environment:
    """Make what reads templates: everything is escaped, and an unknown name is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = _write_json
    return environment


def _write_json(value: Any) -> Markup:
    """Write a value for an attribute, in single or double quotes."""
    return Markup.escape(json.dumps(value))


def _read(name: str) -> str:
    return (resources.files("sqpsych.review.web") / "templates" / name).read_text("utf-8")
