"""A real Chromium for the tests: where it is, and how it is started."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from review.making import PASSPHRASE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Find a Chromium: the one that SQPSYCH_CHROMIUM names, else one on the path."""
    names = (os.environ.get("SQPSYCH_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """Start the browser; it is gone afterwards."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def join(page: "Page", link: str) -> None:
    """Take up an invitation, as a person would."""
    page.goto(link)
    page.fill("[name=passphrase]", PASSPHRASE)
    page.fill("[name=repeated]", PASSPHRASE)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/owner" if "owner" in page.url else "**/*")
    page.wait_for_load_state()
