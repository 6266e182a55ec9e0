"""The course of a training as a picture."""

from collections.abc import Sequence
from typing import Any

_WIDTH, _HEIGHT = 640, 300
_TRAIN, _DEV = "train, a step", "dev"


def draw_curves(history: Sequence[dict[str, Any]]) -> bytes:
    """Draw the loss of each step, and of each evaluation on dev.

    Args:
        history: entries with `step` and either `loss` or `eval_loss`.

    Returns:
        A PNG.
    """
    import altair as alt
    import vl_convert

    rows = [
        {"step": entry["step"], "loss": entry[name], "split": split}
        for entry in history
        for name, split in (("loss", _TRAIN), ("eval_loss", _DEV))
        if name in entry
    ]
    make_data: Any = alt.Data
    chart = (
        alt.Chart(make_data(values=rows))
        .mark_line(point={"size": 18})
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "split:N",
                title=None,
                scale=alt.Scale(domain=[_TRAIN, _DEV], range=["#0072B2", "#D55E00"]),
                legend=alt.Legend(orient="top"),
            ),
        )
        .properties(width=_WIDTH, height=_HEIGHT, title="Loss, step by step")
    )
    picture: bytes = vl_convert.vegalite_to_png(chart.to_dict(), scale=2)
    return picture
