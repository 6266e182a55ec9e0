"""What is told while a model is trained, and at the end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Counts = dict[str, int]
"""What there is in a split, by name."""
Losses = dict[str, float]
"""Loss by split: nats a therapist's token, or DPO's."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is."""

    step: int
    steps: int
    """In all, where nothing stops it earlier."""
    epoch: float
    loss: float
    """Of the last step."""
    seconds: float
    """Since training began, in this process."""
    steps_before: int
    """Steps that an earlier process had done."""


class Display(Protocol):
    """What is told while a model is trained."""

    def on_data(self, counts: dict[str, Counts], example: str) -> None:
        """Told what there is in each split, and how the first of it is learned from."""

    def on_doubt(self, text: str) -> None:
        """Told what the figures may not be worth."""

    def on_losses(self, losses: Losses, when: str) -> None:
        """Told the loss of each split that is not trained on; when: before, during or after."""

    def on_step(self, progress: Progress) -> None:
        """Told of each step."""


@dataclass(frozen=True, slots=True)
class Finetuned:
    """A run that is finished."""

    output: Path
    before: Losses
    after: Losses
    steps: int
