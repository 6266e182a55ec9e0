"""Two corpora in tables."""

import subprocess
import sys

from sqpsych.assessment import Row, Summary, compare, render_markdown, render_text


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
