"""Several processes train one model together, as `accelerate launch` and `torchrun` start them."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_two_processes_share_the_steps_and_one_of_them_writes(
    dataset: Path, model: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc_per_node", "2", "-m", "sqpsych", "finetune", str(dataset)]
    command += ["-m", str(model), "-o", str(output), "--set", "epochs=2", "--set", "weights=all"]

    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("written to") == 1
    manifest = json.loads((output / "manifest.json").read_text())
    assert manifest["steps"] == 4
    assert manifest["losses"]["after"]["dev"] < manifest["losses"]["before"]["dev"]
