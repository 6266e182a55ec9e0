"""Benchmarks of counselling models: published questions, what was answered, scores."""

from sqpsych.benchmarks.answer_corpus import export_answers
from sqpsych.benchmarks.answers import ChoiceReading, read_choice
from sqpsych.benchmarks.cbt_bench import read_cbt_bench
from sqpsych.benchmarks.counselbench_adv import read_counselbench_adv
from sqpsych.benchmarks.counselingbench import read_counselingbench
from sqpsych.benchmarks.duels import (
    Duel,
    KeptPreference,
    count_winners,
    fight,
    find_kept,
    name_duel_judge,
    pair_answers,
    write_duel,
)
from sqpsych.benchmarks.failure_judge import (
    FailureJudge,
    FailureVerdict,
    judge_answers,
    list_unjudged,
)
from sqpsych.benchmarks.failure_modes import FAILURE_MODES, FailureMode
from sqpsych.benchmarks.failure_scores import (
    INVITED,
    FailureScores,
    score_failures,
    write_failure_scores,
)
from sqpsych.benchmarks.item_scores import Items, estimate_items
from sqpsych.benchmarks.label_answers import LabelReading, read_labels
from sqpsych.benchmarks.line_journal import LineJournal, open_journal
from sqpsych.benchmarks.live import LiveScore
from sqpsych.benchmarks.open_answers import (
    OpenAnswer,
    OpenAnswers,
    name_file,
    read_open_answers,
)
from sqpsych.benchmarks.overlap import Overlap, find_overlap
from sqpsych.benchmarks.questions import (
    ChoiceQuestion,
    ChoiceSet,
    LabelQuestion,
    LabelSet,
    OpenQuestion,
    OpenSet,
    Published,
    QuestionSet,
)
from sqpsych.benchmarks.reading import describe_version
from sqpsych.benchmarks.recorded import read_recorded
from sqpsych.benchmarks.results import write_scores
from sqpsych.benchmarks.scoring import BenchmarkScore, QuestionScore, score_choices, score_labels
from sqpsych.benchmarks.tasks import (
    TASKS,
    Task,
    find_task,
    read_questions,
    score_answers,
    score_recorded,
)
from sqpsych.benchmarks.texts import read_texts

__all__ = [
    "FAILURE_MODES",
    "INVITED",
    "TASKS",
    "BenchmarkScore",
    "ChoiceQuestion",
    "ChoiceReading",
    "ChoiceSet",
    "Duel",
    "FailureJudge",
    "FailureMode",
    "FailureScores",
    "FailureVerdict",
    "Items",
    "KeptPreference",
    "LabelQuestion",
    "LabelReading",
    "LabelSet",
    "LineJournal",
    "LiveScore",
    "OpenAnswer",
    "OpenAnswers",
    "OpenQuestion",
    "OpenSet",
    "Overlap",
    "Published",
    "QuestionScore",
    "QuestionSet",
    "Task",
    "count_winners",
    "describe_version",
    "estimate_items",
    "export_answers",
    "fight",
    "find_kept",
    "find_overlap",
    "find_task",
    "judge_answers",
    "list_unjudged",
    "name_duel_judge",
    "name_file",
    "open_journal",
    "pair_answers",
    "read_cbt_bench",
    "read_choice",
    "read_counselbench_adv",
    "read_counselingbench",
    "read_labels",
    "read_open_answers",
    "read_questions",
    "read_recorded",
    "read_texts",
    "score_answers",
    "score_choices",
    "score_failures",
    "score_labels",
    "score_recorded",
    "write_duel",
    "write_failure_scores",
    "write_scores",
]
