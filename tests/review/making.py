"""Corpora and studies small enough to rate by hand."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from sqpsych.assessment.judging import Rubric, load_rubric
from sqpsych.corpus import import_dialogues
from sqpsych.review import CreatedStudy, ReviewStore, StudySettings, create_study, open_study
from sqpsych.review.web import create_app

PASSPHRASE = "four quiet green boats"
HOSTILE = (
    "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"
)
RUBRIC = """
id = "small"
title = "Two criteria"
source = "none"
licence = "Apache-2.0"
low = 0
high = 2
[anchors]
0 = "Not at all."
1 = "In part."
2 = "Throughout."
[[criteria]]
id = "warmth"
label = "Warmth"
about = "therapist"
definition = "The therapist is warm."
[[criteria]]
id = "depth"
label = "Depth"
about = "client"
definition = "The client goes below the surface."
not_assessable = true
"""


def write_corpus(folder: Path, name: str, **replaced: str) -> Path:
    """Write one of the two corpora of dialogues.toml.

    Args:
        folder: where to.
        name: "sure" or "plain"; names the corpus.
        replaced: first line of the dialogue of a person, by pseudonym.
    """
    written = tomllib.loads((Path(__file__).parent / "dialogues.toml").read_text("utf-8"))
    rows = []
    for one in written["dialogue"]:
        if one["corpus"] == name:
            lines = list(one["lines"])
            lines[0] = replaced.get(one["person"], lines[0])
            turns = [
                {"speaker": "client" if place % 2 else "therapist", "text": text, "phase": "talk"}
                for place, text in enumerate(lines)
            ]
            rows.append(make_row(one["person"], f"{name}-{one['person']}", one["condition"], turns))
    return import_rows(folder, name, rows)


def make_row(person: str, dialogue: str, condition: str, turns: list[Any]) -> dict[str, Any]:
    """One dialogue in the form of an export."""
    return {
        "dialogue_id": dialogue,
        "pseudonym": person,
        "condition": condition,
        "protocol": "hidden-protocol",
        "therapist_model": "hidden-model",
        "client_model": "hidden-model",
        "ending": "closed",
        "turns": turns,
    }


def import_rows(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    """Make a corpus of rows in the form of an export."""
    file = folder / f"{name}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    import_dialogues(file, folder / name)
    return folder / name


def load_small(folder: Path) -> Rubric:
    """Load a rubric of two criteria."""
    path = folder / "small.toml"
    path.write_text(RUBRIC, "utf-8")
    return load_rubric(str(path))


def make_study(folder: Path, *names: str, **settings: Any) -> CreatedStudy:
    """Make a study of both corpora, or of those named, in folder/study."""
    corpora = [
        folder / name if (folder / name).exists() else write_corpus(folder, name)
        for name in names or ("sure", "plain")
    ]
    defaults: dict[str, Any] = {"per_corpus": 2, "raters": 2, "rubric": load_small(folder)}
    return create_study(corpora, folder / "study", StudySettings(**defaults | settings))


@contextmanager
def serve_study(folder: Path, *names: str, **settings: Any) -> Iterator["Served"]:
    """Make a study and an app for it."""
    created = make_study(folder, *names, **settings)
    with open_study(folder / "study") as store:
        yield Served(created, store)


class Served:
    """A study with an app, and browsers to call it."""

    def __init__(self, created: CreatedStudy, store: ReviewStore) -> None:
        """Make the app."""
        self.created = created
        self.store = store
        self.app = create_app(store)

    def browse(self) -> TestClient:
        """A browser in which nobody is signed in."""
        return TestClient(
            self.app, base_url="http://127.0.0.1", follow_redirects=False, client=("10.0.0.9", 5000)
        )

    def join(self, name: str) -> "Browser":
        """A browser in which someone has taken up their invitation."""
        return Browser(self.browse(), self.created.invitations[name])


class Browser:
    """A browser of someone signed in."""

    def __init__(self, client: httpx.Client, token: str) -> None:
        """Take up an invitation."""
        self.client = client
        page = client.get(f"/invitations/{token}")
        form = {"csrf": find_csrf(page.text), "passphrase": PASSPHRASE, "repeated": PASSPHRASE}
        answer = client.post(f"/invitations/{token}", data=form)
        assert answer.status_code == 303
        self.csrf = find_csrf(client.get(answer.headers["location"]).text)

    def post_form(self, url: str, **fields: str) -> Any:
        """Send a form as its page would."""
        return self.client.post(url, data={"csrf": self.csrf, "event": make_event(), **fields})

    def post_json(self, url: str, **body: Any) -> Any:
        """Send JSON as a page would."""
        headers = {"x-csrf-token": self.csrf}
        return self.client.post(url, json={"event": make_event(), **body}, headers=headers)

    def rate(self, task: str, criterion: str, value: int | None, **more: Any) -> Any:
        """Rate one criterion."""
        return self.post_json(f"/tasks/{task}/ratings", criterion=criterion, value=value, **more)

    def rate_all(self, task: str, warmth: int, depth: int) -> None:
        """Rate both criteria, and finish."""
        assert self.rate(task, "warmth", warmth).status_code == 200
        assert self.rate(task, "depth", depth).status_code == 200
        assert self.post_form(f"/tasks/{task}/finish").status_code == 303


_EVENTS = iter(range(1, 10**9))


def make_event() -> str:
    """An id that no event had before."""
    return f"{next(_EVENTS):032x}"


def find_csrf(page: str) -> str:
    """Find what the forms of a page carry."""
    before, _, rest = page.partition('name="csrf" value="')
    assert rest, before[:500]
    return rest.partition('"')[0]
