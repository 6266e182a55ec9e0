"""The model card: YAML that the hub reads, then what the run and its data say of the model."""

from pathlib import Path
from typing import Any

import yaml


def write_card(path: Path, manifest: dict[str, Any]) -> None:
    """Write the card of a tuned model.

    Args:
        path: the file.
        manifest: what the run was made of, as in manifest.json.
    """
    base = manifest["base"]
    head = {
        "base_model": base["name"],
        **({"license": base["licence"].lower()} if base["licence"] else {}),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": [
            "counselling",
            "cognitive-behavioural-therapy",
            "synthetic",
            "not-for-clinical-use",
        ],
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    path.write_text(f"---\n{front}---\n\n{_write_text(manifest)}", "utf-8")


def _write_text(manifest: dict[str, Any]) -> str:
    base, settings = manifest["base"], manifest["settings"]
    splits = manifest["dataset"]["splits"]
    parts = [
        f"# {base['name']}, trained as a counsellor",
        "**Not for contact with patients.** This model is made for research on language models. It "
        "gives no therapy and no advice, may say things that harm, and must not be used with "
        "anyone who seeks help. It was not tested with people.",
        "## Base",
        f"{base['name']}, {base['parameters']:,} parameters, licence "
        f"{base['licence'] or 'not known here: see its own card'}. Its limits are this one's, too.",
        "## Data",
        "Synthetic dialogues between two language models, in part with invented symptoms and "
        "lives; the therapist is the assistant. People are in one split each.",
        _tabulate(
            ("split", "dialogues", "tokens", "of the therapist", "cut", "left out, too long"),
            [
                (name, one["dialogues"], one["tokens"], one["therapist_tokens"], one["cut"],
                 one["too_long"])
                for name, one in splits.items()
            ],
        ),
        "## Training",
        _describe_training(manifest, settings),
        "![Loss by step](training.png)",
        "## Figures",
        "Loss on the therapist's turns of people it was not trained on, in nats a token: the mean "
        "over dialogues of each one's mean.",
        _tabulate(
            ("split", "base", "tuned", "change"),
            [
                (name, f"{was:.3f}", f"{manifest['losses']['after'][name]:.3f}",
                 f"{100 * (manifest['losses']['after'][name] / was - 1):+.1f} %")
                for name, was in manifest["losses"]["before"].items()
            ],
        ),
        "A lower loss says that it speaks more like these dialogues, not that it counsels better.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _describe_training(manifest: dict[str, Any], settings: dict[str, Any]) -> str:
    weights = {
        "all": "All weights",
        "lora": f"LoRA adapters of rank {settings['lora_rank']} on all linear layers",
        "qlora": f"LoRA adapters of rank {settings['lora_rank']} on a base in 4 bits",
    }[settings["weights"]]
    loss = "the therapist's turns" if settings["therapist_only"] else "all tokens"
    libraries = ", ".join(f"{name} {one}" for name, one in manifest["libraries"].items())
    best = manifest["best_step"]
    return (
        f"{weights} ({manifest['trained_parameters']:,} parameters), loss on {loss}, "
        f"{manifest['steps']} steps of {settings['batch']} × {settings['accumulate']} sequences, "
        f"learning rate {settings['learning_rate']} ({settings['schedule']}), seed "
        f"{settings['seed']}{f'; the weights are those of step {best}' if best else ''}. "
        f"sqpsych {manifest['sqpsych']}, {libraries}."
    )


def _tabulate(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
