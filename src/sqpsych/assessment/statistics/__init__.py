"""Statistics of raters, people and corpora: intervals, agreement, tests of difference."""

from sqpsych.assessment.statistics.agreement import (
    CriterionAgreement,
    agree,
    krippendorff_alpha,
    spearman,
    weighted_kappa,
)
from sqpsych.assessment.statistics.differences import (
    Difference,
    adjust_holm,
    compare_measures,
    compare_paired,
    compare_unpaired,
)
from sqpsych.assessment.statistics.intervals import Estimate, bootstrap_mean, bootstrap_ratio
from sqpsych.assessment.statistics.intraclass import icc
from sqpsych.assessment.statistics.ratings import Agreement

__all__ = [
    "Agreement",
    "CriterionAgreement",
    "Difference",
    "Estimate",
    "adjust_holm",
    "agree",
    "bootstrap_mean",
    "bootstrap_ratio",
    "compare_measures",
    "compare_paired",
    "compare_unpaired",
    "icc",
    "krippendorff_alpha",
    "spearman",
    "weighted_kappa",
]
