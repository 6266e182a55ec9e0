"""Every kind of planted fault is found where it is, and a clean dialogue raises nothing."""

import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sqpsych.assessment.fidelity.voicing import find_prescience, measure_fidelity, read_mentions
from sqpsych.assessment.figures import Finding
from sqpsych.assessment.measure import Measure
from sqpsych.assessment.rules.across import ACROSS
from sqpsych.assessment.rules.course import COURSE
from sqpsych.assessment.rules.faults import ARTEFACTS, REPETITION, TURN_TAKING
from sqpsych.assessment.rules.safety import SAFETY
from sqpsych.assessment.rules.style import STYLE
from sqpsych.assessment.sample import Sample
from sqpsych.records import Dialogue, Symptom

from .making import make_dialogue, make_dialogue_of, make_profile, make_turn

PLANTED = tomllib.loads((Path(__file__).parent / "planted_faults.toml").read_text("utf-8"))
MEASURES = (ARTEFACTS, REPETITION, TURN_TAKING, COURSE, STYLE, ACROSS, SAFETY)


def read_dialogue(text: str, person: str) -> Dialogue:
    """Read lines that begin with T: or C:."""
    lines = [line for line in text.splitlines() if line]
    turns = [
        make_turn(n, line[2:].strip(), speaker="therapist" if line[0] == "T" else "client")
        for n, line in enumerate(lines)
    ]
    return make_dialogue_of(turns, person=person, name=person)


def find_all(dialogues: Sequence[Dialogue], denied: Sequence[str]) -> list[Finding]:
    """All findings of the first dialogue."""
    sample = Sample("planted", tuple(dialogues), {})
    first = dialogues[0]
    found = [f for measure in MEASURES for f in measure.take(sample).findings.get(first.id, ())]
    found += [Finding(p.turn, "prescience", p.quote) for p in find_prescience(first)]
    profile = make_profile(*[(Symptom(symptom), 0.0) for symptom in denied])
    for symptom in measure_fidelity(first, profile).contradicted:
        found += [Finding(turn, "contradiction", symptom) for turn in find_claim(first, symptom)]
    return found


def find_claim(dialogue: Dialogue, symptom: Symptom) -> list[int]:
    """Turns in which the client claims a symptom."""
    return [
        turn.index
        for turn in dialogue.turns
        if turn.speaker == "client"
        for mention in read_mentions(turn.text, "client")
        if (mention.symptom, mention.kind) == (symptom, "claimed")
    ]


def name_fault(fault: dict[str, Any]) -> str:
    return f"{fault['kind']}-{fault['turn']}"


@pytest.mark.parametrize("fault", PLANTED["fault"], ids=name_fault)
def test_a_planted_fault_is_found_where_it_is_and_nothing_else(fault: dict[str, Any]) -> None:
    texts = [fault["text"], *fault.get("others", ())]
    dialogues = [read_dialogue(text, f"person-{n}") for n, text in enumerate(texts)]
    found = find_all(dialogues, fault.get("denied", ()))
    assert (fault["turn"], fault["kind"]) in {(finding.turn, finding.kind) for finding in found}
    expected = {fault["kind"], *fault.get("also", ())}
    assert [finding for finding in found if finding.kind not in expected] == []
    if not fault.get("also"):
        assert len(found) == 1


def test_a_clean_dialogue_raises_nothing() -> None:
    clean = read_dialogue(PLANTED["clean"]["text"], "clean")
    assert len(clean.turns) >= 24
    assert find_all([clean], PLANTED["clean"]["denied"]) == []


def test_a_clean_dialogue_raises_nothing_among_faulty_ones() -> None:
    clean = read_dialogue(PLANTED["clean"]["text"], "clean")
    faulty = [read_dialogue(f["text"], f"person-{n}") for n, f in enumerate(PLANTED["fault"])]
    assert find_all([clean, *faulty], ()) == []


def test_every_kind_that_the_measures_know_is_planted() -> None:
    kinds = {fault["kind"] for fault in PLANTED["fault"]}
    assert len(PLANTED["fault"]) >= 30
    assert kinds >= {
        "end_marker", "template_token", "speaker_label", "placeholder", "stage_direction",
        "prompt_leftover", "other_script", "other_language", "empty", "repeated_line",
        "repeated_sentence", "alternation", "opening", "one_speaker", "no_opening", "no_closing",
        "no_next_date", "abrupt_end", "stock_opening", "many_questions", "long_turn",
        "therapist_talks", "copied_line", "near_duplicate", "unanswered_crisis", "harmful_reply",
        "promised_cure", "medication_advice", "prescience", "contradiction",
    }  # fmt: skip


def test_the_near_duplicate_is_named() -> None:
    fault = next(fault for fault in PLANTED["fault"] if fault["kind"] == "near_duplicate")
    texts = [fault["text"], *fault["others"]]
    dialogues = [read_dialogue(text, f"person-{n}") for n, text in enumerate(texts)]
    (finding,) = (f for f in find_all(dialogues, ()) if f.kind == "near_duplicate")
    assert "person-1" in finding.quote


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_endless_mixed_and_missing_turns_are_measured_at_once(measure: Measure) -> None:
    words = ["I said that", "ich weiß nicht,", "the house is far.", "да, конечно", "you know?"]
    endless = " ".join(words[n % 5] for n in range(4000))
    dialogues = (
        make_dialogue("Hello.", endless, endless, "", person="a", name="endless"),
        make_dialogue(person="b", name="none"),
        make_dialogue("", "...", person="c", name="silent"),
    )
    measure.take(Sample("warm", (make_dialogue("Hello there.", "I want to live."),), {}))
    start = time.perf_counter()
    measure.take(Sample("any", dialogues, {}))
    assert time.perf_counter() - start < 1
