"""Verdicts of models on pairs of dialogues, as `compare_pairs` gives them, one a line."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from pydantic import TypeAdapter, ValidationError

from sqpsych.assessment.judging import Preference
from sqpsych.errors import ReleaseError
from sqpsych.release.comparisons import Comparison, Places, find_sides

_PREFERENCE = TypeAdapter(Preference)
_VALUES = {"a": 1.0, "tie": 0.0, "b": -1.0}


def read_judges(files: Sequence[Path], places: Places, left_out: Counter[str]) -> list[Comparison]:
    """Read files of verdicts, each line a `Preference` as JSON.

    A verdict counts where the judge gave it in both orders; several judges of one pair make one
    comparison, of their mean.

    Args:
        files: of any number of judges.
        places: where dialogues are.
        left_out: counts verdicts that do not hold in both orders.

    Raises:
        ReleaseError: a file cannot be read, a judge speaks twice of one pair, or a dialogue is not
            in the corpora.
    """
    held: dict[str, list[Preference]] = defaultdict(list)
    lines: dict[tuple[str, str], str] = {}
    for path in files:
        for number, preference in _read_verdicts(path):
            where = f"{path} line {number}"
            key = (preference.pairing, preference.rater)
            if key in lines:
                raise ReleaseError(
                    f"{where} has a verdict that stands in {lines[key]} already: {key[1]} on "
                    f"{key[0]}. Leave one out."
                )
            lines[key] = where
            if why := _say_why_not_held(preference):
                left_out[f"judges: {why}"] += 1
            else:
                held[preference.pairing].append(preference)
    return [
        _decide(pairing, verdicts, places, lines[pairing, verdicts[0].rater])
        for pairing, verdicts in held.items()
    ]


def _say_why_not_held(preference: Preference) -> str | None:
    """Say why a verdict does not count; None when it does."""
    if preference.first is None or preference.second is None:
        return "verdicts not had in both orders"
    if preference.first != preference.second:
        return "verdicts that change with the order"
    return None


def _decide(pairing: str, verdicts: Sequence[Preference], places: Places, where: str) -> Comparison:
    a, b = find_sides(pairing, places, where)
    return Comparison(
        id=f"judges/{pairing}",
        origin="judges",
        reason=", ".join(verdict.rater for verdict in verdicts),
        a=a,
        b=b,
        value=fmean(_VALUES[verdict.first or "tie"] for verdict in verdicts),
    )


def _read_verdicts(path: Path) -> list[tuple[int, Preference]]:
    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(
            f"{path} cannot be read. Give a file of verdicts, one a line."
        ) from error
    return [(number, _read(path, number, line)) for number, line in enumerate(lines, 1) if line]


def _read(path: Path, number: int, line: str) -> Preference:
    try:
        return _PREFERENCE.validate_json(line)
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) if one["loc"] else "JSON" for one in error.errors()})
        raise ReleaseError(
            f"{path} line {number} is no verdict on a pair: {', '.join(wrong)} cannot be used. "
            "Expected the fields of a Preference of sqpsych.assessment.judging."
        ) from error
