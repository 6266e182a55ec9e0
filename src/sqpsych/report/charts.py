"""Charts as SVG that stands in the page: nothing is loaded, and text takes the page's colour."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqpsych.assessment.figures import Cell
from sqpsych.errors import InputError

Rows = Sequence[Mapping[str, Cell]]

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C8C8C")
"""Colours that people with any kind of colour vision can tell apart (Okabe & Ito 2008), readable on
white and on near-black."""
_TEXT = "#010203"
_GRID = "#040506"
_HEIGHT_A_ROW = 22
_WIDTH = 520


def draw_intervals(
    rows: Rows, corpora: Sequence[str], label: str, chance: float | None = None
) -> str:
    """Draw estimates with their intervals, one line a figure and corpus.

    Args:
        rows: each with `figure`, `corpus`, `value`, `low`, `high`.
        corpora: names, in the order of their colours.
        label: of the axis.
        chance: where nothing is told apart; drawn as a dashed line.
    """
    import altair as alt

    figures = list(dict.fromkeys(str(row["figure"]) for row in rows))
    base = _make_chart(rows).encode(
        y=alt.Y("figure:N", sort=figures, title=None, axis=alt.Axis(labelLimit=320)),
        yOffset=alt.YOffset("corpus:N", sort=list(corpora)),
        color=_colour(corpora),
    )
    x = alt.X("value:Q", title=label, scale=alt.Scale(domain=[0, 1]))
    layers: list[Any] = [
        base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=label), x2="high:Q"),
        base.mark_point(filled=True, size=60).encode(x=x),
    ]
    if chance is not None:
        line = _make_chart([{"at": chance}])
        layers.append(line.mark_rule(strokeDash=[4, 4], color=_TEXT).encode(x="at:Q"))
    height = max(len(figures) * len(corpora) * _HEIGHT_A_ROW, 60)
    return _render(alt.layer(*layers).properties(width=_WIDTH, height=height))


def draw_bars(rows: Rows, corpora: Sequence[str], label: str, most: float | None = None) -> str:
    """Draw one bar a category and corpus.

    Args:
        rows: each with `category`, `corpus`, `value`.
        corpora: names, in the order of their colours.
        label: of the axis.
        most: end of the axis; None: as the values have it.
    """
    import altair as alt

    categories = list(dict.fromkeys(str(row["category"]) for row in rows))
    scale = alt.Scale(domain=[0, most]) if most is not None else alt.Undefined
    chart = (
        _make_chart(rows)
        .mark_bar()
        .encode(
            y=alt.Y("category:N", sort=categories, title=None, axis=alt.Axis(labelLimit=220)),
            yOffset=alt.YOffset("corpus:N", sort=list(corpora)),
            x=alt.X("value:Q", title=label, scale=scale),
            color=_colour(corpora),
        )
    )
    height = max(len(categories) * (len(corpora) * 9 + 7), 60)
    return _render(chart.properties(width=_WIDTH, height=height))


def draw_lines(rows: Rows, corpora: Sequence[str], across: str, label: str) -> str:
    """Draw one line a corpus.

    Args:
        rows: each with `x`, `corpus`, `value`.
        corpora: names, in the order of their colours.
        across: what the horizontal axis shows.
        label: what the vertical one shows.
    """
    import altair as alt

    chart = (
        _make_chart(rows)
        .mark_line(point=True)
        .encode(
            x=alt.X("x:Q", title=across),
            y=alt.Y("value:Q", title=label),
            color=_colour(corpora),
        )
    )
    return _render(chart.properties(width=_WIDTH, height=220))


def _make_chart(rows: Rows) -> Any:
    import altair as alt

    make_data: Any = alt.Data
    return alt.Chart(make_data(values=[dict(row) for row in rows]))


def _colour(corpora: Sequence[str]) -> Any:
    import altair as alt

    colours = [PALETTE[place % len(PALETTE)] for place in range(len(corpora))]
    legend = alt.Legend(title=None, orient="top") if len(corpora) > 1 else None
    scale = alt.Scale(domain=list(corpora), range=colours)
    return alt.Color("corpus:N", scale=scale, legend=legend)


def _render(chart: Any) -> str:
    """Make SVG whose width follows the page and whose text takes its colour.

    Raises:
        InputError: vl-convert is not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise InputError(
            "Charts need altair and vl-convert-python, which are not installed. Run "
            "`pip install 'sqpsych[assess]'`."
        ) from error

    text = {"labelColor": _TEXT, "titleColor": _TEXT}
    styled = chart.configure(background="transparent", font="sans-serif").configure_view(
        stroke=None
    )
    styled = styled.configure_axis(
        **text, gridColor=_GRID, domainColor=_TEXT, tickColor=_TEXT, labelFontSize=12
    ).configure_legend(**text, labelFontSize=12)
    svg: str = vl_convert.vegalite_to_svg(styled.to_dict(), allowed_base_urls=[])
    svg = svg.replace(_TEXT, "currentColor").replace(_GRID, "#8886")
    return re.sub(r'(<svg[^>]*?) width="([\d.]+)" height="[\d.]+"', r'\1 style="width:\2px"', svg)
