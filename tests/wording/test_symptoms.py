"""Every symptom can be said, denied and found, and what says nothing of it is passed over."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from sqpsych.records import MentionKind, Speaker, Symptom
from sqpsych.wording import find_mentions, load_lexicon, mentions
from sqpsych.wording.symptoms import Area

EXAMPLES: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "symptom_examples.toml").read_text("utf-8")
)
LEXICON = load_lexicon()
FREQUENCIES = ("now and then", "nearly every day", "most of the time", "on some nights")
SAYS = [(symptom, says) for symptom, wording in LEXICON.items() for says in wording.says]
FINE = [(symptom, fine) for symptom, wording in LEXICON.items() for fine in wording.fine]
SENTENCES = [
    (Symptom(name), kind, sentence)
    for name, kinds in EXAMPLES.items()
    for kind, sentences in kinds.items()
    for sentence in sentences
]
FIRST_PERSON = {
    "they": "I",
    "their": "my",
    "them": "me",
    "themselves": "myself",
    "are": "am",
}


def say(phrase: str, frequency: str = "") -> str:
    """Turn a verb phrase about several others into a sentence about oneself."""
    words = re.sub(r"\w+", lambda word: FIRST_PERSON.get(word[0], word[0]), phrase)
    return f"I {words} {frequency}".rstrip() + "."


def find(text: str, kind: MentionKind, speaker: Speaker = "client") -> set[Symptom]:
    """Find the symptoms mentioned in one way."""
    return {found.symptom for found in find_mentions(text, speaker) if found.kind == kind}


def test_every_symptom_has_its_words_and_examples() -> None:
    assert list(LEXICON) == list(Symptom)
    assert set(EXAMPLES) == {symptom.value for symptom in Symptom}
    for symptom, wording in LEXICON.items():
        assert wording.symptom == symptom
        assert wording.name
        assert wording.area in get_args(Area)
        assert symptom not in wording.part_of
        assert 4 <= len(wording.says) <= 14
        assert wording.fine
        assert len(wording.scenes) >= 4
        examples = EXAMPLES[symptom.value]
        assert len(examples["claimed"]) >= 6
        assert len(examples["denied"]) + len(examples["nothing"]) >= 4


@pytest.mark.parametrize(("symptom", "says"), SAYS)
def test_says_claims_its_symptom_alone(symptom: Symptom, says: str) -> None:
    for frequency in ("", *FREQUENCIES):
        sentence = say(says, frequency)
        assert find(sentence, "claimed") == {symptom, *LEXICON[symptom].part_of}, sentence
        assert not find(sentence, "denied"), sentence


@pytest.mark.parametrize(("symptom", "fine"), FINE)
def test_fine_denies_its_symptom_and_nothing_outside_of_it(symptom: Symptom, fine: str) -> None:
    parts = {part for part, wording in LEXICON.items() if symptom in wording.part_of}
    denied = find(say(fine), "denied")
    assert symptom in denied
    assert denied <= {symptom, *LEXICON[symptom].part_of, *parts}
    assert not find(say(fine), "claimed")


@pytest.mark.parametrize(
    ("symptom", "scene"),
    [(symptom, scene) for symptom, wording in LEXICON.items() for scene in wording.scenes],
)
def test_a_scene_tells_of_no_other_symptom(symptom: Symptom, scene: str) -> None:
    sentence = say(scene)
    assert find(sentence, "claimed") <= {symptom, *LEXICON[symptom].part_of}, sentence
    assert not find(sentence, "denied"), sentence


@pytest.mark.parametrize(("symptom", "kind", "sentence"), SENTENCES)
def test_example_is_read_as_labelled(symptom: Symptom, kind: str, sentence: str) -> None:
    kinds = {found.kind for found in find_mentions(sentence) if found.symptom == symptom}
    assert kinds == (set() if kind == "nothing" else {kind})


@pytest.mark.parametrize(
    "sentence",
    [
        "I am not tired.",
        "I'm not really all that tired.",
        "I haven’t been feeling tired.",
        "I don't think I'm tired.",
        "It's not that I am tired.",
        "I've never been tired.",
        "I wouldn't say I'm tired.",
        "I'm neither sad nor tired.",
        "I'm not sad or tired.",
        "I don't feel tired, I sleep well.",
    ],
)
def test_negated_complaint_is_denied(sentence: str) -> None:
    assert Symptom.FATIGUE in find(sentence, "denied")
    assert Symptom.FATIGUE not in find(sentence, "claimed")


@pytest.mark.parametrize(
    "sentence",
    [
        "I'm not sad, just tired.",
        "I don't know why I'm so tired.",
        "I'm not sleeping and tired all the time.",
        "I can't hide that I'm tired.",
        "I don't have any energy.",
        "I don't have enough energy.",
        "My energy isn't good.",
        "I'm not only sad but tired.",
    ],
)
def test_negation_elsewhere_or_within_leaves_the_claim(sentence: str) -> None:
    assert Symptom.FATIGUE in find(sentence, "claimed")
    assert Symptom.FATIGUE not in find(sentence, "denied")


@pytest.mark.parametrize(
    "sentence",
    [
        "My sister is tired.",
        "He said he was tired and sad.",
        "My friend from work feels so tired.",
        "If I were tired, I'd rest.",
        "I would be tired after that.",
        "I might get tired.",
        "I used to be tired all the time.",
        "When I was a child, I was always tired.",
        "Are you tired?",
        "Am I just tired?",
        "I wonder if I'm tired.",
    ],
)
def test_others_and_the_unreal_say_nothing(sentence: str) -> None:
    assert find_mentions(sentence) == ()


def test_both_a_claim_and_a_denial_are_reported() -> None:
    text = "I was tired on Monday. Today I'm not tired."
    kinds = [found.kind for found in find_mentions(text) if found.symptom == Symptom.FATIGUE]
    assert kinds == ["claimed", "denied"]


def test_quote_is_the_clause_that_tells_it() -> None:
    (found,) = find_mentions("Well, I’m so tired, you know, and it rains.")
    assert found.quote == "I’m so tired"


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("How have you been sleeping?", {Symptom.INSOMNIA}),
        ("Do you feel down?", {Symptom.DEPRESSED_MOOD}),
        ("You are exhausted.", {Symptom.FATIGUE}),
        ("So you've been feeling down and tired.", {Symptom.DEPRESSED_MOOD, Symptom.FATIGUE}),
        ("You don't seem to be tired today.", {Symptom.FATIGUE}),
        ("How has your appetite been?", {Symptom.APPETITE}),
        ("Have you had thoughts of ending your life?", {Symptom.SUICIDALITY}),
        ("You sound tired.", {Symptom.FATIGUE}),
        ("I can hear how tired you are.", {Symptom.FATIGUE}),
        ("I see how sad you have been.", {Symptom.DEPRESSED_MOOD}),
        ("I understand how anxious you feel.", {Symptom.ANXIOUS_MOOD}),
        ("How long have you felt this low?", {Symptom.DEPRESSED_MOOD}),
        ("How tired are you?", {Symptom.FATIGUE}),
        ("I can hear how tired your wife is.", set()),
        ("Do you get short of breath?", {Symptom.RESPIRATORY}),
        ("Do you find it hard to breathe?", {Symptom.RESPIRATORY}),
        ("Take a breath.", set()),
        ("Take a slow, deep breath.", set()),
        ("Let's breathe together.", set()),
        ("Breathe in slowly.", set()),
        ("Do your hands tremble?", {Symptom.SOMATIC_ANXIETY}),
        ("Where in your body did you feel that?", set()),
        ("That sounds exhausting.", set()),
        ("Is your sister tired?", set()),
        ("What went through your mind when she left?", set()),
        ("What would you like to focus on today?", set()),
        ("Let's slow down and look at the evidence for that thought.", set()),
        ("I hope we can decide on one small step for this week.", set()),
    ],
)
def test_therapist_names_what_is_spoken_of(sentence: str, named: set[Symptom]) -> None:
    assert find(sentence, "named", "therapist") == named
    assert {found.kind for found in find_mentions(sentence, "therapist")} <= {"named"}


def test_shortlist_of_symptoms_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [sentence for _, _, sentence in SENTENCES]
    texts += [say(phrase) for _, phrase in (*SAYS, *FINE)]
    short = [set(find_mentions(text)) for text in texts]
    everything = {symptom: {"states", "phrases", "topics"} for symptom in Symptom}
    monkeypatch.setattr(mentions, "_find_candidates", lambda text: everything)
    assert [set(find_mentions(text)) for text in texts] == short


def test_filler_without_end_is_read_at_once() -> None:
    text = "I feel " + "really so very much too " * 200 + "well, sad."
    assert find(text, "claimed") == {Symptom.DEPRESSED_MOOD}
