"""Trying a client out in a real browser: streaming, by keyboard, on a phone, with axe."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from review.browsing import find_chromium, join, open_browser
from review.chatting import CLIENT, Chatting, serve_chats
from review.test_browser import check as look_over

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(
    find_chromium() is None,
    reason="no Chromium is installed; name one with SQPSYCH_CHROMIUM, or: apt-get install chromium",
)
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as opened:
        yield opened


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Chatting]:
    with serve_chats(tmp_path, "--chat-raters", delay_s=2.0) as running:
        yield running


def enter(browser: "Browser", served: Chatting, name: str, **options: object) -> "Page":
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(30_000)
    join(page, f"{served.address}/invitations/{served.links[name]}")
    return page


def test_a_session_by_keyboard_streams_and_ends(browser: "Browser", served: Chatting) -> None:
    page = enter(browser, served, "owner")
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.get_by_role("link", name="Try a client out").press("Enter")
    page.get_by_role("button", name="Begin").press("Enter")
    field = page.get_by_label("What you say as the therapist")
    field.click()
    page.keyboard.type("Hello, how are your nights?")
    page.keyboard.press("Enter")
    provisional = page.locator("#provisional")
    provisional.get_by_text("I sleep soundly").wait_for()
    log = page.get_by_role("log")
    assert CLIENT[0] not in log.inner_text()
    log.get_by_text(str(CLIENT[0])).wait_for()
    assert provisional.is_hidden()
    assert log.get_attribute("aria-live") == "polite"
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.type("Goodbye, see you next Monday.")
    page.keyboard.press("Enter")
    page.get_by_text("Both have said goodbye").wait_for()
    page.get_by_role("button", name="End the session").press("Enter")
    page.get_by_role("heading", name="The session has ended").wait_for()
    assert complaints == []


def test_a_lost_connection_loses_no_line(browser: "Browser", served: Chatting) -> None:
    page = enter(browser, served, "owner")
    page.goto(f"{served.address}/chat")
    page.get_by_role("button", name="Begin").click()
    field = page.get_by_label("What you say as the therapist")
    field.fill("Hello, how are your nights?")
    field.press("Enter")
    page.locator("#provisional").get_by_text("I sleep").wait_for()
    page.reload()
    page.get_by_role("log").get_by_text("Hello, how are your nights?").wait_for()
    page.get_by_role("log").get_by_text(str(CLIENT[0])).wait_for()
    page.context.set_offline(True)
    field = page.get_by_label("What you say as the therapist")
    field.fill("What else is there to tell?")
    field.press("Enter")
    page.get_by_text("The connection was lost").wait_for()
    assert field.input_value() == "What else is there to tell?"
    page.context.set_offline(False)
    field.press("Enter")
    page.get_by_role("log").get_by_text(str(CLIENT[1])).wait_for()


def test_the_pages_fit_a_phone_and_have_no_serious_fault(
    browser: "Browser", served: Chatting
) -> None:
    page = enter(browser, served, "rater-1", viewport=PHONE, color_scheme="dark")
    look_over(page, f"{served.address}/chat")
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("log").get_by_text("Hello, please have a seat").wait_for()
    page.get_by_label("What you say as the client").fill("I have thought about killing myself.")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("call your emergency number").wait_for()
    page.get_by_role("log").get_by_role("listitem").nth(2).wait_for()
    look_over(page, f"{served.address}/chat/now")
    page.get_by_role("button", name="End the session").click()
    page.get_by_role("heading", name="The session has ended").wait_for()
    look_over(page, page.url)


def test_the_pages_speak_german(browser: "Browser", served: Chatting) -> None:
    page = enter(browser, served, "owner")
    page.goto(f"{served.address}/languages/de?back=/chat")
    page.get_by_role("button", name="Beginnen").click()
    field = page.get_by_label("Was Sie sagen")
    field.fill("Client: hello")
    field.press("Enter")
    page.get_by_text("Das lässt sich nicht sagen").wait_for()
    assert page.get_by_text("Das ist eine Simulation").is_visible()
