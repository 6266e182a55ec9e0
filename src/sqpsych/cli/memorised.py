"""`sqpsych memorised`: did a tuned model learn planted facts by heart?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping


def memorised(
    model: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a finished `sqpsych finetune`.")
    ],
    canaries: Annotated[
        Path,
        typer.Option(metavar="FILE", help="What `sqpsych profiles plant` wrote."),
    ],
    dataset: Annotated[
        Path, typer.Option(metavar="DATASET", help="What the model was trained on.")
    ],
    base: Annotated[
        str | None, typer.Option(help="The model before training; that of the run unless said.")
    ] = None,
    candidates: Annotated[
        int, typer.Option(min=2, help="Sentences each planted one is ranked among.")
    ] = 500,
    seed: Annotated[int, typer.Option(help="Of the candidates.")] = 0,
) -> None:
    """Rank planted facts by likelihood in a tuned model and in the one it began as.

    \b
    Examples:
        sqpsych profiles plant profiles.jsonl -o planted.jsonl
        sqpsych generate planted.jsonl -o corpus
        sqpsych release corpus -o dataset
        sqpsych finetune dataset --model smollm2-135m -o counsellor --set therapist_only=false
        sqpsych memorised counsellor --canaries planted.canaries.json --dataset dataset
    """
    from math import log2

    from sqpsych.assessment.privacy.canaries import read_canaries
    from sqpsych.finetune.memorising import check_memorised, find_taught
    from sqpsych.finetune.run import read_manifest, write_json

    manifest = read_manifest(model)
    planted = read_canaries(canaries)
    before = base or _find_base(model, manifest)
    taught = find_taught(manifest, dataset, planted)
    typer.echo(f"{sum(taught)} of {len(taught)} planted facts stand in what was learned from")
    found = check_memorised(before, str(model / "model"), planted, candidates, seed)
    typer.echo("planted  learned from  bits before  bits now  verdict")
    for number, (stands, one) in enumerate(zip(taught, found, strict=True), 1):
        typer.echo(
            f"{number:7}  {'yes' if stands else 'no':12}  {one.base_bits:11.2f}  "
            f"{one.tuned_bits:8.2f}  {one.verdict}"
        )
    learned = sum(one.verdict == "learned by heart" for one in found)
    typer.echo(
        f"\n{learned} of {len(found)} planted facts were learned by heart. Exposure is 1.44 bits "
        f"on average by chance, and {log2(candidates):.2f} at most."
    )
    result = [
        {
            "learned_from": stands,
            "base_bits": one.base_bits,
            "tuned_bits": one.tuned_bits,
            "verdict": one.verdict,
        }
        for stands, one in zip(taught, found, strict=True)
    ]
    path = model / "memorised.json"
    write_json(path, {"candidates": candidates, "canaries": result})
    typer.echo(f"written to {path}")
    if learned:
        raise typer.Exit(1)


def _find_base(run: Path, manifest: "Mapping[str, Any]") -> str:
    """Find the model that a run began with, where it is one that has a name."""
    from sqpsych.errors import FinetuneError

    given: str | None = manifest["base"]["given"]
    if given is None:
        raise FinetuneError(
            f"{run} does not say where {manifest['base']['name']}, the model before training, "
            "lies. Give its folder or file with --base."
        )
    return given
