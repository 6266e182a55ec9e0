"""Fidelity as a measure: rows, findings and tables; items voiced in dialogues read by hand."""

from collections.abc import Mapping

import pytest

from sqpsych.assessment import Measured, Row, Sample
from sqpsych.assessment.fidelity.measure import (
    FIDELITY,
    NO_ANSWERS,
    find_unasked,
    measure_coverage,
)
from sqpsych.instruments import load_instrument, render_statements
from sqpsych.records import ClientProfile, Dialogue, Statement, Symptom

from ..making import make_dialogue, make_profile, make_turn

FATIGUE, INSOMNIA, APPETITE = Symptom.FATIGUE, Symptom.INSOMNIA, Symptom.APPETITE


def fill_in(person: str, *points: Mapping[str, int]) -> ClientProfile:
    """Make the profile of someone who answered these items; 0 to all others of the instrument."""
    statements: list[Statement] = []
    for given in points:
        instrument = load_instrument(next(iter(given)).split("_")[0])
        answers = {item.id: given.get(item.id, 0) for item in instrument.items}
        statements += render_statements(instrument, answers)
    return ClientProfile(pseudonym=person, statements=tuple(statements))


READ_BY_HAND = {
    "all told": (
        fill_in("a", {"phq9_3": 3, "phq9_4": 2}),
        (
            "How have you been?",
            "I can't sleep at all, and I'm worn out by noon.",
            "That sounds hard.",
            "It is, most days.",
        ),
        {"phq9_3", "phq9_4"},
        set(),
        1.0,
    ),
    "one of three": (
        fill_in("b", {"phq9_1": 2, "phq9_2": 1, "phq9_3": 1}),
        (
            "What has changed lately?",
            "I've lost interest in my garden.",
            "And at night?",
            "I sleep well, really.",
        ),
        {"phq9_1"},
        set(),
        1 / 3,
    ),
    "one told, one made up": (
        fill_in("c", {"phq9_4": 3}),
        (
            "How was your week?",
            "I feel tired all the time. I have no appetite.",
            "Since when?",
            "Since the move.",
        ),
        {"phq9_4"},
        {"phq9_5"},
        1.0,
    ),
    "worries": (
        fill_in("d", {"gad7_1": 2, "gad7_4": 2, "gad7_6": 1}),
        (
            "What brings you here?",
            "I can't relax in the evening.",
            "What happens then?",
            "I snap at my kids over nothing. I'm afraid something awful will happen.",
        ),
        {"gad7_4", "gad7_6"},
        {"gad7_7"},
        2 / 3,
    ),
    "two questionnaires": (
        fill_in("e", {"phq9_2": 2}, {"gad7_3": 2}),
        (
            "How are things at home?",
            "My sister can't sleep. I worry about everything.",
            "Tell me of a moment.",
            "She called on Monday.",
        ),
        {"gad7_3"},
        set(),
        1 / 2,
    ),
    "nothing endorsed": (
        fill_in("f", {"phq9_1": 0}),
        ("How have you been?", "I can't sleep at all.", "Anything else?", "I enjoy my work."),
        set(),
        {"phq9_3"},
        None,
    ),
    "a part tells the whole": (
        fill_in("g", {"phq9_6": 2, "phq9_9": 1}),
        ("What went through your mind?", "I feel like a failure.", "And then?", "I went home."),
        {"phq9_6"},
        set(),
        1 / 2,
    ),
    "a bare yes": (
        fill_in("h", {"phq9_5": 2}),
        ("Has your appetite gone?", "Yes.", "And your sleep?", "That is fine."),
        set(),
        set(),
        0.0,
    ),
}


def dialogue_read(name: str) -> Dialogue:
    profile, lines, *_ = READ_BY_HAND[name]
    return make_dialogue(*lines, person=profile.pseudonym, name=name)


def take(*pairs: tuple[Dialogue, ClientProfile | None], language: str = "en") -> Measured:
    profiles = {dialogue.id: profile for dialogue, profile in pairs if profile}
    sample = Sample("any", tuple(d for d, _ in pairs), profiles, language=language)
    return FIDELITY.take(sample)


def by_name(measured: Measured) -> dict[str, Row]:
    return {row.name: row for row in measured.rows}


@pytest.mark.parametrize("name", READ_BY_HAND)
def test_the_items_voiced_and_invented_are_those_read_by_hand(name: str) -> None:
    profile, _, voiced, invented, share = READ_BY_HAND[name]
    coverage = measure_coverage(dialogue_read(name), profile)
    assert {item for _, item in coverage.voiced} == voiced
    assert {item for _, item in coverage.invented} == invented
    assert coverage.share == share


def test_items_answered_with_more_than_nothing_are_endorsed_and_all_others_denied() -> None:
    coverage = measure_coverage(dialogue_read("worries"), READ_BY_HAND["worries"][0])
    assert [item for _, item in coverage.endorsed] == ["gad7_1", "gad7_4", "gad7_6"]
    assert [item for _, item in coverage.denied] == ["gad7_2", "gad7_3", "gad7_5", "gad7_7"]


def test_an_item_left_open_is_neither_endorsed_nor_invented() -> None:
    profile = make_profile((FATIGUE, 1.0))
    coverage = measure_coverage(make_dialogue("Well?", "I have no appetite."), profile)
    assert coverage.invented == ()
    assert coverage.denied == ()


def test_an_answer_that_grades_no_symptom_is_no_endorsed_item() -> None:
    answers = {"bdi21_10": 3, "bdi21_11": 1}
    statements = render_statements(load_instrument("bdi21"), answers)
    profile = ClientProfile(pseudonym="p1", statements=statements)
    coverage = measure_coverage(make_dialogue("Well?", "I cry all day."), profile)
    assert coverage.endorsed == (("bdi21", "bdi21_11"),)
    assert coverage.denied == ()


def test_the_rows_of_dialogues_read_by_hand() -> None:
    pairs = [(dialogue_read(name), READ_BY_HAND[name][0]) for name in READ_BY_HAND]
    rows = by_name(take(*pairs))
    endorsed = 2 + 3 + 1 + 3 + 2 + 0 + 2 + 1
    assert rows["endorsed items voiced, share"].value == pytest.approx(8 / endorsed)
    assert rows["invented items a dialogue"].value == pytest.approx(3 / len(pairs))
    assert rows["endorsed items voiced, share"].n == len(pairs)


def test_findings_point_to_the_turn_that_claims_or_names() -> None:
    dialogue = make_dialogue(
        "How is your appetite?",
        "I sleep well.",
        "Good.",
        "But I feel tired all the time.",
        "Yes?",
        "I feel tired all the time.",
    )
    measured = take((dialogue, make_profile((FATIGUE, 0.0), (INSOMNIA, 0.0))))
    found = [(f.turn, f.kind) for f in measured.findings[dialogue.id]]
    assert found == [(0, "prescience"), (3, "contradiction")]
    assert "tired" in measured.findings[dialogue.id][1].quote


def test_a_faithful_dialogue_has_no_findings() -> None:
    dialogue = make_dialogue("How was your week?", "I feel tired all the time.")
    assert take((dialogue, make_profile((FATIGUE, 1.0)))).findings == {}


def test_claims_that_fit_nothing_asked_are_counted_once_each() -> None:
    claimed = frozenset(
        {Symptom.CARDIOVASCULAR, Symptom.SOMATIC_ANXIETY, Symptom.CRYING, FATIGUE, INSOMNIA}
    )
    unasked = find_unasked(claimed, make_profile((FATIGUE, 1.0), (INSOMNIA, 0.0)))
    assert unasked == {Symptom.CARDIOVASCULAR, Symptom.CRYING}


def test_a_part_or_the_whole_of_what_was_asked_fits() -> None:
    asked_whole = make_profile((INSOMNIA, 1.0))
    assert find_unasked(frozenset({Symptom.LATE_INSOMNIA, INSOMNIA}), asked_whole) == frozenset()
    asked_part = make_profile((Symptom.LATE_INSOMNIA, 1.0))
    assert find_unasked(frozenset({Symptom.LATE_INSOMNIA, INSOMNIA}), asked_part) == frozenset()
    restless = frozenset({Symptom.RESTLESSNESS, Symptom.AGITATION, Symptom.PSYCHOMOTOR})
    assert find_unasked(restless, make_profile((Symptom.PSYCHOMOTOR, 1.0))) == frozenset()


def test_two_symptoms_that_are_part_of_each_other_count_once() -> None:
    restless = frozenset({Symptom.RESTLESSNESS, Symptom.AGITATION, Symptom.PSYCHOMOTOR})
    assert len(find_unasked(restless, make_profile((FATIGUE, 1.0)))) == 1


def test_unasked_claims_are_a_row() -> None:
    dialogue = make_dialogue("Well?", "I cry a lot. I have no appetite.")
    row = by_name(take((dialogue, make_profile((FATIGUE, 1.0)))))["claims that fit nothing asked"]
    assert (row.value, row.better) == (2, "lower")


def test_the_symptoms_table_counts_dialogues() -> None:
    pairs = [(dialogue_read(name), READ_BY_HAND[name][0]) for name in READ_BY_HAND]
    table = take(*pairs).tables["symptoms"]
    assert [line["symptom"] for line in table] == [symptom.value for symptom in Symptom]
    sleep = next(line for line in table if line["symptom"] == "insomnia")
    assert sleep == {
        "symptom": "insomnia",
        "claimed": 2,
        "endorsed": 2,
        "endorsed and voiced": 1,
        "denied": 5,
        "denied and claimed": 1,
    }


def test_the_items_table_names_instrument_and_item() -> None:
    name = "one told, one made up"
    table = take((dialogue_read(name), READ_BY_HAND[name][0])).tables["items"]
    assert len(table) == 9
    appetite = next(line for line in table if line["item"] == "phq9_5")
    assert (appetite["instrument"], appetite["denied"], appetite["denied and claimed"]) == (
        "phq9",
        1,
        1,
    )


def test_without_answers_only_prescience_has_a_value() -> None:
    dialogue = make_dialogue("How is your appetite?", "I cry a lot.")
    for profile in (None, ClientProfile(pseudonym="person")):
        measured = take((dialogue, profile))
        rows = by_name(measured)
        assert rows["prescience a dialogue"].value == 1
        others = [row for name, row in rows.items() if name != "prescience a dialogue"]
        assert len(others) == 5
        assert all(row.value is None and row.note == NO_ANSWERS for row in others)
        table = {line["symptom"]: line for line in measured.tables["symptoms"]}
        assert table["crying"]["claimed"] == 1
        assert table["fatigue"]["claimed"] == 0


def test_dialogues_with_answers_alone_decide_their_rows() -> None:
    told = make_dialogue("Well?", "I feel tired all the time.", person="a")
    imported = make_dialogue("Well?", "I cry a lot.", person="b")
    rows = by_name(take((told, make_profile((FATIGUE, 1.0), person="a")), (imported, None)))
    assert rows["endorsed symptoms voiced, share"].value == 1
    assert rows["endorsed symptoms voiced, share"].n == 1
    assert rows["claims that fit nothing asked"].value == 0
    assert rows["prescience a dialogue"].n == 2


def test_a_corpus_without_screening_questions_says_that_all_count() -> None:
    lines = ("How is your appetite?", "I cry a lot.")
    plain = by_name(take((make_dialogue(*lines), None)))["prescience a dialogue"]
    screened = by_name(take((make_dialogue(*lines, screens={0: (APPETITE,)}), None)))
    assert plain.note
    assert screened["prescience a dialogue"].value == 0
    assert not screened["prescience a dialogue"].note


def test_nothing_endorsed_or_denied_is_said_and_no_zero() -> None:
    dialogue = make_dialogue("Well?", "I cry a lot.")
    rows = by_name(take((dialogue, make_profile((FATIGUE, 1.0)))))
    assert rows["denied symptoms voiced, share"].value is None
    assert "denied" in rows["denied symptoms voiced, share"].note
    assert rows["invented items a dialogue"].value is None
    rows = by_name(take((dialogue, make_profile((FATIGUE, 0.0)))))
    assert rows["endorsed symptoms voiced, share"].value is None
    assert rows["endorsed items voiced, share"].value is None
    assert rows["invented items a dialogue"].value == 0


def test_what_cannot_be_read_is_missing_with_a_reason() -> None:
    profile = make_profile((FATIGUE, 1.0))
    monologue = make_dialogue("I feel tired all the time.").model_copy(
        update={"turns": (make_turn(0, "I feel tired.", speaker="client"),)}
    )
    rejected = make_dialogue("Well?", "I feel tired.", ending="rejected", reason="turn 2: x")
    german = make_dialogue("Wie geht es?", "Ich bin müde.")
    for measured, word in (
        (take(), "closed"),
        (take((rejected, profile)), "closed"),
        (take((monologue, profile)), "both"),
        (take((german, profile), language="de"), "English"),
    ):
        assert len(measured.rows) == 6
        assert all(row.value is None and word in row.note for row in measured.rows)
