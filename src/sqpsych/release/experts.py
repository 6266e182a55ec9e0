"""Comparisons that experts made in a browser, as `sqpsych review export` writes them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, ValidationError

from sqpsych.errors import ReleaseError
from sqpsych.release.comparisons import Comparison, Places, find_sides

RATINGS = "ratings.jsonl"
"""Read in place of ratings.csv, in which a spreadsheet's apostrophe can stand before a name."""
_PREFERENCE = "preference"
"""Measure under which comparisons are exported."""
SETTLED = "settled by the owner"


class _Choice(BaseModel):
    """One rater's choice, as far as it is read."""

    study: str
    item: str
    task_state: str
    corpus: str | None
    dialogue: str | None
    measure: str
    value: int | None
    settled: int | None


def read_experts(
    folders: Sequence[Path], places: Places, left_out: Counter[str]
) -> list[Comparison]:
    """Read exports of comparison studies.

    What the owner settled stands before the mean of the raters; only finished tasks count.

    Args:
        folders: of the exports, one a study.
        places: where dialogues are.
        left_out: counts pairs that nobody has finished.

    Raises:
        ReleaseError: a folder is no export of a comparison, its dialogues are not in the corpora,
            or a study is given twice.
    """
    comparisons: list[Comparison] = []
    studies: set[str] = set()
    for folder in folders:
        path = folder / RATINGS
        items: dict[tuple[str, str], list[_Choice]] = defaultdict(list)
        for choice in _read_choices(path):
            items[choice.study, choice.item].append(choice)
        own = {study for study, _ in items}
        if own & studies:
            raise ReleaseError(f"{folder} is of a study that is given already. Give each once.")
        studies |= own
        for choices in items.values():
            one = _decide(choices, places, path)
            if one is None:
                left_out["experts: finished by nobody"] += 1
            else:
                comparisons.append(one)
    return comparisons


def _decide(choices: Sequence[_Choice], places: Places, path: Path) -> Comparison | None:
    """Decide between two dialogues; None where nobody has finished."""
    first = choices[0]
    values = [
        choice.value
        for choice in choices
        if choice.task_state == "finished" and choice.value is not None
    ]
    if not values:
        return None
    a, b = find_sides(first.dialogue or "", places, str(path), first.corpus or "")
    raters = "1 rater" if len(values) == 1 else f"mean of {len(values)} raters"
    return Comparison(
        id=f"{first.study}/{first.item}",
        origin="experts",
        reason=raters if first.settled is None else SETTLED,
        a=a,
        b=b,
        value=fmean(values) if first.settled is None else first.settled,
    )


def _read_choices(path: Path) -> list[_Choice]:
    try:
        lines = path.read_text("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(
            f"{path} cannot be read. Give the folder that `sqpsych review export STUDY -o FOLDER` "
            "wrote."
        ) from error
    choices = [_read_choice(path, number, line) for number, line in enumerate(lines, 1) if line]
    if not choices:
        raise ReleaseError(f"{path} is empty: nobody has compared anything yet.")
    others = sorted({choice.measure for choice in choices} - {_PREFERENCE})
    if others:
        raise ReleaseError(
            f"{path} holds ratings by {others[0]}; expected a study of pairs, as "
            "`sqpsych review create --pairwise` makes it."
        )
    return choices


def _read_choice(path: Path, number: int, line: str) -> _Choice:
    try:
        return _Choice.model_validate_json(line)
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) if one["loc"] else "JSON" for one in error.errors()})
        raise ReleaseError(
            f"{path} line {number} lacks or misuses {', '.join(wrong)}. Export the study again "
            "with this version of sqpsych."
        ) from error
