"""Judges that say what a script says, and dialogues for them."""

import json
from collections.abc import Sequence
from typing import Any

from sqpsych.assessment.judging import Anchor, Asker, Criterion, Rubric, RubricScale
from sqpsych.language_models.catalogue import PromptStyle
from sqpsych.language_models.scripted import Line, Script, ScriptedModel
from sqpsych.records import Dialogue, Evidence, Score

from ..making import make_dialogue

DIALOGUE = make_dialogue(
    "How did you sleep this week?",
    "Badly. I lay awake until three, and I'm worn out.",
    "Lying awake that long wears anyone out.",
    "Yes. I keep thinking I'll lose my job.",
    name="d1",
)


def make_criterion(name: str = "warmth", **changes: Any) -> Criterion:
    """Make a criterion from 0 to 2."""
    fields = {
        "id": name,
        "label": name.capitalize(),
        "definition": "How warm it is.",
        "about": "whole",
        "view": "whole",
        "low": 0,
        "high": 2,
        "anchors": (Anchor(value=0, text="cold"), Anchor(value=2, text="warm")),
    }
    return Criterion.model_validate(fields | changes)


def make_rubric(*criteria: Criterion, scales: tuple[RubricScale, ...] = ()) -> Rubric:
    """Make a rubric of these criteria, or of one."""
    return Rubric(
        id="mine",
        title="Mine",
        source="none",
        licence="none",
        criteria=criteria or (make_criterion(),),
        scales=scales,
    )


def make_model(*lines: Line, name: str = "reader") -> ScriptedModel:
    """Make a model that says these lines, one a request; several texts in a line are attempts."""
    return ScriptedModel(Script(therapist=(), client=lines), name)


def make_asker(
    *lines: Line, style: PromptStyle = "chat", attempts: int = 3, name: str = "reader"
) -> Asker:
    """Make an asker of such a model."""
    return Asker(make_model(*lines, name=name), style, attempts)


def say(
    score: object = 2, turn: object = 1, quote: object = "lay awake until three", **more: Any
) -> str:
    """An answer in the form asked for."""
    return json.dumps(say_object(score, turn, quote, **more))


def say_object(
    score: object = 2, turn: object = 1, quote: object = "lay awake until three", **more: Any
) -> dict[str, Any]:
    """The same, not yet written."""
    return {"turn": turn, "quote": quote, "reason": "It says so.", "score": score, **more}


def read_requests(asker: Asker) -> Sequence[Any]:
    """The requests an asker's model got."""
    assert isinstance(asker.model, ScriptedModel)
    return asker.model.requests


def name_dialogue(name: str, person: str = "person") -> Dialogue:
    """The dialogue under another id, of another person."""
    return DIALOGUE.model_copy(update={"id": name, "pseudonym": person})


def rate(
    subject: str,
    criterion: str,
    value: float | None,
    rater: str = "reader",
    error: str | None = None,
    measure: str = "mine",
) -> Score:
    """Make a rater's score of one criterion."""
    return Score(
        subject=subject,
        measure=measure,
        criterion=criterion,
        value=value,
        rater=rater,
        error=error,
        evidence=() if value is None else (Evidence(turn=1, quote=f"words of {rater}"),),
    )
