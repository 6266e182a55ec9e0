"""The model card: YAML that the hub reads, then what the run and its data say of the model."""

from pathlib import Path
from typing import Any

import yaml

from sqpsych.finetune.lineage import write_doubt
from sqpsych.markdown import tabulate

_FIGURES = {
    "supervised": "Loss on the therapist's turns of people whom this training left out, in nats a "
    "token: the mean over dialogues of each one's mean.",
    "preferences": "Loss of direct preference optimisation on pairs of people whom this training "
    "left out: 0.693 (ln 2) where it prefers neither more than its base did.",
}
_WHERE = {True: "the therapist's turns", False: "all tokens"}


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
    data = manifest["dataset"]
    parts = [
        f"# {base['name']}, trained as a counsellor",
        "**Not for contact with patients.** This model is made for research on language models. It "
        "gives no therapy and no advice, may say things that harm, and must not be used with "
        "anyone who seeks help. It was not tested with people.",
        "## Base",
        f"{base['name']}, {base['parameters']:,} parameters, licence "
        f"{base['licence'] or 'not known here: see its own card'}. Its limits are this one's, too.",
        "## Data",
        f"{data['title'] or 'A dataset without a title'}, licence "
        f"{data['licence'] or 'not chosen: ask its owner'}. "
        "Synthetic dialogues between language models, in part with invented symptoms and lives; "
        "the therapist is the assistant. People are in one split each."
        + ("" if manifest["held_out_new"] else f" {write_doubt(base['name'])}"),
        _tabulate_counts(data["splits"]),
        "## Training",
        _describe_training(manifest, settings),
        "![Loss by step](training.png)",
        "## Figures",
        _FIGURES[manifest["training"]],
        tabulate(
            ("split", "base", "tuned", "change"),
            [
                (name, f"{was:.3f}", f"{manifest['losses']['after'][name]:.3f}",
                 f"{100 * (manifest['losses']['after'][name] / was - 1):+.1f} %")
                for name, was in manifest["losses"]["before"].items()
            ],
        ),
        "A lower loss says that it is more like these data, not that it counsels better.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _describe_training(manifest: dict[str, Any], settings: dict[str, Any]) -> str:
    weights = {
        "all": "All weights",
        "lora": f"LoRA adapters of rank {settings['lora_rank']} on all linear layers",
        "qlora": f"LoRA adapters of rank {settings['lora_rank']} on a base in 4 bits",
    }[settings["weights"]]
    loss = (
        f"direct preference optimisation, beta {settings['beta']}"
        if manifest["training"] == "preferences"
        else f"loss on {_WHERE[settings['therapist_only']]}"
    )
    libraries = ", ".join(f"{name} {one}" for name, one in manifest["libraries"].items())
    best = manifest["best_step"]
    return (
        f"{weights} ({manifest['trained_parameters']:,} parameters), {loss}, "
        f"{manifest['steps']} steps of {settings['batch']} × {settings['accumulate']} × "
        f"{manifest['processes']} sequences (at once, batches, processes) in "
        f"{manifest['computed_in']}, "
        f"learning rate {settings['learning_rate']} ({settings['schedule']}), seed "
        f"{settings['seed']}{f'; the weights are those of step {best}' if best else ''}. "
        f"sqpsych {manifest['sqpsych']}, {libraries}."
    )


def _tabulate_counts(splits: dict[str, dict[str, int]]) -> str:
    names = list(dict.fromkeys(name for counts in splits.values() for name in counts))
    rows: list[tuple[object, ...]] = [
        (split, *(f"{counts.get(name, 0):,}" for name in names)) for split, counts in splits.items()
    ]
    return tabulate(("split", *names), rows)
