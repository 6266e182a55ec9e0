"""`sqpsych memorised`: did a tuned model learn planted facts by heart?"""

from pathlib import Path
from typing import Annotated

import typer


def memorised(
    model: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a finished `sqpsych finetune`.")
    ],
    canaries: Annotated[
        Path,
        typer.Option(metavar="FILE", help="What `sqpsych profiles plant` wrote."),
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
        sqpsych finetune dataset --model smollm2-135m -o counsellor
        sqpsych memorised counsellor --canaries planted.canaries.json
    """
    from math import log2

    from sqpsych.assessment.privacy.canaries import read_canaries
    from sqpsych.finetune.memorising import check_memorised
    from sqpsych.finetune.run import read_manifest, write_json

    manifest = read_manifest(model)
    planted = read_canaries(canaries)
    found = check_memorised(
        base or manifest["base"]["given"], str(model / "model"), planted, candidates, seed
    )
    typer.echo("planted  bits before  bits now  verdict")
    for number, one in enumerate(found, 1):
        typer.echo(f"{number:7}  {one.base_bits:11.2f}  {one.tuned_bits:8.2f}  {one.verdict}")
    learned = sum(one.verdict == "learned by heart" for one in found)
    typer.echo(
        f"\n{learned} of {len(found)} planted facts were learned by heart. Exposure is 1.44 bits "
        f"on average by chance, and {log2(candidates):.2f} at most."
    )
    result = [
        {"base_bits": one.base_bits, "tuned_bits": one.tuned_bits, "verdict": one.verdict}
        for one in found
    ]
    path = model / "memorised.json"
    write_json(path, {"candidates": candidates, "canaries": result})
    typer.echo(f"written to {path}")
    if learned:
        raise typer.Exit(1)
