"""Training dialogues: rated first, then shown beside reference ratings.

A JSONL file, one dialogue a line:

    {"turns": [{"speaker": "therapist", "text": "..."}, {"speaker": "client", "text": "..."}],
     "ratings": {"paraphrase": {"value": 1, "why": "Once, and loosely."}, ...}}

Every criterion of the rubric has a rating; null stands for one without ground to judge.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sqpsych.assessment.judging import Rubric
from sqpsych.errors import ReviewError
from sqpsych.records import Speaker
from sqpsych.review.study import Reference, ShownText, ShownTurn


class _WrittenTurn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    speaker: Speaker
    text: str = Field(min_length=1)


class _WrittenDialogue(BaseModel):
    model_config = ConfigDict(extra="forbid")

    turns: tuple[_WrittenTurn, ...] = Field(min_length=1)
    ratings: dict[str, Reference]


def read_training(path: Path, rubric: Rubric) -> list[tuple[ShownText, dict[str, Reference]]]:
    """Read training dialogues.

    Args:
        path: the file.
        rubric: by which they are rated.

    Raises:
        ReviewError: it cannot be read, or a rating is missing, unknown or off the scale.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"{path} cannot be read: {error}.") from error
    read = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path} line {number}: "
        try:
            written = _WrittenDialogue.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors(include_input=False)[0]
            place = ".".join(map(str, fault["loc"]))
            raise ReviewError(
                f"{where}{place}: {fault['msg']}. docs/review.md has an example."
            ) from error
        _check_ratings(where, written.ratings, rubric)
        turns = tuple(
            ShownTurn(index=index, speaker=turn.speaker, text=turn.text)
            for index, turn in enumerate(written.turns)
        )
        read.append((ShownText(turns=turns), written.ratings))
    if not read:
        raise ReviewError(f"{path} holds no training dialogue. Leave --training out.")
    return read


def _check_ratings(where: str, ratings: dict[str, Reference], rubric: Rubric) -> None:
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    for name in criteria.keys() - ratings.keys():
        raise ReviewError(f"{where}there is no rating of {name}. Add it.")
    for name, rating in ratings.items():
        if name not in criteria:
            raise ReviewError(
                f"{where}{rubric.id} has no criterion {name!r}. Known are {', '.join(criteria)}."
            )
        one = criteria[name]
        if rating.value is None:
            if not one.not_assessable:
                raise ReviewError(f"{where}{name} must have a value, {one.low} to {one.high}.")
        elif not one.low <= rating.value <= one.high:
            raise ReviewError(
                f"{where}{name} is {rating.value}; expected {one.low} to {one.high}. Correct it."
            )
