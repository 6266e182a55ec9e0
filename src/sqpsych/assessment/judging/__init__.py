"""Judges: language models that rate dialogues by a rubric, compare them, or read the client's
answers out of them. They run where the role-play's models run: on the user's own machines."""

from sqpsych.assessment.judging.answer_comparison import (
    AnswerComparison,
    ItemPair,
    compare_answers,
    rate_answers,
)
from sqpsych.assessment.judging.asking import Asker, make_asker
from sqpsych.assessment.judging.fidelity_judge import FidelityJudge, find_instruments
from sqpsych.assessment.judging.judge import DialogueJudge, Judge, judge_corpus
from sqpsych.assessment.judging.length_bias import LengthBias, measure_length_bias
from sqpsych.assessment.judging.pairwise import (
    BETTER_ANSWER,
    BETTER_SESSION,
    Pairing,
    Preference,
    compare_pair,
    compare_pairs,
    pair_dialogues,
    rate_preferences,
)
from sqpsych.assessment.judging.panel import list_categories, measure_panel, pool_scores
from sqpsych.assessment.judging.recalled import (
    CONSENSUS,
    make_person_key,
    measure_judged,
    name_sections,
)
from sqpsych.assessment.judging.rubric import Anchor, Criterion, Rubric, RubricScale
from sqpsych.assessment.judging.rubric_files import list_rubrics, load_rubric
from sqpsych.assessment.judging.tallies import measure_scores, sum_scales

__all__ = [
    "BETTER_ANSWER",
    "BETTER_SESSION",
    "CONSENSUS",
    "Anchor",
    "AnswerComparison",
    "Asker",
    "Criterion",
    "DialogueJudge",
    "FidelityJudge",
    "ItemPair",
    "Judge",
    "LengthBias",
    "Pairing",
    "Preference",
    "Rubric",
    "RubricScale",
    "compare_answers",
    "compare_pair",
    "compare_pairs",
    "find_instruments",
    "judge_corpus",
    "list_categories",
    "list_rubrics",
    "load_rubric",
    "make_asker",
    "make_person_key",
    "measure_judged",
    "measure_length_bias",
    "measure_panel",
    "measure_scores",
    "name_sections",
    "pair_dialogues",
    "pool_scores",
    "rate_answers",
    "rate_preferences",
    "sum_scales",
]
