"""The shipped sample, and the tool that makes it."""

import importlib.util
import statistics
import zipfile
from collections import Counter
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from sqpsych.intake import build_nhanes_sample_profiles, build_profiles, read_codebook, read_table
from sqpsych.intake.nhanes import PUBLIC_KEY, find_sample_files

TOOL = Path(__file__).parents[2] / "tools" / "make_nhanes_sample.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_nhanes_sample", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def export(tmp_path: Path, tool: ModuleType) -> Path:
    """A small TSV in the form of the public export: floats, tiny zeros, blanks, other columns."""
    people = []
    for number in range(60):
        answers = [str(float((number + item) % 4)) for item in range(9)]
        answers[0] = "5.39760534693402e-79" if number % 4 == 0 else answers[0]
        if number == 7:
            answers[3] = ""
        age = "17.0" if number == 8 else f"{20.0 + number}"
        facts = ["Female", age, "High school", "Married", "2"]
        people.append([f"{93000.0 + number}", *answers, *facts, "", "x"])
    frame = pd.DataFrame(people, columns=[*tool.COLUMNS, "Other"])
    path = tmp_path / "export.tsv"
    frame.to_csv(path, sep="\t", index=False)
    return path


def test_sample_builds_with_nobody_left_out() -> None:
    answers, codebook_file = (Path(str(file)) for file in find_sample_files())
    codebook = read_codebook(codebook_file)
    report = build_profiles(read_table(answers, codebook), codebook, PUBLIC_KEY)
    assert report.left_out == ()
    assert report.profiles == build_nhanes_sample_profiles()


def test_sample_figures() -> None:
    profiles = build_nhanes_sample_profiles()
    totals = [score.value for p in profiles for score in p.scores if score.value is not None]
    assert len(totals) == 400
    assert statistics.mean(totals) == pytest.approx(8.6625)
    assert statistics.stdev(totals) == pytest.approx(6.561343, abs=1e-6)
    assert Counter(profile.scores[0].band for profile in profiles) == {
        "minimal": 120,
        "mild": 100,
        "moderate": 90,
        "moderately severe": 60,
        "severe": 30,
    }
    assert sum(profile.condition == "screen_positive" for profile in profiles) == 180
    assert sum("suicidality" in profile.risk_flags for profile in profiles) == 62


def test_sample_is_of_adults_with_plain_facts() -> None:
    for profile in build_nhanes_sample_profiles():
        facts = {fact.name: fact.value for fact in profile.demographics}
        assert 18 <= int(facts["age"]) <= 80
        assert facts["sex"] in ("female", "male")


def test_sample_pseudonyms_are_the_same_everywhere() -> None:
    assert build_nhanes_sample_profiles()[0].pseudonym == "pc480279f71489862"


def test_tool_is_deterministic(tool: ModuleType, export: Path) -> None:
    complete = tool.keep_complete_answers(tool.read_export(export))
    first, second = (tool.draw_sample(complete, seed=1) for _ in range(2))
    assert first.equals(second)
    assert len(complete) == 59
    assert "93008" not in first["SEQN"].tolist()
    assert set(first[tool.PHQ9_ITEMS].to_numpy().ravel()) == {"0", "1", "2", "3"}


def test_tool_writes_the_same_file_from_wheel_and_tsv(
    tool: ModuleType,
    export: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wheel = tmp_path / "export.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(export, tool.TSV_IN_WHEEL)
    outputs = [tmp_path / "from_tsv.csv", tmp_path / "from_wheel.csv"]
    for source, output in zip((export, wheel), outputs, strict=True):
        monkeypatch.setattr("sys.argv", ["tool", str(source), "-o", str(output)])
        tool.main()
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert "all complete cases: 59 people" in capsys.readouterr().out
