"""Questions of benchmarks, as they stand in the published files."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question of which one choice is right."""

    id: str
    parts: Mapping[str, str]
    """What a model is shown besides the choices, by the name it has in the file; none is blank."""
    choices: Mapping[str, str]
    """Text of each choice, by its letter."""
    right: str
    """Letter of the right one."""
    competency: str | None = None
    """What the question tests, where the file says so."""


@dataclass(frozen=True, slots=True)
class LabelQuestion:
    """A case to which any number of labels belong."""

    id: str
    parts: Mapping[str, str]
    """What a model is shown, by the name it has in the file."""
    right: frozenset[str]
    """The labels that belong to it."""
    source_text: str = ""
    """What the parts were taken from, which is not shown."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that is answered freely."""

    id: str
    text: str
    failure: str
    """The failure of a model that it was written to bring about."""


@dataclass(frozen=True, slots=True)
class ChoiceSet:
    """All questions of a file of multiple-choice questions."""

    questions: tuple[ChoiceQuestion, ...]
    left_out: tuple[str, ...] = ()
    """Rows that hold no question, each as a sentence."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """All cases of a file of cases to label."""

    labels: tuple[str, ...]
    """Every label there is, in the order of the benchmark."""
    questions: tuple[LabelQuestion, ...]
    allows_none: bool = False
    """Whether no label at all can be right: so it is, where some case of the file has none."""


@dataclass(frozen=True, slots=True)
class OpenSet:
    """All questions of a file of questions that are answered freely."""

    questions: tuple[OpenQuestion, ...]


QuestionSet = ChoiceSet | LabelSet | OpenSet


@dataclass(frozen=True, slots=True)
class Published:
    """What a system reached by its publication."""

    system: str
    figure: str
    """Which figure of ours it stands beside."""
    way: str
    """How the system was asked; empty where there is one way."""
    value: float
    source: str
