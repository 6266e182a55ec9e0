"""Pages on which a simulated client is tried out: choose, talk, read again.

Everything but the answers' stream is plain pages. Who may not chat, or when no model is served, is
told that there is no such page.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sqpsych.errors import InputError
from sqpsych.records import HUMAN, SymptomOutcome, Turn
from sqpsych.review.chatting import ChatDesk, OpenChat
from sqpsych.review.web.answers import EVENT_STREAM, follow_answer
from sqpsych.review.web.pages import render, translate
from sqpsych.review.web.visitors import SignedIn, check_form, check_header, get_language
from sqpsych.roleplay.live import brief
from sqpsych.roleplay.live.lines import MOST_CHARACTERS
from sqpsych.roleplay.live.session import CRISIS_VOICED
from sqpsych.wording import load_lexicon

router = APIRouter(prefix="/chat", default_response_class=HTMLResponse)

PROFILES_SHOWN = 200
"""Profiles offered by name; of more, any one is drawn."""
_FORM = [Depends(check_form)]
_JSON = [Depends(check_header)]
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {EVENT_STREAM: {}}}}


class Step(BaseModel):
    """What a page asks for, at the place where it saw the chat."""

    model_config = ConfigDict(extra="forbid", strict=True)

    turns: int = Field(ge=0, le=10_000)
    """Lines the page shows; another number means that the chat has gone on elsewhere."""


class Line(Step):
    """What a person says."""

    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)


async def get_desk(request: Request, person: SignedIn) -> ChatDesk:
    """The chats of the study.

    Raises:
        HTTPException: 404, nothing is served to chat with, or not for this person.
    """
    desk: ChatDesk | None = request.app.state.desk
    if desk is None or not desk.admits(person):
        raise HTTPException(404)
    return desk


Desk = Annotated[ChatDesk, Depends(get_desk)]


async def get_chat(person: SignedIn, desk: Desk) -> OpenChat:
    """The chat of the person signed in.

    Raises:
        HTTPException: 409, there is none.
    """
    chat = desk.find(person)
    if chat is None:
        raise HTTPException(409)
    return chat


Chat = Annotated[OpenChat, Depends(get_chat)]


@router.get("")
async def choose(request: Request, person: SignedIn, desk: Desk) -> Response:
    """Choose a profile and a part, or go on."""
    if desk.find(person) is not None:
        return RedirectResponse("/chat/now", 303)
    return render(
        request,
        "chat_choose.html.jinja",
        pseudonyms=[profile.pseudonym for profile in desk.profiles[:PROFILES_SHOWN]],
    )


@router.post("", dependencies=_FORM)
async def begin(
    person: SignedIn,
    desk: Desk,
    part: Annotated[Literal["therapist", "client"], Form()],
    profile: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Begin a chat."""
    if profile and profile not in {one.pseudonym for one in desk.profiles}:
        raise HTTPException(422)
    desk.begin(person, part, profile or None)
    return RedirectResponse("/chat/now", 303)


@router.get("/now")
async def show_chat(request: Request, person: SignedIn, desk: Desk) -> Response:
    """The chat as it stands."""
    chat = desk.find(person)
    if chat is None:
        return RedirectResponse("/chat", 303)
    live = chat.live
    return render(
        request,
        "chat.html.jinja",
        turns=live.turns,
        human=live.human,
        briefing=brief(live.stage, live.human),
        state={"awaits": live.awaits_human, "over": live.is_over, "busy": chat.busy},
        crisis=any(CRISIS_VOICED in turn.flags for turn in live.turns),
        most=MOST_CHARACTERS,
    )


@router.post("/now/lines", dependencies=_JSON, response_class=StreamingResponse, responses=_STREAM)
async def say(request: Request, chat: Chat, line: Line) -> Response:
    """Say something, and follow the answer."""
    _check_step(chat, line, awaits_human=True)
    t = translate(get_language(request))
    try:
        said = chat.live.say(line.text)
    except InputError:
        return JSONResponse({"error": "line", "message": t("chat.no_line")}, 422)
    return _follow(request, chat, said)


@router.post(
    "/now/answers", dependencies=_JSON, response_class=StreamingResponse, responses=_STREAM
)
async def ask(request: Request, chat: Chat, step: Step) -> Response:
    """Ask for the answer that is due: the first line of a therapist, or one that failed."""
    _check_step(chat, step, awaits_human=False)
    return _follow(request, chat, None)


@router.post("/now/undo", dependencies=_JSON, response_class=JSONResponse)
async def take_back(chat: Chat, step: Step) -> dict[str, int]:
    """Take the person's last line back, with the answer to it."""
    _check_step(chat, step, awaits_human=None)
    try:
        chat.live.take_back()
    except InputError:
        raise HTTPException(409) from None
    return {"turns": len(chat.live.turns)}


@router.post("/now/end", dependencies=_FORM)
async def end(person: SignedIn, desk: Desk) -> Response:
    """End the chat."""
    return RedirectResponse(f"/chat/ended/{desk.end(person)}", 303)


@router.get("/ended/{session}")
async def show_ended(
    request: Request,
    person: SignedIn,
    desk: Desk,
    session: Annotated[str, Path(max_length=40)],
) -> Response:
    """A chat of one's own that has ended, with what came out of the profile."""
    dialogue = desk.find_ended(person, session)
    if dialogue is None:
        raise HTTPException(404)
    human = "therapist" if dialogue.therapist_model == HUMAN else "client"
    states = {"told": "voiced", "untold": "pending", "against": "contradicted"}
    outcomes = {
        name: [_name(o) for o in dialogue.symptoms if o.state == state]
        for name, state in states.items()
    }
    return render(
        request, "chat_ended.html.jinja", dialogue=dialogue, human=human, outcomes=outcomes
    )


def _name(outcome: SymptomOutcome) -> str:
    name = load_lexicon()[outcome.symptom].name
    return name if outcome.turn is None else f"{name} ({outcome.turn + 1})"


def _check_step(chat: OpenChat, step: Step, *, awaits_human: bool | None) -> None:
    """Refuse what does not fit where the chat stands: sent twice, or from a page that is old."""
    stands = len(chat.live.turns)
    fits = awaits_human is None or (chat.live.awaits_human is awaits_human)
    over = awaits_human is not None and chat.live.is_over
    if chat.busy or over or step.turns != stands or not fits:
        raise HTTPException(409)


def _follow(request: Request, chat: OpenChat, said: Turn | None) -> Response:
    chat.busy = True
    events = follow_answer(chat, translate(get_language(request)), said)
    headers = {"x-accel-buffering": "no"}
    return StreamingResponse(events, media_type=EVENT_STREAM, headers=headers)
