"""Distance from real sessions, against counting by hand and on corpora whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.assessment.figures import Row
from sqpsych.assessment.language.realism import (
    compare_lengths,
    compare_rates,
    count_hesitations,
    count_reflections,
    count_short_turns,
    measure_realism,
)
from sqpsych.assessment.sample import Sample

from ..making import make_dialogue, make_dialogue_of, make_turn

TURNS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=20)


def make_sample(name: str, *dialogues: tuple[str, ...], language: str = "en") -> Sample:
    """A corpus of a dialogue a person."""
    made = [
        make_dialogue(*lines, person=f"{name}{n}", name=f"{name}-{n}")
        for n, lines in enumerate(dialogues)
    ]
    return Sample(name, tuple(made), {}, language=language)


def take(sample: Sample, reference: Sample) -> dict[str, Row]:
    """The rows that need no embeddings, by name."""
    rows = measure_realism(sample, reference).rows
    return {row.name: row for row in rows if not row.name.endswith("'s lines")}


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Um, I don't know... uh.", 4),
        ("I mean, you know, it is – er – hard.", 3),
        ("Hmm… I do not know.", 3),
        ("The umbrella, ahem, is here. I meant it. You knew.", 0),
        ("I don’t know", 1),
    ],
)
def test_hesitations_are_counted(line: str, count: int) -> None:
    assert count_hesitations(make_dialogue("Um...", line)) == (count, 1)


@pytest.mark.parametrize(
    ("said", "answer", "count"),
    [
        ("I cried all night.", "You were crying through the night.", 1),
        ("I cried all night.", "You were crying?", 0),
        ("I cried all night.", "That sounds hard.", 0),
        ("I do not know what it was.", "You do not know what that was.", 0),
    ],
)
def test_a_reflection_takes_up_a_content_word_without_a_question(
    said: str, answer: str, count: int
) -> None:
    assert count_reflections(make_dialogue("Hello.", said, answer)) == (count, 2)


def test_a_therapist_who_takes_up_its_own_words_reflects_nothing() -> None:
    turns = [make_turn(n, "The night is long.", speaker="therapist") for n in range(3)]
    assert count_reflections(make_dialogue_of(turns)) == (0, 3)


def test_turns_of_fewer_than_five_words_are_short() -> None:
    lines = ("Hello.", "One two three four.", "Go on.", "One two three four five.", "Yes?", "...")
    assert count_short_turns(make_dialogue(*lines)) == (2, 3)


def test_lengths_are_compared_by_median_and_by_moving_words() -> None:
    sample, reference = [("a", 2), ("b", 4)], [("c", 3), ("c", 5), ("d", 10)]
    median, distance = compare_lengths(sample, reference)
    # Medians 3 and 5. Distribution functions differ by 1/2, 1/6, 2/3 and 1/3 along 1, 1, 1 and 5.
    assert median.value == -2
    assert distance.value == pytest.approx(0.5 + 1 / 6 + 2 / 3 + 5 / 3)
    assert (median.n, distance.n) == (4, 4)


@given(TURNS, TURNS)
def test_lengths_are_compared_as_numpy_and_scipy_do(
    sample: list[tuple[str, int]], reference: list[tuple[str, int]]
) -> None:
    stats = pytest.importorskip("scipy.stats")
    left, right = [words for _, words in sample], [words for _, words in reference]
    median, distance = compare_lengths(sample, reference)
    assert median.value == pytest.approx(np.median(left) - np.median(right))
    assert distance.value == pytest.approx(stats.wasserstein_distance(left, right), abs=1e-9)


def test_rates_are_ratios_of_sums_with_an_interval_over_people() -> None:
    sample, reference = [(1, 2), (0, 2), (3, 4)], [(1, 4), (1, 4)]
    people = ["a", "a", "b"], ["c", "d"]
    estimate = compare_rates(sample, reference, people)
    assert estimate.value == pytest.approx(4 / 8 - 2 / 8)
    # People of the sample have 1/4 and 3/4, those of the reference 1/4 each.
    assert estimate.low == pytest.approx(0)
    assert estimate.high == pytest.approx(0.5)
    assert estimate.n == 4
    assert compare_rates(sample, [], (people[0], [])).value is None
    assert compare_rates(sample, reference[:1], (people[0], ["c"])).low is None


def test_a_corpus_against_itself_has_no_difference() -> None:
    sample = make_sample("a", *[("How are you?", "I am well, um, thank you.")] * 12)
    rows = take(sample, sample)
    assert {row.value for row in rows.values()} == {0}
    assert {row.low for row in rows.values()} == {0}


def test_differences_are_corpus_minus_reference() -> None:
    made = [("How are you today? And how is it at home?", "I feel quite sad and tired, really.")]
    real = [("You look tired.", "Um... yes."), ("And the tired feeling?", "Yes.")]
    rows = take(make_sample("made", *made * 12), make_sample("real", *real * 6))
    assert rows["median words a client turn, minus the reference's"].value == 5.5
    assert rows["Wasserstein distance of words a client turn"].value == pytest.approx(5.5)
    assert rows["median words a therapist turn, minus the reference's"].value == 6.5
    row = rows["questions a therapist turn, minus the reference's"]
    assert row.value == 1.5
    assert row.low is not None
    assert row.note == "2.00 against 0.50"
    assert rows["hesitations a client turn, minus the reference's"].value == -1
    short = rows["client turns of fewer than 5 words, share, minus the reference's"]
    assert short.value == -1
    assert "heuristic" in rows["reflections a therapist turn, minus the reference's"].note


def test_an_empty_corpus_gives_rows_that_say_so() -> None:
    rows = take(make_sample("made", ("Hello.", "Hi.")), make_sample("real"))
    assert {row.value for row in rows.values()} == {None}
    assert {row.note for row in rows.values()} == {"no closed dialogue in real"}


def test_one_speaker_gives_rows_that_say_so() -> None:
    rows = take(make_sample("made", ("Hello?",)), make_sample("real", ("Hello.", "Hi.")))
    row = rows["median words a client turn, minus the reference's"]
    assert (row.value, row.note) == (None, "the client does not speak in both corpora")
    assert rows["hesitations a client turn, minus the reference's"].note.startswith("one of the")
    assert rows["questions a therapist turn, minus the reference's"].value == 1


def test_what_is_english_is_not_measured_in_another_language() -> None:
    german = make_sample("real", ("Hallo?", "Hallo."), language="de")
    rows = take(make_sample("made", ("Hello.", "Hi.")), german)
    row = rows["hesitations a client turn, minus the reference's"]
    assert row.note == "measured in English only; real is in another language"
    assert rows["questions a therapist turn, minus the reference's"].value == -1
