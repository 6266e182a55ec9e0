"""How dialogues ended and what they cost."""

from sqpsych.assessment.completion import COMPLETION, COST
from sqpsych.assessment.figures import Row
from sqpsych.assessment.sample import Sample

from .making import make_attempt, make_dialogue, make_dialogue_of, make_profile, make_turn


def take(sample: Sample) -> dict[str, Row]:
    """Both measures, by name of the figure."""
    return {row.name: row for one in (COMPLETION, COST) for row in one.take(sample).rows}


def test_rejected_dialogues_count_with_their_reasons() -> None:
    dialogues = (
        make_dialogue("Hello.", "Hi.", person="a"),
        make_dialogue("Hello.", person="b", ending="rejected", reason="turn 1: repeated, unvoiced"),
    )
    profiles = {d.id: make_profile(person=d.pseudonym) for d in dialogues}
    rows = take(Sample("c", dialogues, profiles))
    assert rows["dialogues"].value == 2
    assert rows["completed, share"].value == 0.5
    assert (rows["rejected"].value, rows["rejected"].note) == (1, "1 repeated, unvoiced")


def test_costs_count_rejected_attempts_and_dialogues_for_each_closed_one() -> None:
    dialogues = (
        make_dialogue("Hello.", "Hi.", person="a"),
        make_dialogue("Hello.", person="b", ending="rejected", reason="turn 1: empty"),
    )
    profiles = {d.id: make_profile(person=d.pseudonym) for d in dialogues}
    attempts = {dialogues[1].id: (make_attempt(1), make_attempt(1))}
    sample = Sample("c", dialogues, profiles, read_rejected=lambda d: attempts.get(d, ()))
    rows = take(sample)
    assert rows["attempts a turn"].value == 5 / 3
    assert rows["tokens in"].value == 500
    assert rows["tokens out"].value == 40
    assert rows["tokens a closed dialogue"].value == 540
    assert rows["seconds a closed dialogue"].value == 2.0


def test_a_corpus_without_a_closed_dialogue_says_why_none_has_a_price() -> None:
    dialogue = make_dialogue("Hello.", ending="rejected", reason="turn 1: empty")
    rows = take(Sample("c", (dialogue,), {dialogue.id: make_profile()}))
    for name in ("tokens a closed dialogue", "seconds a closed dialogue"):
        assert (rows[name].value, rows[name].note) == (None, "no closed dialogue")


def test_dialogues_made_elsewhere_cost_what_nobody_knows() -> None:
    turn = make_turn(0, "Hello.").model_copy(update={"prompt_tokens": 0, "completion_tokens": 0})
    dialogue = make_dialogue_of([turn])
    rows = take(Sample("c", (dialogue,), {dialogue.id: make_profile()}))
    assert rows["tokens a closed dialogue"].value is None
    assert "no token counts" in rows["tokens a closed dialogue"].note


def test_an_empty_corpus_has_no_shares() -> None:
    rows = take(Sample("c", (), {}))
    assert rows["dialogues"].value == 0
    assert rows["completed, share"].value is None
