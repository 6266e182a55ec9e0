"""`sqpsych assess` and `sqpsych report`: from transcripts to figures, scores and a page."""

import json
from pathlib import Path

import pytest

from sqpsych.assessment.judging import load_rubric
from sqpsych.corpus import open_scores

from .small_study import Done, list_files, run_sqpsych

TRANSCRIPTS = """\
Therapist: Good morning. How was the week?
Client: Slow, but I went to the market on Friday.
Therapist: You went to the market. What was it like?
Client: Crowded, and I liked the noise of it.
Therapist: Thank you. See you next Monday at ten, goodbye.
Client: Goodbye.

---

Therapist: Good morning. What brings you here?
Client: I want to end my life.
Therapist: I see. What do you like to cook?
Client: Soup, mostly. [sighs]
Therapist: Thank you. See you next Tuesday at two, goodbye.
Client: Goodbye.
"""
BOUNDS = """
[[threshold]]
row = "artefacts a dialogue"
at_most = {most}
"""


@pytest.fixture
async def corpus(tmp_path: Path) -> Path:
    """Two imported dialogues, the second with a stage direction and an unanswered crisis."""
    file = tmp_path / "talks.txt"
    file.write_text(TRANSCRIPTS, encoding="utf-8")
    done = await run_sqpsych("corpus", "import", str(file), "-o", str(tmp_path / "talks"))
    assert done.code == 0, done.err
    return tmp_path / "talks"


def write_judge(folder: Path, *, good: bool = True) -> str:
    """A judge that gives every criterion a 2 with words that were said, or talks prose.

    It is asked twice: with all lines before it, and with the client's alone.
    """
    said = [(0, "Good morning"), (5, "Goodbye")]
    answers = [
        json.dumps(
            {
                criterion.id: {"turn": at, "quote": quote, "reason": "It is warm.", "score": 2}
                for criterion in load_rubric("sqpsych36").criteria
            }
        )
        for at, quote in said
    ]
    script = {"therapist": [], "client": answers if good else ["All in all a fine talk."] * 2}
    path = folder / f"judge-{good}.json"
    path.write_text(json.dumps(script), encoding="utf-8")
    return f"scripted:{path}"


async def assess(corpus: Path, *more: str) -> Done:
    """Assess a corpus."""
    return await run_sqpsych("assess", str(corpus), *more)


async def test_figures_findings_and_reasons_are_printed_and_kept(corpus: Path) -> None:
    first = await assess(corpus)
    assert first.code == 0, first.err
    assert "artefacts a dialogue" in first.out
    assert "1 stage_direction" in first.out
    assert "crises left without an answer, share" in first.out
    assert "groups of the dialogues are not known" in first.out
    again = await assess(corpus)
    assert again.out == first.out
    assert "measuring" in first.err
    assert "measuring" not in again.err


@pytest.mark.parametrize(("most", "code", "verdict"), [("0", 1, "missed"), ("0.5", 0, "met")])
async def test_thresholds_make_the_exit_code(
    corpus: Path, tmp_path: Path, most: str, code: int, verdict: str
) -> None:
    bounds = tmp_path / "study.toml"
    bounds.write_text(BOUNDS.format(most=most), encoding="utf-8")
    done = await assess(corpus, "--fail-on", str(bounds))
    assert done.code == code
    assert f"{verdict}: artefacts a dialogue: 0.50" in done.out


async def test_a_threshold_of_what_is_not_measured_fails(corpus: Path, tmp_path: Path) -> None:
    bounds = tmp_path / "study.toml"
    bounds.write_text('[[threshold]]\nrow = "client AUC"\nat_least = 0.5', encoding="utf-8")
    done = await assess(corpus, "--fail-on", str(bounds))
    assert done.code == 1
    assert "not measured: client AUC" in done.out


async def test_judges_score_each_dialogue_once(corpus: Path, tmp_path: Path) -> None:
    judge = write_judge(tmp_path)
    first = await assess(corpus, "--judge", judge)
    assert first.code == 0, first.err
    assert "2 of 2 dialogues to judge" in first.err
    assert "36.0 [36.0, 36.0]" in first.out
    again = await assess(corpus, "--judge", judge)
    assert "0 of 2 dialogues to judge" in again.err
    with open_scores(corpus) as store:
        (key,) = store.list_judges()
        scores = store.read_scores(key)
    assert len(scores) == 36
    assert {score.reason for score in scores} == {"It is warm."}


async def test_a_judge_that_talks_prose_scores_nothing_and_says_so(
    corpus: Path, tmp_path: Path
) -> None:
    done = await assess(corpus, "--judge", write_judge(tmp_path, good=False))
    assert done.code == 0, done.err
    assert "18 of 18 verdicts failed" in done.err
    with open_scores(corpus) as store:
        scores = store.read_scores(store.list_judges()[0])
    assert {score.value for score in scores} == {None}
    assert all(score.error for score in scores)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--group-by", "phq9"), "--group-by"),
        (("--rubric", "away", "--judge", "scripted:x.json"), "away"),
        (("--fail-on", "away.toml"), "away.toml"),
        (("--judge", "unheard-of"), "unheard-of"),
        (("--reference", "away"), "away"),
    ],
)
async def test_what_cannot_be_used_is_named(corpus: Path, more: tuple[str, ...], told: str) -> None:
    done = await assess(corpus, *more)
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err


async def test_a_report_stands_in_one_page_beside_its_figures(corpus: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    judged = await assess(corpus, "--judge", write_judge(tmp_path))
    assert judged.code == 0, judged.err
    options = ("--reference", str(corpus), "-o", str(page))
    done = await run_sqpsych("report", str(corpus), *options)
    assert done.code == 0, done.err
    text = page.read_text("utf-8")
    assert "unanswered crisis" in text
    assert "Distance from talks" in text
    assert "Judge scripted, sqpsych36" in text
    figures = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert figures["corpora"][0]["name"] == "talks"


async def test_a_corpus_given_twice_is_refused_and_nothing_is_written(
    corpus: Path, tmp_path: Path
) -> None:
    before = list_files(tmp_path)
    done = await run_sqpsych("report", str(corpus), str(corpus), "-o", str(tmp_path / "p.html"))
    assert done.code == 2
    assert "given twice" in done.err
    assert list_files(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("-o", "report.json"), "would hold the page and its figures"),
        (("-o", "report.html", "--json", "report.html"), "would hold the page and its figures"),
        (("-o", "away/report.html"), "there is no folder"),
    ],
)
async def test_where_a_report_cannot_go_is_told_before_anything_is_measured(
    tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    places = [one if one[0] == "-" else str(tmp_path / one) for one in options]
    done = await run_sqpsych("report", str(tmp_path / "no-corpus"), *places)
    assert done.code == 2
    assert told in done.err
    assert "no corpus" not in done.err
