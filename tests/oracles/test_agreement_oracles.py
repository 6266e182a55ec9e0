"""Agreement and effect sizes against pingouin and krippendorff.

Both are under the GPL, so nothing of sqpsych needs them and they are in a dependency group of their
own: `pip install --group oracles`. Without them this file is skipped.
"""

import warnings
from typing import Any

import numpy as np
import pytest
from pandas import DataFrame

from sqpsych.assessment.statistics.agreement import Level, krippendorff_alpha
from sqpsych.assessment.statistics.differences import compare_paired, compare_unpaired
from sqpsych.assessment.statistics.intraclass import IccKind, icc

SEEDS = range(8)

# What the oracles warn of is theirs; our own warnings fail the other tests of these functions.
pytestmark = pytest.mark.filterwarnings("ignore")


def import_oracle(name: str) -> Any:
    """Import it, or skip; what it warns of at import is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


pingouin = import_oracle("pingouin")
krippendorff = import_oracle("krippendorff")


def draw_ratings(seed: int, units: int = 20, raters: int = 4) -> np.ndarray[Any, Any]:
    """Ratings 0-4 of a shared truth, rater shift and noise."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(2, 1, (units, 1))
    noisy = truth + generator.normal(0, 0.5, (1, raters)) + generator.normal(0, 1, (units, raters))
    return np.clip(np.round(noisy), 0, 4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("kind", "names"), [("2,1", "ICC2 ICC(A,1)"), ("2,k", "ICC2k ICC(A,k)")])
def test_icc_is_that_of_pingouin(seed: int, kind: IccKind, names: str) -> None:
    ratings = draw_ratings(seed)
    units, raters = np.indices(ratings.shape)
    table = DataFrame({"unit": units.ravel(), "rater": raters.ravel(), "rating": ratings.ravel()})
    theirs = pingouin.intraclass_corr(table, targets="unit", raters="rater", ratings="rating")
    theirs = theirs.set_index("Type").loc[[t for t in theirs["Type"] if t in names.split()]].iloc[0]
    ours = icc(ratings.tolist(), kind)
    assert ours.value == pytest.approx(theirs["ICC"], abs=1e-9)
    ends = next(theirs[name] for name in theirs.index if name.startswith("CI95"))
    assert (ours.low, ours.high) == pytest.approx(tuple(ends), abs=0.006)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_krippendorff(seed: int, level: Level) -> None:
    ratings = draw_ratings(seed)
    ratings[np.random.default_rng(seed).random(ratings.shape) < 0.3] = np.nan
    theirs = krippendorff.alpha(reliability_data=ratings.T, level_of_measurement=level)
    assert krippendorff_alpha(ratings.tolist(), level, draws=2).value == pytest.approx(theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_effect_sizes_and_tests_are_those_of_pingouin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = generator.normal(0.5, 1, 15), generator.normal(0, 1, 15)
    ours, theirs = (
        compare_paired("x", *({str(n): v for n, v in enumerate(one.tolist())} for one in (a, b))),
        pingouin.wilcoxon(a, b).iloc[0],
    )
    assert ours.p == pytest.approx(theirs[_find(theirs, "p")])
    assert ours.effect.value == pytest.approx(theirs["RBC"])
    ours, theirs = (
        compare_unpaired(
            "x",
            {f"a{n}": v for n, v in enumerate(a.tolist())},
            {f"b{n}": v for n, v in enumerate(b.tolist())},
        ),
        pingouin.mwu(a, b).iloc[0],
    )
    assert ours.p == pytest.approx(theirs[_find(theirs, "p")])
    assert ours.effect.value == pytest.approx(theirs["RBC"])


def _find(row: Any, start: str) -> str:
    """Name of the column of p-values, with a hyphen or an underscore."""
    return next(str(name) for name in row.index if str(name) in {f"{start}-val", f"{start}_val"})
