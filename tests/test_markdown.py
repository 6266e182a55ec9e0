"""Tables in Markdown hold what they are given, one row a line."""

from sqpsych.markdown import tabulate


def test_bars_and_line_ends_in_cells_do_not_break_a_table() -> None:
    assert tabulate(("a|b", "n"), [("x\ny|z", 1_000)]) == (
        "| a\\|b | n |\n| --- | --- |\n| x y\\|z | 1000 |"
    )
