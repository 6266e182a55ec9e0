"""Pictures of the pages for the guide.

    PYTHONPATH=tests .venv/bin/python -m review.pictures docs/images

The dialogues are those of dialogues.toml, written for this.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from review.browsing import join, open_browser
from review.making import make_event, write_corpus
from review.serving import find_port, read_links, run, serve
from sqpsych.assessment.judging import load_rubric
from sqpsych.review import answering, open_study
from sqpsych.review.study import Judgement

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COMMENTS = {0: "Mostly advice.", 1: "Some, yet the therapist draws the conclusions.", 2: ""}


class Camera:
    """Takes pictures of pages, in one window after the other."""

    def __init__(self, browser: "Browser", folder: Path) -> None:
        """Use an open browser."""
        self._browser = browser
        self._folder = folder
        self.state: str | None = None

    def open(self, width: int, scheme: str, locale: str) -> "Page":
        """Open a window, as whoever was remembered."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900 if width > 400 else 740},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
            storage_state=self.state,
        )
        return context.new_page()

    def remember(self, page: "Page", file: Path) -> None:
        """Keep who is signed in for the next windows."""
        page.context.storage_state(path=file)
        self.state = str(file)

    def take(self, page: "Page", name: str) -> None:
        """Take a picture."""
        page.wait_for_timeout(400)
        page.screenshot(path=self._folder / f"review-{name}.png")


def main() -> None:
    """Make two studies, rate them in part, and take pictures of every kind of page."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, open_browser() as browser:
        corpora = [write_corpus(Path(made), name) for name in ("sure", "plain")]
        title = ["--title", "Dialogues in therapy"]
        picture_rating(Path(made), corpora, title, Camera(browser, folder))
        picture_pairs(Path(made), corpora, title, Camera(browser, folder))


def picture_rating(made: Path, corpora: list[Path], title: list[str], camera: Camera) -> None:
    """Pictures of a study by rubric."""
    size = ["--per-corpus", "4", "--raters", "3"]
    links = read_links(run("review", "create", *corpora, "-o", made / "study", *size, *title))
    for rater in ("rater-2", "rater-3"):
        rate_all(made / "study", rater)
    port = find_port()
    with serve(made / "study", port) as address:
        page = camera.open(1440, "light", "en")
        page.goto(f"{address}/invitations/{links['rater-1']}")
        camera.take(page, "invitation")
        page.goto(address)
        camera.take(page, "sign-in")
        join(page, f"{address}/invitations/{links['rater-1']}")
        camera.remember(page, made / "rater.json")
        camera.take(page, "list")
        page.get_by_role("link", name="Begin").click()
        page.wait_for_selector("#criteria")
        rate_some(page)
        camera.take(page, "rating")
        here = page.url
        page = camera.open(1440, "dark", "de")
        page.goto(here)
        camera.take(page, "rating-dark-de")
        page = camera.open(360, "light", "de")
        page.goto(here)
        camera.take(page, "phone-de")
        page.locator(".switch a").last.click()
        page.wait_for_timeout(600)
        camera.take(page, "phone-criteria-de")
        camera.state = None
        page = camera.open(1440, "light", "en")
        join(page, f"{address}/invitations/{links['owner']}")
        camera.remember(page, made / "owner.json")
        camera.take(page, "owner")
        page.goto(f"{address}/owner/disagreements")
        camera.take(page, "disagreements")
        page.locator("tbody a").first.click()
        page.wait_for_selector("article")
        camera.take(page, "settling")
        page = camera.open(360, "dark", "en")
        page.goto(f"{address}/owner")
        camera.take(page, "owner-phone-dark")


def picture_pairs(made: Path, corpora: list[Path], title: list[str], camera: Camera) -> None:
    """A picture of a study by pairs."""
    size = ["--per-corpus", "4", "--raters", "1", "--pairwise"]
    links = read_links(run("review", "create", *corpora, "-o", made / "pairs", *size, *title))
    with serve(made / "pairs", find_port()) as address:
        page = camera.open(1440, "light", "en")
        join(page, f"{address}/invitations/{links['rater-1']}")
        page.get_by_role("link", name="Begin").click()
        page.locator("#choice .values label").nth(2).click()
        page.wait_for_selector('#save-state[data-state="saved"]')
        camera.take(page, "pair")


def rate_some(page: "Page") -> None:
    """Rate as a person in the middle of the work."""
    page.locator("#c-key_beliefs .values label").nth(2).click()
    page.locator("#c-paraphrase .values label").nth(1).click()
    page.locator("#turn-2 .mark").click()
    page.locator("#turn-4 .mark").click()
    page.locator("#c-paraphrase .meaning summary").click()
    page.locator("#c-guided_discovery .values label").nth(2).click()
    page.locator("#c-paraphrase .values label").nth(1).click()
    page.wait_for_selector('#save-state[data-state="saved"]')


def rate_all(study: Path, rater: str) -> None:
    """Rate everything by a rule that depends on rater, dialogue and criterion."""
    rubric = load_rubric("sqpsych36")
    with open_study(study) as store:
        order = list(store.read_items())
        origins = store.read_origins()
        for task in store.read_tasks(rater):
            base = 2 if origins[task.item][0].corpus == "sure" else 0
            for number, criterion in enumerate(rubric.criteria):
                wobble = (
                    order.index(task.item) * 7 + number * 3 + int(re.sub(r"\D", "", rater))
                ) % 5
                value = min(2, max(0, base + (wobble == 0) - (wobble == 3)))
                judgement = Judgement(
                    value=value, comment=COMMENTS[value], evidence=(number % 4 * 2,)
                )
                answering.save_judgement(store, task, make_event(), criterion.id, judgement)
            answering.finish(store, task, make_event())


if __name__ == "__main__":
    main()
