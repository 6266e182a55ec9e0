"""Summaries of a small corpus, by hand, and their tables."""

import subprocess
import sys

import pytest

from sqpsych.assessment import Row, Summary, compare, render_markdown, render_text, summarise
from sqpsych.errors import InputError
from sqpsych.records import RejectedAttempt, Symptom

from .making import make_attempt, make_dialogue, make_profile

TALK = ("How was your week?", "I feel tired all the time.", "You feel tired?", "Well, (sighs) yes.")
PAIRS = [
    (make_dialogue(*TALK, person="a", name="one"), make_profile((Symptom.FATIGUE, 1), person="a")),
    (
        make_dialogue("Hello.", "Hello.", "Hello.", "Fine.", person="b", name="two"),
        make_profile((Symptom.FATIGUE, 0), (Symptom.APPETITE, 0.5), person="b"),
    ),
    (
        make_dialogue(
            "Hello.", "*", person="c", name="three", ending="rejected", reason="turn 2: repeated"
        ),
        make_profile(person="c"),
    ),
]


def read_rejected(dialogue: str) -> tuple[RejectedAttempt, ...]:
    """The third dialogue was given up after two attempts."""
    return (make_attempt(2), make_attempt(2)) if dialogue == "three" else ()


def read_rows(summary: Summary) -> dict[str, Row]:
    """Rows by name."""
    return {row.name: row for row in summary.rows}


def test_every_figure_of_a_small_corpus_by_hand() -> None:
    rows = read_rows(summarise(PAIRS, read_rejected=read_rejected))
    values = {name: row.value for name, row in rows.items()}
    assert values == pytest.approx(
        {
            "dialogues": 3,
            "completed, share": 2 / 3,
            "rejected": 1,
            "artefacts a dialogue": 1 / 2,
            "with any artefact, share": 1 / 2,
            "repeated lines a dialogue": 1 / 2,
            "out of turn a dialogue": 0,
            "endorsed symptoms voiced, share": 1 / 2,
            "denied symptoms voiced, share": 0,
            "prescience a dialogue": 0,
            "therapist AUC, all words": None,
            "therapist AUC, before any symptom is voiced": None,
            "therapist AUC, beyond the client's words": None,
            "client AUC": None,
            "distinct-2 of 5,000 words": None,
            "words a therapist turn": 9 / 4,
            "words a client turn": 11 / 4,
            "questions a therapist turn": 2 / 4,
            "attempts a turn": 12 / 10,
            "tokens in": 1200,
            "tokens out": 110,
            "tokens a closed dialogue": 1310 / 2,
            "seconds a closed dialogue": 5.5 / 2,
        }
    )
    assert rows["rejected"].note == "1 repeated"
    assert rows["artefacts a dialogue"].note == "1 stage_direction"
    assert rows["client AUC"].note == "no label was given"
    assert rows["completed, share"].better == "higher"
    assert (rows["artefacts a dialogue"].n, rows["dialogues"].n) == (2, 3)


def test_costs_without_rejected_attempts_say_so() -> None:
    rows = read_rows(summarise(PAIRS))
    assert rows["tokens in"].value == 1000
    assert rows["tokens in"].note == "accepted turns only"


def test_a_corpus_without_dialogues_has_no_figures_and_no_error() -> None:
    rows = read_rows(summarise([], []))
    assert rows["dialogues"].value == 0
    assert rows["artefacts a dialogue"].value is None


def test_leakage_takes_in_rejected_dialogues_only_when_asked_and_needed() -> None:
    pytest.importorskip("sklearn")
    pairs = [
        (
            make_dialogue(
                "Hello there.",
                "Bad." if n % 2 else "Good.",
                person=f"p{n}",
                name=f"d{n}",
                ending="rejected" if n < 4 else "closed",
            ),
            make_profile(person=f"p{n}"),
        )
        for n in range(22)
    ]
    labels = [n % 2 for n in range(22)]
    closed = read_rows(summarise(pairs, labels))["client AUC"]
    assert closed.value is None
    assert closed.note.startswith("fewer than 10 people in a group")
    rows = read_rows(summarise(pairs, labels, include_rejected=True))
    assert rows["client AUC (rejected dialogues too)"].value == 1
    assert rows["therapist AUC, all words (rejected dialogues too)"].value == 0.5
    enough = [
        (dialogue.model_copy(update={"ending": "closed"}), profile) for dialogue, profile in pairs
    ]
    assert read_rows(summarise(enough, labels, include_rejected=True))["client AUC"].n == 22


def test_leakage_without_scikit_learn_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    pairs = [(make_dialogue("Hello."), make_profile(person=f"p{n}")) for n in range(20)]
    with pytest.raises(InputError, match=r"pip install 'sqpsych\[assess\]'"):
        summarise(pairs, [n % 2 for n in range(20)])


def test_the_room_loads_no_heavy_library_with_itself() -> None:
    code = "import sys, sqpsych.assessment; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sklearn", "scipy", "py3langid", "pandas"} & set(done.stdout.split())


A = Summary(
    "first",
    (
        Row("dialogues", 1200, None, None, 40, "none"),
        Row("share | of it", 0.5, 0.0, 0.0625, 40, "higher", "half of them"),
        Row("only here", 12.345, 10, 14, 3, "lower"),
    ),
)
B = Summary(
    "second",
    (Row("dialogues", 3, None, None, 3, "none"), Row("share | of it", None, None, None, 0, "none")),
)


def test_tables_by_hand() -> None:
    rows = compare(A, B)
    assert render_markdown(rows, A.name, B.name) == (
        "| measure | first | second | better |\n"
        "| --- | ---: | ---: | --- |\n"
        "| dialogues | 1,200 | 3 | none |\n"
        "| share \\| of it | 0.50 [0, 0.062] | – | higher |\n"
        "| only here | 12.3 [10, 14] | – | lower |\n"
        "\n"
        "- share | of it, first: half of them\n"
    )
    assert render_text(rows) == (
        "measure                      A  B  better\n"
        "-------------  ---------------  -  ------\n"
        "dialogues                1,200  3  none\n"
        "share | of it  0.50 [0, 0.062]  –  higher\n"
        "only here        12.3 [10, 14]  –  lower\n"
        "\n"
        "share | of it, A: half of them\n"
    )


def test_rows_of_one_corpus_alone_are_kept() -> None:
    (row, *_, last) = compare(B, A)
    assert (row.a, row.b) == (B.rows[0], A.rows[0])
    assert (last.name, last.a, last.better) == ("only here", None, "lower")
