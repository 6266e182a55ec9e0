"""What is settled before a session begins: a function of person, protocol and seed."""

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.instruments import list_instruments
from sqpsych.records import ClientProfile, Fact, Grading, Statement, Symptom
from sqpsych.roleplay.checks import CHECKS, Moment, find_faults
from sqpsych.roleplay.life import fits
from sqpsych.roleplay.plan import (
    HESITATIONS,
    PAUSES,
    Attitude,
    SessionPlan,
    describe_referral,
    plan_session,
)
from sqpsych.roleplay.protocol import Knowledge
from sqpsych.roleplay.replies import Candidate
from sqpsych.roleplay.telling import (
    _DEGREES,
    JOINTS,
    _for_nights,
    begin_with,
    list_ways,
)
from sqpsych.wording import (
    content_words,
    find_mentions,
    find_strongest,
    has_near,
    load_lexicon,
    make_sentence,
    normalise,
    phrases,
    to_first_person,
)

from .puppets import STRUCTURED, make_person
from .sessions import make_profile

LEXICON = load_lexicon()
STATEMENTS = [
    option.statement
    for instrument in list_instruments()
    for item in instrument.items
    for option in item.options
]
seeds = st.integers(0, 2**31 - 1)


def endorse(
    *symptoms: Symptom, severity: float = 0.6, grading: Grading = "intensity"
) -> ClientProfile:
    """A person with these symptoms and nothing else asked about."""
    return make_profile().model_copy(
        update={
            "statements": tuple(make_statement(s, severity, grading) for s in symptoms),
        }
    )


def make_statement(
    symptom: Symptom, severity: float, grading: Grading = "intensity", sensitive: bool = False
) -> Statement:
    """A statement about a symptom."""
    return Statement(
        instrument="made_up",
        item="made_up_1",
        symptom=symptom,
        text="The client said so.",
        severity=severity,
        grading=grading,
        sensitive=sensitive,
    )


def plan(person: ClientProfile, seed: int = 7) -> SessionPlan:
    """Plan a session of `structured`."""
    return plan_session(person, STRUCTURED, seed)


def test_the_same_session_is_planned_alike_and_another_seed_gives_another() -> None:
    person = make_person("phq9", 2)
    assert plan(person) == plan(person)
    others = {(p.appointment, p.situation.id, p.day) for p in (plan(person, n) for n in range(20))}
    assert len(others) > 15


@given(seed=seeds)
def test_the_group_label_and_the_pseudonym_change_nothing(seed: int) -> None:
    person = make_person("bdi21", 1)
    other = person.model_copy(update={"condition": None, "pseudonym": "p9999"})
    assert plan(person, seed) == plan(other, seed)


@given(seed=seeds)
def test_answers_change_only_what_is_told_of_symptoms(seed: int) -> None:
    well, unwell = (plan(make_person("bdi21", value), seed) for value in (0, 3))
    assert well.notes == ()
    assert replace(unwell, notes=(), denied=well.denied) == well


@given(seed=seeds, instrument=st.sampled_from(["phq9", "bdi21", "hamd17", "hama14"]))
def test_no_two_symptoms_are_told_in_nearly_the_same_words(seed: int, instrument: str) -> None:
    texts = [normalise(note.text) for note in plan(make_person(instrument, 1), seed).notes]
    alike = [text for n, text in enumerate(texts) if has_near([text], texts[:n], 82)]
    assert alike == []


def test_attitudes_are_about_equally_frequent() -> None:
    found = Counter(plan(make_profile(), seed).attitude for seed in range(600))
    assert set(found) == set(get_args(Attitude))
    assert min(found.values()) > 150


@given(seed=seeds)
def test_the_situation_fits_the_person(seed: int) -> None:
    person = make_profile()
    assert fits(plan(person, seed).situation, person.demographics)


def test_each_endorsed_symptom_has_one_note_and_only_zeros_are_denied() -> None:
    person = make_person("phq9", {"phq9_3": 1, "phq9_4": 3})
    settled = plan(person)
    assert [(note.symptom, note.severity) for note in settled.notes] == [
        (Symptom.INSOMNIA, pytest.approx(1 / 3)),
        (Symptom.FATIGUE, 1.0),
    ]
    asked = {statement.symptom for statement in person.statements}
    assert settled.denied == asked - {Symptom.INSOMNIA, Symptom.FATIGUE}


def test_the_strongest_statement_about_a_symptom_counts() -> None:
    weak, strong = (make_statement(Symptom.WORRY, severity) for severity in (0.0, 0.5))
    for statements in ([weak, strong], [strong, weak]):
        assert find_strongest(statements) == {Symptom.WORRY: strong}
    person = make_profile().model_copy(update={"statements": (weak, strong)})
    assert plan(person).denied == frozenset()


def test_an_answer_that_grades_no_symptom_is_neither_told_nor_denied() -> None:
    person = make_person("bdi21", {"bdi21_10": 3, "bdi21_19": 0, "bdi21_19a": 1})
    settled = plan(person)
    assert settled.notes == ()
    assert Symptom.CRYING not in settled.denied
    assert Symptom.WEIGHT_LOSS in settled.denied


@pytest.mark.parametrize("part", [s for s, wording in LEXICON.items() if wording.part_of])
def test_a_whole_is_not_denied_where_a_part_is_endorsed(part: Symptom) -> None:
    wholes = LEXICON[part].part_of
    statements = [make_statement(part, 0.6), *(make_statement(whole, 0.0) for whole in wholes)]
    person = make_profile().model_copy(update={"statements": tuple(statements)})
    assert plan(person).denied.isdisjoint(wholes)


@pytest.mark.parametrize("grading", get_args(Grading))
@pytest.mark.parametrize("symptom", list(Symptom))
@pytest.mark.parametrize("severity", [0.2, 0.5, 1.0])
def test_what_is_to_be_told_claims_the_symptom_and_says_how_often(
    symptom: Symptom, severity: float, grading: Grading
) -> None:
    person = endorse(symptom, severity=severity, grading=grading)
    for seed in range(10):
        (note,) = plan(person, seed).notes
        told = make_sentence(to_first_person(note.text))
        assert symptom in {m.symptom for m in find_mentions(told) if m.kind == "claimed"}, told
        assert phrases.TIME_FRAMES.search(told), told
        assert len(told.split()) < 30


DEGREES = {
    spoken
    for grades in _DEGREES.values()
    for degree in chain(*grades)
    for spoken in (degree, _for_nights(degree))
}


@pytest.mark.parametrize(
    "start", sorted({*JOINTS, *chain(*HESITATIONS.values(), *PAUSES.values())})
)
@pytest.mark.parametrize("degree", sorted(DEGREES))
def test_no_beginning_hides_what_is_told(start: str, degree: str) -> None:
    for told in (f"{degree} I feel tired", f"I feel tired, {degree}", f"I feel tired {degree}"):
        line = begin_with(start, told)
        claimed = {m.symptom for m in find_mentions(line) if m.kind == "claimed"}
        assert claimed == {Symptom.FATIGUE}, line


def test_what_is_to_be_told_grows_with_severity() -> None:
    def list_degrees(severity: float) -> set[str]:
        person = endorse(Symptom.FATIGUE, severity=severity, grading="frequency")
        notes = (plan(person, seed).notes[0].text for seed in range(60))
        ways = list_ways(Symptom.FATIGUE, {Symptom.FATIGUE})
        return {_cut(note, ways) for note in notes}

    third = [list_degrees(severity) for severity in (1 / 3, 2 / 3, 1.0)]
    assert all(len(degrees) >= 3 for degrees in third)
    assert third[0].isdisjoint(third[1])
    assert third[1].isdisjoint(third[2])
    assert "nearly every day" in third[2]
    assert third[0] == list_degrees(0.1)


def _cut(note: str, ways: tuple[str, ...]) -> str:
    """What a note says beside the way the symptom is lived."""
    way = max((way for way in ways if way in note), key=len)
    return note.replace(f"they {way}", "").strip(" ,")


def test_nights_are_counted_for_sleep() -> None:
    texts = [
        plan(endorse(Symptom.INSOMNIA, severity=1.0), seed).notes[0].text for seed in range(60)
    ]
    assert any("night" in text for text in texts)
    assert not any("every day" in text or "on most days" in text for text in texts)


@pytest.mark.parametrize("symptom", list(Symptom))
def test_no_way_to_tell_shares_words_with_a_statement(symptom: Symptom) -> None:
    check = CHECKS["copied_statement"]
    moment = Moment("client", (), "too early", 72, "", "en", "[END]", statements=tuple(STATEMENTS))
    wording = LEXICON[symptom]
    for way in (*wording.says, *wording.fine, *wording.scenes):
        for told in (f"I {way}, nearly every day.", f"On several days I {way}."):
            said = Candidate(to_first_person(told), ended=False, cut_off=False, flags=())
            assert not check.fails(said, moment), told


def test_a_part_stands_for_the_whole_only_where_nothing_else_asks_about_it() -> None:
    own = set(LEXICON[Symptom.INSOMNIA].says)
    part = set(LEXICON[Symptom.EARLY_INSOMNIA].says)
    assert own | part <= set(list_ways(Symptom.INSOMNIA, {Symptom.INSOMNIA}))
    asked = {Symptom.INSOMNIA, Symptom.EARLY_INSOMNIA}
    assert part.isdisjoint(list_ways(Symptom.INSOMNIA, asked))
    assert set(list_ways(Symptom.INSOMNIA, set(Symptom))) == own


def test_what_is_fine_is_told_where_all_that_was_asked_about_is_denied() -> None:
    settled = plan(make_person("phq9", {"phq9_3": 2}))
    assert settled.find_fine(["sleep"]) == ()
    assert set(settled.find_fine(["appetite"])) <= set(LEXICON[Symptom.APPETITE].fine)
    assert len(settled.find_fine(["appetite"])) == 1
    assert settled.find_fine(["closeness"]) == ()


def test_what_was_made_up_is_all_marked_invented() -> None:
    settled = plan(make_person("phq9", {"phq9_3": 2}))
    facts = {fact.name: fact for fact in settled.invented}
    assert len(facts) == len(settled.invented)
    assert {fact.origin for fact in settled.invented} == {"invented"}
    assert facts["attitude"].value == settled.attitude
    assert facts["telling_insomnia"].value == settled.notes[0].text
    assert facts["scene_insomnia"].value == settled.notes[0].scene
    assert facts["situation"].value == settled.situation.fact


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"age": "34", "sex": "female"}, "A woman, 30 to 39 years old."),
        ({"age": "30-39 years", "sex": "Male"}, "A man, 30 to 39 years old."),
        ({"age": "80 or older", "sex": "male"}, "A man, 80 to 89 years old."),
        ({"age": "47"}, "A person, 40 to 49 years old."),
        ({"age": "unknown", "sex": "female"}, "A woman, age not known."),
        ({}, "A person, age not known."),
    ],
)
def test_the_referral_gives_sex_and_age_band(facts: dict[str, str], line: str) -> None:
    person = ClientProfile(
        pseudonym="p1", demographics=tuple(Fact(name=n, value=v) for n, v in facts.items())
    )
    settled = plan(person)
    lines = describe_referral(person, settled, "referral")
    assert lines[0] == line
    assert len(lines) == 2
    assert settled.situation.reason in lines[1]


@pytest.mark.parametrize(
    ("knowledge", "band", "text"),
    [("referral", False, False), ("totals", True, False), ("items", True, True)],
)
def test_the_therapist_knows_more_step_by_step(
    knowledge: Knowledge, band: bool, text: bool
) -> None:
    person = make_profile()
    told = "\n".join(describe_referral(person, plan(person), knowledge))
    assert ("Symptoms overall: severe." in told) == band
    assert (person.statements[0].text in told) == text


@given(seed=seeds)
@settings(deadline=None, max_examples=50)
def test_what_the_situation_has_to_tell_passes_the_checks_of_faith(seed: int) -> None:
    """Nobody's life holds a symptom or a crisis, so that it fits people who deny them all."""
    situation = plan(make_profile(), seed).situation
    moment = Moment("client", (), "too early", 72, "", "en", "[END]", denied=frozenset(Symptom))
    for text in (situation.event, situation.for_it, situation.against_it, situation.obstacle):
        told = make_sentence(to_first_person(text))
        reply = Candidate(told, ended=False, cut_off=False, flags=())
        assert find_faults(reply, moment, ("contradiction", "copied_statement")) == (), told
        assert content_words(told, letters=3) or text == situation.obstacle
