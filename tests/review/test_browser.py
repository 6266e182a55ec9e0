"""The review in a real browser: from the links to the export, offline, by keyboard, with axe."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from review.browsing import find_chromium, join, open_browser
from review.by_hand import compute_alpha, compute_icc, compute_kappa
from review.making import HOSTILE, load_small, write_corpus
from review.serving import find_port, read_links, run, serve, start, stop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = pytest.mark.skipif(
    find_chromium() is None,
    reason="no Chromium is installed; name one with SQPSYCH_CHROMIUM, or: apt-get install chromium",
)
WARMTH = {"rater-1": (0, 1, 2, 2), "rater-2": (0, 2, 2, 1)}
DEPTH = {"rater-1": (1, 1, 0, 2), "rater-2": (1, 0, 0, 2)}


@dataclass(frozen=True, slots=True)
class Study:
    """A study made with the real command."""

    folder: Path
    port: int
    links: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, name: str) -> str:
        return f"{self.address}/invitations/{self.links[name]}"


def make(folder: Path, *more: str, text: str | None = None, rated: bool = True) -> Study:
    """Make a study of four dialogues and two raters."""
    replaced = dict.fromkeys(("p01", "p02", "p03", "p04"), text) if text else {}
    corpora = [write_corpus(folder, name, **replaced) for name in ("sure", "plain")]
    load_small(folder)
    rubric = ["--rubric", str(folder / "small.toml")] if rated else ["--pairwise"]
    count = ["--per-corpus", "2", "--raters", "2"]
    printed = run("review", "create", *corpora, "-o", folder / "study", *count, *rubric, *more)
    return Study(folder / "study", find_port(), read_links(printed))


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as opened:
        yield opened


@contextmanager
def visit(browser: "Browser", width: int = 1280, **options: object) -> "Iterator[BrowserContext]":
    """A browser window of its own, which loads nothing from elsewhere and finds no fault."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **options)  # type: ignore[arg-type]
    faults: list[str] = []
    asked: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("request", lambda request: asked.append(request.url))
    try:
        yield context
    finally:
        context.close()
    assert not faults
    assert not [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))]


def list_order(study: Study, name: str) -> list[str]:
    """Items in the order of a rater's list."""
    from sqpsych.review import open_study

    with open_study(study.folder) as store:
        return [task.item for task in store.read_tasks(name)]


@contextmanager
def open_list(folder: Path, browser: "Browser") -> "Iterator[Page]":
    """The list of a rater who has begun nothing."""
    study = make(folder)
    with serve(study.folder, study.port), visit(browser) as context:
        page = context.new_page()
        join(page, study.link("rater-1"))
        yield page


def is_saved(page: "Page") -> None:
    page.wait_for_selector('#save-state[data-state="saved"]')


def test_a_study_from_the_links_to_the_export(tmp_path: Path, browser: "Browser") -> None:
    study = make(tmp_path)
    items = sorted(list_order(study, "rater-1"))
    with serve(study.folder, study.port):
        with visit(browser) as context:
            rate_by_mouse(context, study, items)
        with visit(browser) as context:
            rate_by_keyboard(context, study, items)
        with visit(browser) as context:
            page, shown = settle_and_close(context, study)
            csv_text = page.request.get(f"{study.address}/owner/exports/ratings.csv").text()
    rows = list(csv.DictReader(io.StringIO(csv_text)))
    assert len(rows) == 2 * 4 * 2
    for criterion, values in (("warmth", WARMTH), ("depth", DEPTH)):
        table = [
            {
                row["rater"]: float(row["value"])
                for row in rows
                if row["item"] == item and row["criterion"] == criterion
            }
            for item in items
        ]
        assert table == [{r: float(v[n]) for r, v in values.items()} for n in range(4)]
        single, average = compute_icc(table)
        by_hand = [compute_alpha(table), single, average, compute_kappa(table)]
        assert shown[criterion] == [f"{value:.2f}" for value in by_hand]
    evidence = {
        (row["rater"], row["criterion"]): row["evidence_turns"]
        for row in rows
        if row["item"] == items[0]
    }
    assert evidence["rater-1", "warmth"] == "[1, 3]"
    assert evidence["rater-2", "depth"] == "[2]"


def rate_by_mouse(context: "BrowserContext", study: Study, items: list[str]) -> None:
    """Rate everything; lose the connection at the second dialogue and get it back."""
    page = context.new_page()
    join(page, study.link("rater-1"))
    page.get_by_role("link", name="Begin").click()
    for number, item in enumerate(list_order(study, "rater-1")):
        place = items.index(item)
        page.wait_for_selector(f"text=Dialogue {number + 1} of 4")
        page.wait_for_load_state()
        choose(page, "warmth", WARMTH["rater-1"][place])
        if item == items[0]:
            page.locator("#turn-0 .mark").click()
            page.locator("#turn-2 .mark").click()
        is_saved(page)
        if number == 1:
            context.set_offline(True)
        choose(page, "depth", DEPTH["rater-1"][place])
        if number == 1:
            page.wait_for_selector('#save-state[data-state="lost"]')
            assert "no connection" in page.locator("#save-state").inner_text()
            context.set_offline(False)
        is_saved(page)
        page.get_by_role("button", name="Done, go on").click()
    page.wait_for_selector("text=You have been through everything")


def find_rest(page: "Page") -> float:
    """Where a page that scrolls smoothly comes to rest."""
    before, now = -1.0, float(page.evaluate("scrollY"))
    while now != before:
        page.wait_for_timeout(400)
        before, now = now, float(page.evaluate("scrollY"))
    return now


def choose(page: "Page", criterion: str, value: int) -> None:
    page.locator(f"#c-{criterion} .values label").nth(value).click()


def rate_by_keyboard(context: "BrowserContext", study: Study, items: list[str]) -> None:
    """Rate everything without a mouse."""
    page = context.new_page()
    page.goto(study.link("rater-2"))
    page.locator("[name=passphrase]").focus()
    page.keyboard.type("four quiet green boats")
    page.keyboard.press("Tab")
    page.keyboard.type("four quiet green boats")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks")
    page.get_by_role("link", name="Begin").focus()
    page.keyboard.press("Enter")
    for number, item in enumerate(list_order(study, "rater-2")):
        place = items.index(item)
        page.wait_for_selector(f"text=Dialogue {number + 1} of 4")
        page.wait_for_load_state()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.dataset.criterion") == "warmth"
        for stray in ("Space", "ArrowRight", "3"):
            page.keyboard.press(stray)
        assert page.locator("#criteria input:checked").count() == 0
        page.keyboard.press(str(WARMTH["rater-2"][place]))
        page.keyboard.press("c")
        page.keyboard.type("1 by keyboard")
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowDown")
        page.keyboard.press(str(DEPTH["rater-2"][place]))
        if item == items[0]:
            page.keyboard.press("e")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.keyboard.press("Escape")
        is_saved(page)
        page.get_by_role("button", name="Done, go on").focus()
        page.keyboard.press("Enter")
    page.wait_for_selector("text=You have been through everything")


def settle_and_close(
    context: "BrowserContext", study: Study
) -> "tuple[Page, dict[str, list[str]]]":
    """Settle every difference, close; gives the page, and the agreement it shows."""
    page = context.new_page()
    join(page, study.link("owner"))
    shown = {
        row.locator("th").inner_text().lower(): [
            cell.inner_text().split()[0] for cell in row.locator("td").all()[:4]
        ]
        for row in page.locator("#agreement tbody tr").all()
    }
    page.get_by_role("link", name="Where raters differ").click()
    page.wait_for_url("**/owner/disagreements")
    links = page.locator("tbody th a").all()
    assert len(links) == 3
    for address in {(link.get_attribute("href") or "").partition("#")[0] for link in links}:
        page.goto(study.address + address)
        for article in page.locator("article.settle").all():
            assert article.locator(".said-by").count() == 2
            article.locator(".values label").nth(1).click()
            article.locator("textarea").fill("Talked over.")
            article.get_by_role("button", name="Settle").click()
            article.get_by_text("✓ settled", exact=True).wait_for()
    page.goto(f"{study.address}/owner/close")
    assert "Differences not settled: 0" in page.content()
    page.get_by_label("Close the study for good").check()
    page.get_by_role("button", name="Close").click()
    page.wait_for_selector("text=Nothing can be changed any more")
    return page, shown


def test_changes_outlive_a_killed_server_and_a_closed_page(
    tmp_path: Path, browser: "Browser"
) -> None:
    study = make(tmp_path)
    process = start(study.folder, study.port)
    try:
        with visit(browser) as context:
            page = context.new_page()
            join(page, study.link("rater-1"))
            page.get_by_role("link", name="Begin").click()
            choose(page, "warmth", 2)
            is_saved(page)
            stop(process)
            choose(page, "warmth", 0)
            page.locator("#c-depth .remark summary").click()
            page.locator("#c-depth textarea").fill("Written while nobody listened.")
            page.wait_for_selector('#save-state[data-state="lost"]')
            address = page.url
            page.close()
            process = start(study.folder, study.port)
            page = context.new_page()
            page.goto(address)
            is_saved(page)
            assert page.locator("#c-warmth input").nth(0).is_checked()
            page.reload()
            assert page.locator("#c-warmth input").nth(0).is_checked()
            written = page.locator("#c-depth textarea").input_value()
            assert written == "Written while nobody listened."
    finally:
        stop(process)


def test_a_value_can_be_taken_back_and_the_skip_form_rates_nothing(
    tmp_path: Path, browser: "Browser"
) -> None:
    study = make(tmp_path)
    with serve(study.folder, study.port), visit(browser) as context:
        page = context.new_page()
        join(page, study.link("rater-1"))
        page.get_by_role("link", name="Begin").click()
        choose(page, "warmth", 2)
        page.keyboard.press("Delete")
        is_saved(page)
        page.reload()
        assert page.locator("#criteria fieldset input:checked").count() == 0
        page.locator("details.skip summary").click()
        page.locator("details.skip input[type=radio]").first.check()
        for key in ("ArrowDown", "1", "c", "e"):
            page.keyboard.press(key)
        assert page.locator("details.skip input[type=radio]").nth(1).is_checked()
        assert page.locator("#criteria fieldset.criterion input:checked").count() == 0
        page.get_by_role("button", name="Leave it out").click()
        page.wait_for_selector("text=Dialogue 2 of 4")


def test_keys_rate_nothing_outside_the_criteria(tmp_path: Path, browser: "Browser") -> None:
    with open_list(tmp_path, browser) as page:
        page.get_by_role("link", name="Begin").click()
        choose(page, "warmth", 2)
        is_saved(page)
        page.reload()
        page.set_viewport_size({"width": 1280, "height": 300})
        for stray in ("1", "x", "Delete", "Backspace", "c"):
            page.keyboard.press(stray)
        page.locator("#turn-0 .mark").focus()
        for stray in ("1", "Delete"):
            page.keyboard.press(stray)
        assert page.locator("#save-state").get_attribute("data-state") == "idle"
        assert page.locator("#criteria fieldset input:checked").count() == 1
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("ArrowDown")
        assert find_rest(page) > 0
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        is_saved(page)
        assert page.locator("#c-depth input").nth(1).is_checked()


def test_what_a_full_device_cannot_keep_is_sent_all_the_same(
    tmp_path: Path, browser: "Browser"
) -> None:
    with open_list(tmp_path, browser) as page:
        page.add_init_script(
            "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }"
        )
        page.get_by_role("link", name="Begin").click()
        choose(page, "warmth", 2)
        is_saved(page)
        page.reload()
        assert page.locator("#c-warmth input").nth(2).is_checked()


def test_a_refused_change_is_told_and_keeps_no_other_from_being_sent(
    tmp_path: Path, browser: "Browser"
) -> None:
    with open_list(tmp_path, browser) as page:
        page.get_by_role("link", name="Begin").click()
        page.wait_for_load_state()
        address = page.url
        held: list[Route] = []
        page.route("**/ratings", lambda route: held.append(route), times=1)
        choose(page, "warmth", 2)
        choose(page, "depth", 1)
        page.get_by_role("button", name="Done, go on").click()
        held[0].fulfill(status=409)
        page.wait_for_selector('#save-state[data-state="refused"]')
        assert page.url == address
        assert page.evaluate("Object.values(localStorage)") == ["[]"]
        page.get_by_role("button", name="Done, go on").click()
        page.wait_for_url("**?asked=true")
        assert page.locator("#c-depth input").nth(1).is_checked()
        assert page.locator("#c-warmth input:checked").count() == 0


def test_a_difference_that_cannot_be_settled_is_told_beside_the_button(
    tmp_path: Path, browser: "Browser"
) -> None:
    study = make(tmp_path)
    process = start(study.folder, study.port)
    try:
        with visit(browser) as context:
            for number, name in enumerate(("rater-1", "rater-2")):
                page = context.new_page()
                join(page, study.link(name))
                rate_quickly(page, f"{study.address}/tasks/{find_shared(study, name)}", number)
                context.clear_cookies()
            page = context.new_page()
            join(page, study.link("owner"))
            page.goto(f"{study.address}/owner/disagreements")
            page.locator("tbody th a").first.click()
            page.locator(".settle textarea").fill("Talked over.")
            page.locator(".settle .values label").first.click()
            stop(process)
            page.get_by_role("button", name="Settle").click()
            page.get_by_text("No connection: nothing was saved").wait_for()
            process = start(study.folder, study.port)
            page.evaluate("document.querySelector('.settle [name=csrf]').value = 'old'")
            page.get_by_role("button", name="Settle").click()
            page.get_by_text("the form has expired").wait_for()
            assert page.locator(".settle textarea").input_value() == "Talked over."
            context.clear_cookies()
            page.get_by_role("button", name="Settle").click()
            page.wait_for_url("**/sign-in")
    finally:
        stop(process)


def find_shared(study: Study, name: str) -> str:
    """A rater's task of one item that is the same for all."""
    from sqpsych.review import open_study

    with open_study(study.folder) as store:
        item = next(iter(store.read_items()))
        return next(task.id for task in store.read_tasks(name) if task.item == item)


def test_a_click_before_the_script_is_there_is_saved(tmp_path: Path, browser: "Browser") -> None:
    study = make(tmp_path)
    with serve(study.folder, study.port), visit(browser) as context:
        page = context.new_page()
        join(page, study.link("rater-1"))
        waiting: list[Route] = []
        page.route("**/static/rating.js", lambda route: waiting.append(route))
        task = f"{study.address}/tasks/{list_tasks(study, 'rater-1')[0]}"
        page.goto(task, wait_until="commit")
        choose(page, "warmth", 2)
        assert page.locator("#save-state").get_attribute("data-state") == "idle"
        waiting[0].continue_()
        is_saved(page)
        page.unroute_all()
        page.goto(task)
        assert page.locator("#c-warmth input").nth(2).is_checked()


def test_a_phone_leads_back_to_where_each_part_was_left(tmp_path: Path, browser: "Browser") -> None:
    study = make(tmp_path)
    with serve(study.folder, study.port), visit(browser, 360) as context:
        page = context.new_page()
        join(page, study.link("rater-1"))
        page.get_by_role("link", name="Begin").click()
        page.wait_for_load_state()
        page.set_viewport_size({"width": 360, "height": 400})
        page.evaluate("scrollTo(0, 80)")
        page.locator(".switch").get_by_role("link", name="Criteria").click()
        criteria = find_rest(page)
        assert criteria > 80
        page.locator(".switch").get_by_role("link", name="Dialogue").click()
        assert find_rest(page) == pytest.approx(80, abs=2)
        page.locator(".switch").get_by_role("link", name="Criteria").click()
        assert find_rest(page) == pytest.approx(criteria, abs=2)


def test_script_in_dialogues_and_comments_does_not_run(tmp_path: Path, browser: "Browser") -> None:
    study = make(tmp_path, text=HOSTILE)
    with serve(study.folder, study.port), visit(browser) as context:
        page = context.new_page()
        join(page, study.link("rater-1"))
        page.get_by_role("link", name="Begin").click()
        page.locator("#c-warmth .remark summary").click()
        page.locator("#c-warmth textarea").fill(f"</textarea>{HOSTILE}")
        is_saved(page)
        page.reload()
        assert page.locator(".said").first.inner_text() == HOSTILE
        assert page.locator("#c-warmth textarea").input_value() == f"</textarea>{HOSTILE}"
        assert page.title().startswith("Dialogue 1 of 4")
        assert page.locator("main img").count() == 0


def test_no_page_has_a_serious_fault_of_access_or_is_wider_than_a_phone(
    tmp_path: Path, browser: "Browser"
) -> None:
    study = make(tmp_path)
    with serve(study.folder, study.port):
        with visit(browser, 360, color_scheme="dark", locale="de-DE") as context:
            page = context.new_page()
            check(page, f"{study.address}/sign-in")
            check(page, study.link("rater-1"))
            join_in_german(page)
            tasks = [f"{study.address}/tasks/{task}" for task in list_tasks(study, "rater-1")]
            for address in (f"{study.address}/tasks", tasks[0], f"{study.address}/break"):
                check(page, address)
            check(page, f"{study.address}/nothing")
            for task in tasks:
                rate_quickly(page, task)
        with visit(browser) as context:
            page = context.new_page()
            join(page, study.link("rater-2"))
            check(page, f"{study.address}/tasks/{list_tasks(study, 'rater-2')[0]}")
            for task in list_tasks(study, "rater-2"):
                rate_quickly(page, f"{study.address}/tasks/{task}", by=1)
        for width, scheme in ((360, "light"), (1280, "dark")):
            with visit(browser, width, color_scheme=scheme) as context:
                page = context.new_page()
                owner = run("review", "invite", study.folder, "owner").strip()
                join(page, study.address + owner.removeprefix("http://127.0.0.1:8765"))
                for path in ("", "/disagreements", "/close"):
                    check(page, f"{study.address}/owner{path}")
                page.goto(f"{study.address}/owner/disagreements")
                check(
                    page, study.address + str(page.locator("tbody a").first.get_attribute("href"))
                )


def test_pairs_are_compared_on_a_phone_and_at_a_desk(tmp_path: Path, browser: "Browser") -> None:
    study = make(tmp_path, rated=False)
    with serve(study.folder, study.port):
        for name, width in (("rater-1", 360), ("rater-2", 1440)):
            with visit(browser, width) as context:
                page = context.new_page()
                join(page, study.link(name))
                page.get_by_role("link", name="Begin").click()
                check(page, page.url)
                for number in (1, 2):
                    page.wait_for_selector(f"text=Pair {number} of 2")
                    page.keyboard.press("1")
                    page.locator(".side").first.focus()
                    page.keyboard.press("3")
                    page.locator("#reason").fill("Clearer questions.")
                    is_saved(page)
                    page.get_by_role("button", name="Done, go on").click()
                page.wait_for_selector("text=You have been through everything")
        printed = run("review", "export", study.folder, "-o", tmp_path / "out")
    assert "ratings.csv" in printed
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out/ratings.csv").read_text("utf-8"))))
    assert len(rows) == 4
    for row in rows:
        assert row["value"] == ("1" if row["left"] == "b" else "-1")


def list_tasks(study: Study, name: str) -> list[str]:
    from sqpsych.review import open_study

    with open_study(study.folder) as store:
        return [task.id for task in store.read_tasks(name)]


def join_in_german(page: "Page") -> None:
    page.fill("[name=passphrase]", "four quiet green boats")
    page.fill("[name=repeated]", "four quiet green boats")
    page.get_by_role("button", name="Beginnen").click()
    page.wait_for_url("**/tasks")


def rate_quickly(page: "Page", address: str, by: int = 0) -> None:
    page.goto(address)
    choose(page, "warmth", by)
    choose(page, "depth", 1)
    is_saved(page)
    page.locator("form.finish button").click()
    page.wait_for_url(lambda url: url != address)


def check(page: "Page", address: str) -> None:
    """Look at a page with axe, and for whatever sticks out."""
    from axe_playwright_python.sync_playwright import Axe

    page.goto(address)
    page.locator("summary").evaluate_all("all => all.forEach(one => one.parentElement.open = true)")
    found = Axe().run(page).response["violations"]
    serious = [
        (one["id"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert not serious, (address, serious)
    width = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    assert width <= 0, (address, width)
