"""A study served with a scripted model to chat with, and people in browsers of their own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from review.making import PASSPHRASE, find_csrf, make_study
from review.serving import find_port, serve
from sqpsych.intake import build_nhanes_sample_profiles, write_profiles
from sqpsych.records import ClientProfile

CLIENT = (
    "I sleep soundly, and I get up at six for the early bus.",
    "There was a market in our street, and I bought a pot of basil.",
    ["My sister's garden gate needs paint, and she asked me to help with it."] * 2,
    "Thank you, goodbye.",
)
THERAPIST = (
    "Hello, please have a seat. How has your mood been lately?",
    "What are your nights like?",
)


def list_people() -> tuple[ClientProfile, ...]:
    """Three people who deny everything, and one whose answers name suicidal thoughts."""
    everyone = build_nhanes_sample_profiles()
    well = [p for p in everyone if p.scores[0].value == 0 and not p.risk_flags][:3]
    return (*well, next(p for p in everyone if "suicidality" in p.risk_flags))


@dataclass(frozen=True)
class Chatting:
    """A running server."""

    address: str
    folder: Path
    links: Mapping[str, str]
    stack: ExitStack

    def browse(self, cookies: Mapping[str, str] | None = None) -> httpx.Client:
        """A browser, with cookies from before where there are any."""
        client = httpx.Client(base_url=self.address, timeout=60, cookies=dict(cookies or {}))
        return self.stack.enter_context(client)

    def join(self, name: str) -> "Chatter":
        """A browser in which someone has taken up their invitation."""
        client = self.browse()
        token = self.links[name]
        page = client.get(f"/invitations/{token}")
        form = {"csrf": find_csrf(page.text), "passphrase": PASSPHRASE, "repeated": PASSPHRASE}
        client.post(f"/invitations/{token}", data=form)
        return Chatter(client)


class Chatter:
    """Someone signed in who chats."""

    def __init__(self, client: httpx.Client) -> None:
        """Find what the forms carry."""
        self.client = client
        self.csrf = find_csrf(client.get("/", follow_redirects=True).text)

    def begin(self, part: str = "therapist", profile: str = "") -> Any:
        """Begin a chat."""
        return self.post("/chat", part=part, profile=profile)

    def post(self, url: str, **fields: str) -> Any:
        """Send a form as its page would."""
        return self.client.post(url, data={"csrf": self.csrf, **fields})

    def send(self, path: str, **body: Any) -> Any:
        """Send JSON as the page's script would."""
        headers = {"x-csrf-token": self.csrf, "accept": "application/json"}
        return self.client.post(f"/chat/now/{path}", json=body, headers=headers)

    def say(self, turns: int, text: str) -> list[tuple[str, dict[str, Any]]]:
        """Say a line; gives the events that come."""
        answer = self.send("lines", turns=turns, text=text)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return read_events(answer.text)


def read_events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a stream of events."""
    blocks = (block.split("\n") for block in text.split("\n\n") if block.startswith("event"))
    return [(kind.removeprefix("event: "), json.loads(data[6:])) for kind, data in blocks]


@contextmanager
def serve_chats(folder: Path, *more: str, delay_s: float = 0.0) -> Iterator[Chatting]:
    """Serve a study with the scripted model to chat with."""
    created = make_study(folder) if not (folder / "study").exists() else None
    write_profiles(list_people(), folder / "people.jsonl")
    script = {"client": CLIENT, "therapist": THERAPIST, "delay_s": delay_s}
    (folder / "script.json").write_text(json.dumps(script), "utf-8")
    options = ["--chat", f"scripted:{folder / 'script.json'}"]
    options += ["--profiles", str(folder / "people.jsonl"), *more]
    links = created.invitations if created else {}
    with serve(folder / "study", find_port(), *options) as address, ExitStack() as stack:
        yield Chatting(address, folder, links, stack)
