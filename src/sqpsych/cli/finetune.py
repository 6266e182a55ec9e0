"""`sqpsych finetune` and `finetune-preferences`: train a counsellor."""

from pathlib import Path
from typing import Annotated

import typer

from sqpsych.cli.options import AllowHost, allow_hosts


def print_launch_file(name: str | None) -> None:
    """Print where a file for `accelerate launch` lies and leave, when asked."""
    if name is not None:
        from sqpsych.finetune import find_launch_file

        typer.echo(find_launch_file(name))
        raise typer.Exit


Model = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Catalogue name, GGUF file, Hugging Face folder, earlier run or hub name.",
    ),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder of the run.")]
Preset = Annotated[
    str | None,
    typer.Option(
        help="Name or TOML file (docs/finetune.md). Unless said: default on a GPU, else laptop."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="A setting in place of the preset's; several."
    ),
]
Template = Annotated[
    Path | None,
    typer.Option(
        "--chat-template", metavar="FILE", help="A chat template (Jinja) in place of the model's."
    ),
]
LaunchFile = Annotated[
    str | None,
    typer.Option(
        "--launch-file",
        metavar="NAME",
        is_eager=True,
        callback=print_launch_file,
        help="Print the path of a file for `accelerate launch` (fsdp, ddp), and leave.",
    ),
]


def finetune(
    dataset: Annotated[
        Path, typer.Argument(metavar="DATASET", help="A folder made by `sqpsych release`.")
    ],
    model: Model,
    output: Output,
    preset: Preset = None,
    own: Set = None,
    chat_template: Template = None,
    allow_host: AllowHost = None,
    launch_file: LaunchFile = None,
) -> None:
    """Train a model on the therapist's turns of a dataset.

    An example shows first which tokens are learned from. Stopped, the same command goes on.

    \b
    Examples:
        sqpsych finetune dataset --model smollm2-135m -o counsellor
        sqpsych finetune dataset --model ~/llama-3-8b-instruct --preset paper -o counsellor
        sqpsych finetune dataset -m smollm2-135m -o other --set epochs=3 --set weights=lora
        accelerate launch --config_file $(sqpsych finetune --launch-file fsdp) \\
            -m sqpsych finetune dataset -m ~/llama-3-8b-instruct --preset paper -o counsellor
    """
    from sqpsych.cli.training import Given, hide_bars, run_training

    hide_bars()
    from sqpsych.finetune import FinetuneSettings
    from sqpsych.finetune.supervised import finetune as train

    allow_hosts(allow_host)
    given = Given(dataset, model, output, preset, own, chat_template)
    run_training(FinetuneSettings, train, given)


def finetune_preferences(
    pairs: Annotated[
        Path, typer.Argument(metavar="PAIRS", help="A folder made by `sqpsych pairs`.")
    ],
    model: Model,
    output: Output,
    preset: Preset = None,
    own: Set = None,
    chat_template: Template = None,
    allow_host: AllowHost = None,
    launch_file: LaunchFile = None,
) -> None:
    """Train a model on preferences: what is better becomes likelier than what is worse (DPO).

    Best after `sqpsych finetune`, on what it made. Stopped, the same command goes on.

    \b
    Examples:
        sqpsych finetune-preferences preferences --model counsellor -o preferring
        sqpsych finetune-preferences preferences -m smollm2-135m -o other --set beta=0.3
    """
    from sqpsych.cli.training import Given, hide_bars, run_training

    hide_bars()
    from sqpsych.finetune import PreferenceSettings
    from sqpsych.finetune.preferences import finetune_preferences as train

    allow_hosts(allow_host)
    given = Given(pairs, model, output, preset, own, chat_template)
    run_training(PreferenceSettings, train, given)
