"""What is watched while a model is trained: how far it is, Ctrl-C, and losses that are none."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from sqpsych.errors import FinetuneError
from sqpsych.finetune.display import Display, Progress

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments


class Watcher(TrainerCallback):  # type: ignore[misc]
    """Tells of each step, stops at a loss that is no number, and lets Ctrl-C keep what is done."""

    def __init__(self, display: Display) -> None:
        """Tell `display`."""
        self._display = display
        self._started = time.monotonic()
        self._before = 0
        self.interrupted = False

    def on_train_begin(
        self,
        args: "TrainingArguments",
        state: "TrainerState",
        control: "TrainerControl",
        **others: Any,
    ) -> None:
        """Note where training begins."""
        self._started, self._before = time.monotonic(), state.global_step

    def on_step_end(
        self,
        args: "TrainingArguments",
        state: "TrainerState",
        control: "TrainerControl",
        **others: Any,
    ) -> None:
        """Take the loss on dev at the end, too, and keep a checkpoint when stopped."""
        if state.global_step >= state.max_steps and args.eval_strategy != "no":
            control.should_evaluate = control.should_save = True
        if self.interrupted:
            control.should_save = control.should_training_stop = True

    def on_log(
        self,
        args: "TrainingArguments",
        state: "TrainerState",
        control: "TrainerControl",
        logs: dict[str, float] | None = None,
        **others: Any,
    ) -> None:
        """Tell of a step.

        Raises:
            FinetuneError: its loss or gradient is no number.
        """
        logs = logs or {}
        for name in ("loss", "grad_norm", "eval_loss"):
            if not math.isfinite(float(logs.get(name, 0.0))):
                raise FinetuneError(
                    f"The {name.replace('_', ' ')} is {logs[name]} at step {state.global_step}: "
                    "the weights are lost from there on. The last good checkpoint is kept in "
                    "checkpoints. Train again in another folder at a lower rate "
                    "(--set learning_rate=...)."
                )
        if not state.is_world_process_zero:
            return
        if "eval_loss" in logs:
            self._display.on_losses({"dev": logs["eval_loss"]}, "during")
        elif "loss" in logs:
            self._display.on_step(
                Progress(
                    state.global_step,
                    state.max_steps,
                    state.epoch or 0.0,
                    logs["loss"],
                    time.monotonic() - self._started,
                    self._before,
                )
            )

    @contextmanager
    def catch_interrupt(self) -> Iterator[None]:
        """Let the first Ctrl-C end training after the step it is at; the second ends it at once."""

        def stop(number: int, frame: object) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
