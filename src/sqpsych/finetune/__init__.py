"""Training counsellors on a released dataset, with TRL.

Only light modules are imported here; torch and the trainer load when training begins.
"""

from sqpsych.finetune.display import Display, Finetuned, Progress
from sqpsych.finetune.encoding import Encoded, Written
from sqpsych.finetune.settings import (
    FinetuneSettings,
    choose_preset,
    find_launch_file,
    list_presets,
    read_settings,
)

__all__ = [
    "Display",
    "Encoded",
    "FinetuneSettings",
    "Finetuned",
    "Progress",
    "Written",
    "choose_preset",
    "find_launch_file",
    "list_presets",
    "read_settings",
]
