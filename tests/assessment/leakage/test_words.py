"""The leakage figures on corpora whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.leakage import Auc, Pair, find_telling_words, measure_leakage
from sqpsych.assessment.leakage.separation import separate
from sqpsych.assessment.leakage.words import Figure, choose_freedom, find_stem, list_first_uses
from sqpsych.errors import InputError
from sqpsych.records import ClientProfile, Dialogue

from ..making import draw_line, make_dialogue, make_profile, name_words

pytest.importorskip("sklearn")

COMMON, ILL, WELL = name_words("m", 60), name_words("v", 12), name_words("z", 12)
CLAIM = "I feel tired all the time."
Drawing = Callable[[np.random.Generator, int], list[str]]


def label(dialogue: Dialogue, profile: ClientProfile) -> int | None:
    """Group 1 are the cases."""
    return {"case": 1, "control": 0}.get(profile.condition or "")


def make_corpus(draw: Drawing, seed: int, people: int = 24, each: int = 1) -> list[Pair]:
    """Draw dialogues of cases and controls in equal numbers."""
    generator = np.random.default_rng(seed)
    return [
        (
            make_dialogue(*draw(generator, person % 2), person=f"p{person}", name=f"{person}-{n}"),
            make_profile(person=f"p{person}", condition=("control", "case")[person % 2]),
        )
        for person in range(people)
        for n in range(each)
    ]


def measure(pairs: list[Pair], figure: Figure, seed: int = 0) -> Auc:
    """One figure alone."""
    return separate(
        list_first_uses(pairs, figure),
        [label(*pair) or 0 for pair in pairs],
        [profile.pseudonym for _, profile in pairs],
        seed,
        choose_freedom(figure),
    )


def draw_neutral(generator: np.random.Generator, case: int) -> list[str]:
    """A therapist who says the same to all; cases say more, in other words, and claim a symptom.

    Both sides share a vocabulary, so that words taken from the therapist would show the client.
    """
    favourite = COMMON[:30] if case else COMMON[30:]
    claim = int(generator.integers(0, 3)) if case else -1
    lines = []
    for exchange in range(5):
        lines.append(draw_line(generator, COMMON))
        said = draw_line(generator, favourite, 12 if case else 5)
        lines.append(f"{CLAIM} {said}" if exchange == claim else said)
    return lines


def draw_eliciting(generator: np.random.Generator, case: int) -> list[str]:
    """A therapist who asks one of two questions, blindly; one of them makes cases claim at once."""
    asked = int(generator.integers(0, 2))
    lines = [f"{(ILL, WELL)[asked][0]} {draw_line(generator, COMMON[:5], 1)}"]
    for exchange in range(4):
        claims = case and exchange == (0 if asked else 3)
        lines += [CLAIM if claims else "Well.", draw_line(generator, COMMON[:20], 4)]
    return lines


def draw_echoing(generator: np.random.Generator, case: int) -> list[str]:
    """A therapist who says again what the client has said; cases have words of their own."""
    lines = ["Hello."]
    for _ in range(4):
        said = draw_line(generator, [*COMMON[:20], *(ILL if case else WELL)])
        lines += [said, said]
    return lines


def draw_planted(generator: np.random.Generator, case: int) -> list[str]:
    """A therapist who lets the group slip in the opening."""
    slip = draw_line(generator, ILL if case else WELL, 3)
    return [
        f"{slip} {draw_line(generator, COMMON)}",
        draw_line(generator, COMMON),
        draw_line(generator, COMMON),
        CLAIM if case else "Well.",
    ]


@pytest.mark.parametrize("figure", ["before", "beyond", "raw"])
def test_a_therapist_who_knows_nothing_is_near_chance_whatever_the_clients_say(
    figure: Figure,
) -> None:
    found = [measure(make_corpus(draw_neutral, seed), figure, seed) for seed in range(16)]
    assert np.mean([auc.value or 0 for auc in found]) == pytest.approx(0.5, abs=0.09)
    assert sum((auc.low or 0) <= 0.5 <= (auc.high or 0) for auc in found) >= 13


def test_words_taken_out_one_side_at_a_time_would_show_the_client() -> None:
    pairs = make_corpus(draw_neutral, 1, people=60)
    assert (measure(pairs, "client").value or 0) > 0.95
    assert (measure(pairs, "beyond").value or 1) < 0.65


def test_blind_questions_that_bring_symptoms_out_are_no_leak() -> None:
    found = [measure(make_corpus(draw_eliciting, seed), "before", seed) for seed in range(16)]
    assert np.mean([auc.value or 0 for auc in found]) == pytest.approx(0.5, abs=0.09)


def test_a_therapist_who_only_echoes_is_found_raw_and_not_beyond() -> None:
    leakage = measure_leakage(make_corpus(draw_echoing, 0), label)
    assert (leakage.raw.value or 0) > 0.95
    assert (leakage.client.value or 0) > 0.95
    assert leakage.beyond.value == 0.5
    assert leakage.before.value == pytest.approx(leakage.raw.value, abs=0.05)  # no symptom is told


def test_a_word_of_the_opening_is_found_by_every_figure_of_the_therapist() -> None:
    leakage = measure_leakage(make_corpus(draw_planted, 0, people=40), label)
    for auc in (leakage.raw, leakage.before, leakage.beyond, leakage.both):
        assert (auc.value or 0) > 0.9
        assert (auc.low or 0) > 0.5
        assert auc.n == 40
        assert auc.note == "20 people against 20, 40 dialogues"


def test_the_telling_words_are_those_planted() -> None:
    pairs = make_corpus(draw_planted, 0, people=60)
    for figure in ("raw", "before", "beyond"):
        controls, cases = find_telling_words(pairs, label, figure, count=3)
        assert {telling.word for telling in cases} <= set(ILL)
        assert {telling.word for telling in controls} <= set(WELL)
        assert all(telling.dialogues[0] == 0 < telling.dialogues[1] for telling in cases)
        assert cases[0].weight > 0 > controls[0].weight


def test_dialogues_of_one_person_stay_together() -> None:
    """Each person has a word of their own; knowing the person would tell the group."""
    generator = np.random.default_rng(0)
    own = name_words("k", 24)

    def draw(person: int) -> Dialogue:
        lines = f"{own[person]} {draw_line(generator, COMMON)}", "Well."
        return make_dialogue(*lines, person=f"p{person}")

    pairs = [
        (draw(n), make_profile(person=f"p{n}", condition=("control", "case")[n % 2]))
        for n in range(24)
        for _ in range(4)
    ]
    auc = measure(pairs, "raw")
    assert (auc.low or 0) < 0.5 < (auc.high or 0)
    assert (auc.value or 1) < 0.75
    assert auc.n == 24


def test_too_few_people_give_no_number() -> None:
    pairs = make_corpus(draw_planted, 0, people=19, each=3)
    leakage = measure_leakage(pairs, label)
    assert leakage.raw == Auc(
        None,
        None,
        None,
        19,
        "fewer than 10 people in a group: 9 people against 10, 57 dialogues",
    )
    assert measure_leakage([], []).both.value is None


def test_dialogues_without_a_label_are_left_out() -> None:
    pairs = make_corpus(draw_planted, 0, people=30)
    labels = [None if n < 6 else n % 2 for n in range(30)]
    assert measure_leakage(pairs, labels).raw.n == 24


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0], "1 labels for 2"), ([0, 2], "is 2; expected 0 or 1"), ([0, 1], "of the same person")],
)
def test_wrong_labels_are_refused(labels: list[int], message: str) -> None:
    pairs = make_corpus(draw_planted, 0, people=1, each=2)
    with pytest.raises(InputError, match=message):
        measure_leakage(pairs, labels)


def test_telling_words_need_both_groups() -> None:
    with pytest.raises(InputError, match="2 of group 0 and 0 of group 1"):
        find_telling_words(make_corpus(draw_planted, 0, people=1, each=2), [0, 0])


def test_the_seed_settles_the_figures() -> None:
    pairs = make_corpus(draw_neutral, 5)
    assert measure_leakage(pairs, label, seed=3) == measure_leakage(pairs, label, seed=3)


def test_windows_close_at_the_first_claim_the_clients_word_and_the_end() -> None:
    lines = ("Hello.", "Sleeping is hard.", "Hard to sleep?", CLAIM, "You slept, tired?", "Yes.")
    pairs = [(make_dialogue(*lines, person=f"p{n}"), make_profile()) for n in range(3)]
    pairs = [(d, make_profile(person=d.pseudonym)) for d, _ in pairs]
    before, beyond = list_first_uses(pairs, "before"), list_first_uses(pairs, "beyond")
    assert before.words == ("hard", "hello", "sleep", "slept", "tired", "to", "you")
    assert before.said[0].tolist() == [2, 0, 2, 4, 4, 2, 4]
    assert before.closed[0].tolist() == [3]
    assert beyond.closed[0].tolist() == [1, 6, 1, 6, 3, 6, 6]


@pytest.mark.parametrize(
    "forms",
    [
        "tire tires tired tiring tiredness",
        "worry worries worried worrying",
        "stress stresses stressed stressing",
        "stop stops stopped stopping",
        "sad sadly sadness",
        "cry cries crying",
        "it it's",
    ],
)
def test_forms_of_a_word_share_a_stem(forms: str) -> None:
    assert len({find_stem(word) for word in forms.split()}) == 1


@given(st.text(alphabet="abegilnsy'", min_size=1, max_size=12))
def test_stems_are_not_longer_than_words(word: str) -> None:
    assert len(find_stem(word)) <= len(word)
    assert find_stem(word) or word.startswith("'")
