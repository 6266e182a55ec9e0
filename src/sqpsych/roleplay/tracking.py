"""A model that reads along: which symptoms a client's line claims or denies, beside the lexicon."""

import re
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
_WORD = re.compile(r"\w+(?:['’]\w+)*")
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
            What the model found, each with words as they stand in the line; None when its answer
            cannot be read, or quotes what was not said. Without symptoms it is not asked.

        Raises:
            ModelError: a server is away or talks nonsense.
        """
        if not asked:
            return ()
        (reply,) = await self.model.draw(self._make_request(session, seed, turns, line, asked))
        try:
            reading = _Reading.model_validate_json(reply.text)
        except ValidationError:
            return None
        mentions = []
        for found in reading.mentions:
            quote = _find_quote(found.quote, line)
            if found.symptom not in asked or not quote:
                return None
            mentions.append(
                Mention(symptom=found.symptom, kind=found.kind, quote=quote, rater=self.model.name)
            )
        return tuple(mentions)

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


def _find_quote(quote: str, line: str) -> str:
    """Find the words of a quote in a line, whatever is between them; empty when they are not."""
    wanted = normalise(quote).split()
    words = [(normalise(word[0]), word.span()) for word in _WORD.finditer(line)]
    for first in range(len(words) - len(wanted) + 1):
        here = words[first : first + len(wanted)]
        if wanted and [word for word, _ in here] == wanted:
            return line[here[0][1][0] : here[-1][1][1]]
    return ""


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
