"""The owner's pages: progress, agreement, disagreements, closing, export, new invitations."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from sqpsych.review.agreement import (
    LEAST_UNITS,
    Adjudication,
    AgreementWatch,
    Disagreement,
    list_disagreements,
    read_notes,
)
from sqpsych.review.answering import read_skips
from sqpsych.review.exporting import EXPORTS, ExportName
from sqpsych.review.people import INVITATION_DAYS
from sqpsych.review.progress import list_progress
from sqpsych.review.settling import adjudicate, close
from sqpsych.review.store import ReviewStore
from sqpsych.review.study import COMMENT_CHARACTERS, Item, Person
from sqpsych.review.web.pages import render
from sqpsych.review.web.rating import EventId
from sqpsych.review.web.sides import order_texts, turn_disagreement, turn_value
from sqpsych.review.web.visitors import Owner, Settings, Store, check_form, get_owner, is_part

router = APIRouter(
    prefix="/owner", dependencies=[Depends(get_owner)], default_response_class=HTMLResponse
)

ItemId = Annotated[str, Path(max_length=40)]
_FORM = [Depends(check_form)]


@router.get("")
def show_overview(request: Request, store: Store) -> Response:
    """Progress and agreement, which renew themselves; closing and export."""
    return render(
        request,
        "owner.html.jinja",
        agreement=_watch(request).measure(),
        least_units=LEAST_UNITS,
        exports=list(EXPORTS),
        **_describe_progress(store),
    )


@router.get("/progress")
def show_progress(request: Request, store: Store) -> Response:
    """The part of the overview that tells how far raters are."""
    return render(request, "progress.html.jinja", **_describe_progress(store))


@router.get("/agreement")
def show_agreement(request: Request) -> Response:
    """The part of the overview that tells how far raters agree."""
    agreement = _watch(request).measure()
    return render(request, "agreement.html.jinja", agreement=agreement, least_units=LEAST_UNITS)


@router.get("/disagreements")
def show_disagreements(request: Request, store: Store) -> Response:
    """Where raters differ, the widest first."""
    items = store.read_items()
    found = [turn_disagreement(items[one.item], one) for one in list_disagreements(store)]
    return render(
        request,
        "disagreements.html.jinja",
        disagreements=found,
        numbers=_number_items(store),
        open=sum(one.settled is None for one in found),
    )


@router.get("/items/{item}")
def show_item(request: Request, item: ItemId, store: Store) -> Response:
    """One item with all that raters say of it where they differ."""
    return _show_item(request, _find_real(store, item), store)


@router.post("/items/{item}/adjudications", dependencies=_FORM)
def adjudicate_item(
    request: Request,
    item: ItemId,
    person: Owner,
    store: Store,
    event: EventId,
    criterion: Annotated[str, Form(max_length=100)],
    value: Annotated[str, Form(pattern=r"^(-?[0-9]{1,3}|none)$")],
    reason: Annotated[str, Form(max_length=COMMENT_CHARACTERS)] = "",
) -> Response:
    """Settle one criterion of an item; a page that asks with htmx gets that part alone."""
    about = _find_real(store, item)
    given = turn_value(about, None if value == "none" else int(value))
    settled = Adjudication(value=given, reason=reason)
    adjudicate(store, person, event, item, criterion, settled)
    if not is_part(request):
        return RedirectResponse(f"/owner/items/{item}", 303)
    found = _find_disagreements(store, about)
    one = next(one for one in found if one.criterion == criterion)
    return render(request, "settling.html.jinja", one=one, item=about, just_saved=True)


@router.get("/close")
def ask_to_close(request: Request, store: Store) -> Response:
    """Ask once more: closing cannot be undone."""
    found = list_disagreements(store)
    return render(
        request,
        "close.html.jinja",
        open=sum(one.settled is None for one in found),
        **_describe_progress(store),
    )


@router.post("/close", dependencies=_FORM)
def close_study(
    person: Owner, store: Store, event: EventId, sure: Annotated[Literal["yes"], Form()]
) -> Response:
    """Close the study for good."""
    close(store, person, event)
    return RedirectResponse("/owner", 303)


@router.get("/exports/{name}")
def export(store: Store, person: Owner, name: ExportName) -> Response:
    """Give out one of the files, and write down that it was given out."""
    content = EXPORTS[name](store)
    store.events.append(secrets.token_hex(16), person.name, "exported", {"file": name})
    kind = "text/csv" if name.endswith(".csv") else "application/x-ndjson"
    headers = {"content-disposition": f'attachment; filename="{store.study.id}-{name}"'}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)


@router.post("/invitations", dependencies=_FORM)
def invite(
    request: Request, store: Store, settings: Settings, name: Annotated[str, Form(max_length=100)]
) -> Response:
    """Make a new invitation for a rater who lost the link or the passphrase."""
    people: dict[str, Person] = {person.name: person for person in store.people.read_all()}
    if name not in people:
        raise HTTPException(404)
    scheme = "https" if settings.tls else request.url.scheme
    link = f"{scheme}://{request.url.netloc}/invitations/{store.people.invite(name)}"
    return render(
        request,
        "invited.html.jinja",
        invited=people[name],
        link=link,
        days=INVITATION_DAYS,
        back="/owner",
    )


def _watch(request: Request) -> AgreementWatch:
    watch: AgreementWatch = request.app.state.agreement
    return watch


def _describe_progress(store: ReviewStore) -> dict[str, Any]:
    progress = list_progress(store)
    return {
        "progress": progress,
        "done": sum(one.finished + one.skipped for one in progress),
        "total": sum(one.total for one in progress),
        "skips": _list_skips(store),
    }


def _list_skips(store: ReviewStore) -> list[dict[str, str]]:
    """What was skipped, by whom and why."""
    numbers, skips = _number_items(store), read_skips(store)
    return [
        {
            "rater": task.person,
            "number": str(numbers.get(task.item, "")),
            "own": str(task.position + 1),
            **skips[task.id].model_dump(),
        }
        for task in store.read_tasks()
        if task.id in skips
    ]


def _number_items(store: ReviewStore) -> dict[str, int]:
    """Numbers by which the owner's pages call items, without saying where they are from."""
    real = [item.id for item in store.read_items().values() if not item.training]
    return {item: number for number, item in enumerate(real, 1)}


def _describe_raters(store: ReviewStore, item: str) -> list[dict[str, str]]:
    """Who has an item on their list, at which place, and what they say of it as a whole."""
    notes = read_notes(store)
    return [
        {"rater": task.person, "own": str(task.position + 1), "note": notes.get(task.id, "")}
        for task in sorted(store.read_tasks(), key=lambda task: task.person)
        if task.item == item
    ]


def _find_real(store: ReviewStore, item: str) -> Item:
    """Find an item that is rated in earnest."""
    found = store.find_item(item)
    if found is None or found.training:
        raise HTTPException(404)
    return found


def _find_disagreements(store: ReviewStore, item: Item) -> list[Disagreement]:
    """Where raters of an item differ, as the owner sees it."""
    return [turn_disagreement(item, d) for d in list_disagreements(store) if d.item == item.id]


def _show_item(request: Request, item: Item, store: ReviewStore) -> Response:
    disagreements = _find_disagreements(store, item)
    marks: dict[int, set[str]] = {}
    for one in disagreements:
        for opinion in one.opinions:
            for turn in opinion.evidence:
                marks.setdefault(turn, set()).add(opinion.rater)
    return render(
        request,
        "item.html.jinja",
        item=item,
        texts=order_texts(item),
        number=_number_items(store)[item.id],
        disagreements=disagreements,
        raters=_describe_raters(store, item.id),
        marks={turn: sorted(raters) for turn, raters in marks.items()},
    )
