"""Simulated people answer as the real ones do, and are none of them."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sqpsych.cli.profiles import app
from sqpsych.errors import ProfileError
from sqpsych.instruments import load_instrument, score_answers
from sqpsych.intake import build_nhanes_sample_profiles, read_profiles, write_profiles
from sqpsych.intake.simulating import PREFIX, simulate_people
from sqpsych.records import Answer, ClientProfile

PHQ9 = {"phq9": load_instrument("phq9")}
REAL = build_nhanes_sample_profiles()


def list_points(profiles: tuple[ClientProfile, ...]) -> np.ndarray:
    """Points by person and item."""
    return np.array([[answer.value for answer in profile.answers] for profile in profiles])


@pytest.fixture(scope="module")
def drawn() -> tuple[ClientProfile, ...]:
    """A large cohort like that of the sample."""
    return simulate_people(REAL, PHQ9, 4000, seed=1)


def test_items_are_answered_as_often_and_go_together_as_in_real_people(
    drawn: tuple[ClientProfile, ...],
) -> None:
    real, simulated = list_points(REAL), list_points(drawn)
    assert simulated.mean(axis=0) == pytest.approx(real.mean(axis=0), abs=0.15)
    assert simulated.sum(axis=1).std() == pytest.approx(real.sum(axis=1).std(), rel=0.15)
    related = [np.corrcoef(points.T)[np.triu_indices(9, 1)] for points in (real, simulated)]
    assert np.abs(related[0] - related[1]).mean() < 0.1
    assert np.corrcoef(*related)[0, 1] > 0.7


def test_scores_statements_and_risks_follow_from_the_answers(
    drawn: tuple[ClientProfile, ...],
) -> None:
    for profile in drawn[:200]:
        points = {answer.item: answer.value for answer in profile.answers}
        assert profile.scores == score_answers(PHQ9["phq9"], points)
        assert len(profile.statements) == 9
        assert ("suicidality" in profile.risk_flags) == (points["phq9_9"] != 0)


def test_facts_are_as_frequent_as_in_real_people_and_marked_invented(
    drawn: tuple[ClientProfile, ...],
) -> None:
    def share(profiles: tuple[ClientProfile, ...], name: str, value: str) -> float:
        facts = [{f.name: f.value for f in profile.demographics} for profile in profiles]
        return sum(one.get(name) == value for one in facts) / len(facts)

    assert share(drawn, "sex", "female") == pytest.approx(share(REAL, "sex", "female"), abs=0.04)
    assert {fact.origin for profile in drawn for fact in profile.demographics} == {"invented"}
    some = [profile for profile in REAL if "household_income" not in str(profile.demographics)]
    none = [profile for profile in drawn if "household_income" not in str(profile.demographics)]
    assert len(none) / len(drawn) == pytest.approx(len(some) / len(REAL), abs=0.03)


def test_a_seed_gives_the_same_people_and_another_gives_others(
    drawn: tuple[ClientProfile, ...],
) -> None:
    again, other = (simulate_people(REAL, PHQ9, 50, seed=seed) for seed in (1, 2))
    assert again == simulate_people(REAL, PHQ9, 50, seed=1)
    assert {p.pseudonym for p in again} <= {p.pseudonym for p in drawn}
    assert {p.pseudonym for p in again}.isdisjoint(p.pseudonym for p in other)
    assert all(p.pseudonym.startswith(PREFIX) for p in again)


def test_no_answer_is_drawn_that_nobody_gave_and_gaps_are_allowed() -> None:
    def change(number: int, answer: Answer) -> Answer:
        value = None if (number, answer.item) == (0, "phq9_4") else min(answer.value or 0, 2)
        return answer.model_copy(update={"value": value})

    milder = [
        person.model_copy(update={"answers": tuple(change(n, a) for a in person.answers)})
        for n, person in enumerate(REAL)
    ]
    points = list_points(simulate_people(milder, PHQ9, 300))
    assert set(points.flatten()) == {0, 1, 2}


def test_people_who_answer_alike_cannot_be_simulated() -> None:
    with pytest.raises(ProfileError, match=r"phq9_1, .*answered alike by everybody"):
        simulate_people(REAL[:1], PHQ9, 5)


def test_people_without_answers_cannot_be_simulated() -> None:
    with pytest.raises(ProfileError, match="hold no answers"):
        simulate_people([REAL[0].model_copy(update={"answers": ()})], PHQ9, 5)


def test_an_instrument_of_ones_own_has_to_be_given() -> None:
    with pytest.raises(ProfileError, match=r"No definition of phq9.*--definition"):
        simulate_people(REAL, {}, 5)


def test_the_command_writes_a_cohort_and_compares_it(tmp_path: Path) -> None:
    real, cohort = tmp_path / "profiles.jsonl", tmp_path / "cohort.jsonl"
    write_profiles(REAL, real)
    given = ["simulate", str(real), "-o", str(cohort), "--people", "60"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    assert len(read_profiles(cohort)) == 60
    assert "60 simulated people written" in result.stdout
    assert "phq9 total: mean " in result.stdout
    assert "of the real people 8.7 (6.6)" in result.stdout
    assert "Fitted to 400 people; from 500 on" in result.stderr
    assert CliRunner().invoke(app, given).exit_code != 0


def test_a_cohort_is_not_written_over_the_people_it_is_from(tmp_path: Path) -> None:
    real = tmp_path / "profiles.jsonl"
    write_profiles(REAL, real)
    before = real.read_bytes()
    result = CliRunner().invoke(app, ["simulate", str(real), "-o", str(real), "--force"])
    assert result.exit_code != 0
    assert real.read_bytes() == before
