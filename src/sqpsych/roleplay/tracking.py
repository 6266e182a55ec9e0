"""A model that reads along: which symptoms a client's line claims or denies, beside the lexicon."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sqpsych.language_models import ChatModel, Message, Request
from sqpsych.language_models.catalogue import PromptStyle
from sqpsych.records import Mention, Symptom, Turn
from sqpsych.roleplay.prompts import LABELS
from sqpsych.seeds import derive_seed
from sqpsych.wording import load_lexicon, normalise

TRACKER_FAILED = "tracker_failed"
"""Flag of a turn whose reading the tracking model did not give in the form asked for."""
_MAX_TOKENS = 400
_ASKED = """\
A client speaks in a therapy session. List the symptoms that the client's last line itself claims to
have (claimed) or says not to have (denied), each with the words that say so, copied from the line.
List nothing that is not in the line. Answer in JSON.

The symptoms:
{symptoms}

The therapist asked: {asked}
The client's last line: {line}
"""


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid")

    symptom: Symptom
    kind: Literal["claimed", "denied"]
    quote: str


class _Reading(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mentions: list[_Found]


@dataclass(frozen=True, slots=True)
class Tracker:
    """A model that reads the client's lines."""

    model: ChatModel
    style: PromptStyle
    lane: int
    """Which of the server's prefix caches its prompts stay in."""

    async def read(
        self, session: str, seed: int, turns: Sequence[Turn], line: str, asked: Sequence[Symptom]
    ) -> tuple[Mention, ...] | None:
        """Read a client's line.

        Args:
            session: id of the session.
            seed: of the session.
            turns: what was said before.
            line: the client's new line.
            asked: the symptoms to look for, those of the profile.

        Returns:
            What the model found, each with words that stand in the line; None when its answer
            cannot be read, or quotes what was not said.

        Raises:
            ModelError: a server is away or talks nonsense.
        """
        (reply,) = await self.model.draw(self._make_request(session, seed, turns, line, asked))
        try:
            reading = _Reading.model_validate_json(reply.text)
        except ValidationError:
            return None
        said = normalise(line)
        if any(f.symptom not in asked or normalise(f.quote) not in said for f in reading.mentions):
            return None
        return tuple(
            Mention(symptom=f.symptom, kind=f.kind, quote=f.quote, rater=self.model.name)
            for f in reading.mentions
        )

    def _make_request(
        self, session: str, seed: int, turns: Sequence[Turn], line: str, asked: Sequence[Symptom]
    ) -> Request:
        lexicon = load_lexicon()
        prompt = _ASKED.format(
            symptoms="\n".join(f"- {symptom}: {lexicon[symptom].name}" for symptom in asked),
            asked=turns[-1].text if turns else "",
            line=line,
        )
        in_chat = self.style == "chat"
        return Request(
            tag=f"{session}/tracker/{len(turns)}/1",
            seed=derive_seed(seed, len(turns), "tracker"),
            max_tokens=_MAX_TOKENS,
            messages=(Message("user", prompt),) if in_chat else (),
            transcript=None if in_chat else f"{prompt}\nJSON:",
            stop=() if in_chat else (f"\n{LABELS['client']}:",),
            temperature=0.0,
            schema=_describe_reading(asked),
            lane=self.lane,
        )


def _describe_reading(asked: Sequence[Symptom]) -> dict[str, Any]:
    """The JSON schema of a reading, with the symptoms asked for alone."""
    found = {
        "type": "object",
        "properties": {
            "symptom": {"enum": [str(symptom) for symptom in asked]},
            "kind": {"enum": ["claimed", "denied"]},
            "quote": {"type": "string"},
        },
        "required": ["symptom", "kind", "quote"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"mentions": {"type": "array", "items": found}},
        "required": ["mentions"],
        "additionalProperties": False,
    }
