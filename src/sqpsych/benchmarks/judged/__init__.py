"""Free answers: judged for failures, set head to head, handed to experts."""

from sqpsych.benchmarks.judged.answer_corpus import export_answers
from sqpsych.benchmarks.judged.duels import (
    Duel,
    KeptPreference,
    count_winners,
    fight,
    find_kept,
    name_duel_judge,
    pair_answers,
    write_duel,
)
from sqpsych.benchmarks.judged.failure_judge import (
    FailureJudge,
    FailureVerdict,
    judge_answers,
    list_unjudged,
)
from sqpsych.benchmarks.judged.failure_scores import (
    INVITED,
    FailureScores,
    score_failures,
    write_failure_scores,
)

__all__ = [
    "INVITED",
    "Duel",
    "FailureJudge",
    "FailureScores",
    "FailureVerdict",
    "KeptPreference",
    "count_winners",
    "export_answers",
    "fight",
    "find_kept",
    "judge_answers",
    "list_unjudged",
    "name_duel_judge",
    "pair_answers",
    "score_failures",
    "write_duel",
    "write_failure_scores",
]
