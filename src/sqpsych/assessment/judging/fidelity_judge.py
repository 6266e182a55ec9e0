"""A judge who does not know the profile fills in the client's questionnaire from the dialogue.

What it reads is compared with the answers the client was given: `answer_comparison`. It is the
measure of fidelity that does not rest on the lexicon the role-play was checked with.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqpsych.assessment.judging.asking import (
    NOTHING_SHOWN,
    Asker,
    Fault,
    ask,
    make_key,
    read_template,
    write_form,
)
from sqpsych.assessment.judging.rubric import View
from sqpsych.assessment.judging.transcripts import choose_turns, name_shown, write_transcript
from sqpsych.assessment.judging.verdicts import Verdict, make_question, make_score
from sqpsych.errors import InputError
from sqpsych.instruments import list_instruments
from sqpsych.records import ClientProfile, Dialogue, Instrument, Item, Score, Turn


@dataclass(frozen=True, slots=True)
class FidelityJudge:
    """A model that answers a questionnaire in the client's place."""

    asker: Asker
    instrument: Instrument
    view: View = "client"
    """Whose lines are shown; client: what the therapist suggests gives no answer away."""
    items_per_request: int | None = None
    """None: one for models in transcript style, which are small; else all."""

    def __post_init__(self) -> None:
        """Refuse a request without an item.

        Raises:
            InputError: there is no item in a request.
        """
        if self.items_per_request is not None and self.items_per_request < 1:
            raise InputError(f"{self.items_per_request} items a request; expected 1 or more.")

    @property
    def measure(self) -> str:
        """Name of what its scores measure."""
        return f"answers of {self.instrument.id}, {self.view}"

    @property
    def key(self) -> str:
        """Name of the judge with all that shapes its scores, under which they are stored."""
        return make_key(self.asker.model.name, self.measure, self.describe())

    def describe(self) -> dict[str, Any]:
        """Describe what shapes the scores in JSON values, for a manifest."""
        texts = self.instrument.model_dump_json() + read_template("questionnaire")
        texts += read_template("again")
        return self.asker.describe() | {
            "instrument": self.instrument.id,
            "instrument_sha256": hashlib.sha256(texts.encode()).hexdigest(),
            "view": self.view,
            "items_per_request": self._per_request,
        }

    async def judge_dialogue(self, dialogue: Dialogue, lane: int = 0) -> tuple[Score, ...]:
        """Answer every scored item from the dialogue.

        Returns:
            One score an item, by its id: the points of the answer read, with the words that show
            it; without value and error where it is not assessable; with an error where the judge
            failed.

        Raises:
            ModelError: a server is away or talks nonsense.
        """
        items = [item for item in self.instrument.items if item.scored]
        turns = choose_turns(dialogue, self.view)
        answers: dict[str, Verdict | Fault] = {item.id: NOTHING_SHOWN for item in items}
        size = self._per_request
        batches = [items[start : start + size] for start in range(0, len(items), size)]
        for place, batch in enumerate(batches if turns else ()):
            read = await self._ask(dialogue, place, batch, turns, lane)
            answers |= read
        return tuple(
            make_score(dialogue.id, self.measure, item.id, self.asker.model.name, answers[item.id])
            for item in items
        )

    async def _ask(
        self,
        dialogue: Dialogue,
        place: int,
        batch: Sequence[Item],
        turns: Sequence[Turn],
        lane: int,
    ) -> dict[str, Verdict | Fault]:
        questions = [
            make_question(
                item.id, [o.value for o in item.options], turns, nullable=True, name="answer"
            )
            for item in batch
        ]
        prompt = read_template("questionnaire").format(
            time_frame=self.instrument.time_frame,
            shown=name_shown(self.view),
            transcript=write_transcript(turns),
            asked="\n\n".join(describe_item(item) for item in batch),
            form=write_form(questions),
        )
        return await ask(self.asker, dialogue.id, place, prompt, questions, lane)

    @property
    def _per_request(self) -> int:
        default = 1 if self.asker.style == "transcript" else len(self.instrument.items)
        return self.items_per_request or default


def describe_item(item: Item) -> str:
    """Put an item and its answers into the words of a prompt."""
    options = "\n".join(f"{o.value} ({o.label}): {o.statement}" for o in item.options)
    return f"{item.id}: {item.label}.\n{options}"


def find_instruments(profiles: Iterable[ClientProfile]) -> tuple[Instrument, ...]:
    """Find the instruments of the catalogue that people answered, sorted by id.

    Instruments of the user's own are passed over: load them and make a judge of each.
    """
    answered = {answer.instrument for profile in profiles for answer in profile.answers}
    return tuple(known for known in list_instruments() if known.id in answered)
