"""People who never were, with answers that go together as those of real people do.

A graded response model of one trait (Samejima 1969, Psychometrika Monograph Supplement 17) is
fitted to the answers to all items that are scored, and answers are drawn from it. Facts are drawn
each by itself, so that nobody's combination of them is copied; some combinations will be unlikely.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sqpsych.errors import ProfileError
from sqpsych.intake.sheets import fill_sheets, join_sheets
from sqpsych.records import ClientProfile, Fact, Instrument
from sqpsych.seeds import derive_seed

ENOUGH_PEOPLE = 500
"""People from which the model's parameters are estimated well (Reise & Yu 1990, J Educ Meas
27:133)."""
PREFIX = "simulated-"
"""How their pseudonyms begin, so that every row made of them says so."""


class ItemAnswers(NamedTuple):
    """The answers to one item."""

    instrument: Instrument
    item: str
    values: tuple[int, ...]
    """Points that anybody has, lowest first: no others are drawn."""
    given: tuple[int | None, ...]
    """Points by person; None where missing."""


def simulate_people(
    profiles: Sequence[ClientProfile],
    instruments: Mapping[str, Instrument],
    people: int,
    seed: int = 0,
) -> tuple[ClientProfile, ...]:
    """Draw people like those of the profiles.

    Args:
        profiles: of real people.
        instruments: what they answered, by id.
        people: how many to draw.
        seed: of all that is drawn.
    Returns:
        Profiles without a group label, facts marked invented, and pseudonyms that begin with
        `PREFIX`. No answer is missing.
    Raises:
        ProfileError: mirt is not installed, an instrument is not there, an item is answered alike
            by everybody, or the model cannot be fitted.
    """
    items = _collect(profiles, instruments)
    drawn = _draw_answers(items, people, seed)
    sheets = [
        fill_sheets(
            instrument,
            [item.item for item in items if item.instrument is instrument],
            [
                tuple(
                    item.values[category]
                    for item, category in zip(items, row, strict=True)
                    if item.instrument is instrument
                )
                for row in drawn.tolist()
            ],
        )
        for instrument in {item.instrument.id: item.instrument for item in items}.values()
    ]
    joined = [join_sheets(of_person) for of_person in zip(*sheets, strict=True)]
    demographics = _draw_facts([p.demographics for p in profiles], people, seed, "demographics")
    history = _draw_facts([p.history for p in profiles], people, seed, "history")
    return tuple(
        ClientProfile(
            pseudonym=PREFIX + hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()[:12],
            demographics=demographics[number],
            history=history[number],
            answers=sheet.answers,
            scores=sheet.scores,
            statements=sheet.statements,
            risk_flags=sheet.risk_flags,
        )
        for number, sheet in enumerate(joined)
    )


def summarise_totals(profiles: Sequence[ClientProfile]) -> dict[str, tuple[float, float]]:
    """Give mean and standard deviation, points, of every scale that somebody has a score on."""
    points: dict[str, list[int]] = {}
    for profile in profiles:
        for score in profile.scores:
            if score.value is not None:
                points.setdefault(f"{score.instrument} {score.scale}", []).append(score.value)
    return {scale: (float(np.mean(v)), float(np.std(v))) for scale, v in points.items()}


def _collect(
    profiles: Sequence[ClientProfile], instruments: Mapping[str, Instrument]
) -> list[ItemAnswers]:
    """Gather the answers to every item that is scored."""
    given = [{(a.instrument, a.item): a.value for a in profile.answers} for profile in profiles]
    known = {name for name, _ in {key for answers in given for key in answers}}
    absent = known - instruments.keys()
    if absent:
        raise ProfileError(
            f"No definition of {', '.join(sorted(absent))}, which the profiles hold answers to. "
            "Give its file with --definition."
        )
    items = [
        ItemAnswers(
            instrument,
            item.id,
            tuple(sorted({v for a in given if (v := a.get((name, item.id))) is not None})),
            tuple(answers.get((name, item.id)) for answers in given),
        )
        for name, instrument in instruments.items()
        if name in known
        for item in instrument.items
        if item.scored
    ]
    if not items:
        raise ProfileError("The profiles hold no answers; expected those of real people.")
    alike = [item.item for item in items if len(item.values) < 2]
    if alike:
        raise ProfileError(
            f"{', '.join(alike)}: answered alike by everybody, or by nobody; expected different "
            "answers. Take in more people."
        )
    return items


def _draw_answers(items: Sequence[ItemAnswers], people: int, seed: int) -> NDArray[np.int_]:
    """Fit the model and draw from it: the place among an item's values, by person and item."""
    try:
        import mirt
    except ImportError:
        raise ProfileError(
            "Simulating people needs mirt, which is not installed. "
            "Run `pip install 'sqpsych[ingest]'`."
        ) from None
    places = [{value: float(place) for place, value in enumerate(i.values)} for i in items]
    table = np.array(
        [
            [np.nan if value is None else known[value] for value in item.given]
            for item, known in zip(items, places, strict=True)
        ]
    ).T
    fitted = mirt.fit_mirt(
        table,
        model="GRM",
        n_categories=[len(item.values) for item in items],
        compute_standard_errors=False,
    )
    if not fitted.converged:
        raise ProfileError(
            f"The model does not settle on the answers of {len(table)} people. "
            "Take in more people, or fewer instruments."
        )
    drawn: NDArray[np.int_] = mirt.simdata(
        fitted, n_persons=people, seed=derive_seed(seed, "answers")
    )
    return drawn


def _draw_facts(
    known: Sequence[Sequence[Fact]], people: int, seed: int, part: str
) -> list[tuple[Fact, ...]]:
    """Draw each fact by itself, as often there and as often the same as among real people."""
    names = list(dict.fromkeys(fact.name for facts in known for fact in facts))
    drawn: list[list[str | None]] = []
    for name in names:
        values = [next((f.value for f in facts if f.name == name), None) for facts in known]
        dice = np.random.default_rng(derive_seed(seed, part, name))
        drawn.append([values[place] for place in dice.integers(len(values), size=people)])
    return [
        tuple(
            Fact(name=name, value=value, origin="invented")
            for name, value in zip(names, of_person, strict=True)
            if value is not None
        )
        for of_person in (zip(*drawn, strict=True) if drawn else [()] * people)
    ]
