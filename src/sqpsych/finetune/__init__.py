"""Training counsellors on a released dataset, with TRL.

Only light modules are imported here; torch and the trainer load when training begins.
"""

from sqpsych.finetune.display import Display, Finetuned, Progress
from sqpsych.finetune.settings import (
    FinetuneSettings,
    PreferenceSettings,
    choose_preset,
    find_launch_file,
    list_presets,
    read_settings,
)

__all__ = [
    "Display",
    "FinetuneSettings",
    "Finetuned",
    "PreferenceSettings",
    "Progress",
    "choose_preset",
    "find_launch_file",
    "list_presets",
    "read_settings",
]
