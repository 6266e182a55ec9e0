"""`sqpsych chat`: the real command, through a pipe and in a terminal."""

import fcntl
import json
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sqpsych.cli.app import app
from sqpsych.corpus import open_corpus
from sqpsych.errors import SqpsychError

from .small_study import SCRIPT, SQPSYCH, write_study

NOTICE = "SIMULATION"
GREETING = "Good to see you. How has the past week been for you?"
GOODBYE = "Let us meet next Tuesday at ten. Goodbye."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path)
    return tmp_path


def list_options(folder: Path, *more: str) -> list[str]:
    """The options of a chat over the small study, whose client is scripted."""
    model = f"scripted:{folder / 'script.json'}"
    return ["--protocol", str(folder / "small"), "-m", model, *more]


def chat(
    folder: Path, typed: str, *more: str, profiles: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a chat with what is typed in a pipe."""
    people = [str(folder / "profiles.jsonl")] if profiles else []
    command = [str(SQPSYCH), "chat", *people, *list_options(folder, *more)]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60)


def test_a_session_from_hello_to_goodbye_is_kept(folder: Path) -> None:
    corpus = folder / "kept"
    done = chat(folder, f"{GREETING}\n{GOODBYE}\n\n", "--save", str(corpus))
    assert done.returncode == 0, done.stderr
    assert NOTICE in done.stdout.partition("\n")[0]
    assert "not for clinical use" in " ".join(done.stdout.split()).lower()
    assert f"Therapist (you): {GREETING}" in done.stdout
    assert "Client (simulated): I was tired every morning" in " ".join(done.stdout.split())
    with open_corpus(corpus) as opened:
        (dialogue,) = opened.read_dialogues()
        assert opened.manifest["study"]["human"] == "therapist"
    assert (dialogue.ending, dialogue.therapist_model) == ("closed", "human")
    assert [turn.text for turn in dialogue.turns[::2]] == [GREETING, GOODBYE]
    assert f"show {corpus} {dialogue.id}" in " ".join(done.stdout.split())


def test_nothing_is_kept_unless_asked_for(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    done = chat(folder, f"{GREETING}\n/end\n")
    assert done.returncode == 0
    assert "Nothing was kept" in done.stdout
    assert sorted(folder.rglob("*")) == before


def test_the_end_of_input_interrupts_and_the_same_command_goes_on(folder: Path) -> None:
    save = ("--save", str(folder / "kept"))
    first = chat(folder, f"{GREETING}\n", *save)
    assert first.returncode == 0
    assert "Every line is in" in first.stdout
    second = chat(folder, f"{GOODBYE}\n", *save, profiles=False)
    assert "Going on where it was" in second.stdout
    assert GREETING in second.stdout
    with open_corpus(folder / "kept") as corpus:
        (dialogue,) = corpus.read_dialogues()
    assert len(dialogue.turns) == 4


def test_new_begins_another_beside_the_one_that_waits(folder: Path) -> None:
    save = ("--save", str(folder / "kept"))
    chat(folder, f"{GREETING}\n", *save)
    chat(folder, f"{GREETING}\n/end\n", *save, "--new")
    with open_corpus(folder / "kept") as corpus:
        counts = corpus.journal.count()
    assert (counts.waiting, counts.closed) == (1, 1)


def test_commands_do_what_help_says(folder: Path) -> None:
    corpus = folder / "later"
    typed = [
        "/help",
        "/undo",
        "/nonsense",
        "/again",
        "/save",
        "Client: hello",
        GREETING,
        "/undo",
        "Hello. How was the week?",
        f"/save {corpus}",
        f"/save {corpus}",
        "/hint",
        "/end",
    ]
    done = chat(folder, "\n".join(typed) + "\n")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    for told in (
        "take your last line back",
        "There is no line of yours to take back.",
        "There is no /nonsense.",
        "It is your turn",
        "/save CORPUS names a folder",
        "holds a speaker's label",
        "Taken back.",
        "from here on",
        "already, line by line",
        "nothing to go by",
    ):
        assert told in shown
    with open_corpus(corpus) as opened:
        (dialogue,) = opened.read_dialogues()
        rejected = opened.read_rejected(dialogue.id)
    assert [turn.text for turn in dialogue.turns] == [
        "Hello. How was the week?",
        SCRIPT["client"][0],
    ]
    assert [attempt.reasons for attempt in rejected] == [("taken_back",)] * 2


def test_the_model_may_play_the_therapist(folder: Path) -> None:
    done = chat(folder, f"{SCRIPT['client'][0]}\nThank you. Goodbye.\n\n", "--as", "client")
    assert done.returncode == 0, done.stderr
    assert "Your part:" in done.stdout
    assert f"Therapist (simulated): {GREETING}" in " ".join(done.stdout.split())
    assert "Client (you): Thank you. Goodbye." in done.stdout


def test_who_writes_of_harm_as_the_client_is_told_where_help_is(folder: Path) -> None:
    done = chat(folder, "I want to kill myself.\n/end\n", "--as", "client")
    assert "emergency number" in " ".join(done.stdout.split())
    assert "emergency number" not in chat(folder, f"{GREETING}\n/end\n").stdout


def test_a_model_without_an_answer_is_no_end(folder: Path) -> None:
    done = chat(folder, f"{GREETING}\n{GREETING}\nAnd else?\nhm\n/undo\n/end\n")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    assert "/again asks again" in shown
    assert "The session has ended" in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--sample", "profiles.jsonl"], "not both"),
        ([], "Whose profile"),
        (["--sample", "--as", "nurse"], "--as is 'nurse'"),
        (["--sample", "--risk", "maybe"], "--risk is 'maybe'"),
        (["--sample", "--person", "nobody"], "Nobody's pseudonym"),
        (["--save", "new"], "No chat waits"),
    ],
)
def test_what_cannot_be_played_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["chat", *arguments, "-m", "scripted:none.json"])
    assert isinstance(result.exception, SqpsychError)
    assert why in str(result.exception)


def test_people_at_risk_are_played_only_when_asked_for(tmp_path: Path) -> None:
    from sqpsych.intake import build_nhanes_sample_profiles

    at_risk = next(p for p in build_nhanes_sample_profiles() if "suicidality" in p.risk_flags)
    who = ["chat", "--sample", "--person", at_risk.pseudonym, "-m", "scripted:none.json"]
    result = CliRunner().invoke(app, who)
    assert "--risk include" in str(result.exception)
    allowed = CliRunner().invoke(app, [*who, "--risk", "include"])
    assert "none.json cannot be read" in str(allowed.exception)


class Typist:
    """Someone at a terminal of 100 columns."""

    def __init__(self, *command: str) -> None:
        self._terminal, other = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        self.process = subprocess.Popen(
            command,
            stdin=other,
            stdout=other,
            stderr=other,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self._unread = ""

    def wait_for(self, text: str, timeout_s: float = 90) -> None:
        """Read on until a text is on the screen, behind the one that was waited for before."""
        until = time.monotonic() + timeout_s
        while text not in self._unread:
            assert time.monotonic() < until, self._unread
            if select.select([self._terminal], [], [], 0.1)[0]:
                try:
                    read = os.read(self._terminal, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(self._unread) from None
                self._unread += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", read)
        self._unread = self._unread.partition(text)[2]

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._terminal, text.encode())

    def close(self) -> None:
        """Leave, whatever state things are in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@contextmanager
def type_in(folder: Path, delay_s: float) -> Iterator[Typist]:
    """A chat in a terminal, kept in a corpus, whose model takes so long for a reply."""
    script = json.loads((folder / "script.json").read_text()) | {"delay_s": delay_s}
    (folder / "script.json").write_text(json.dumps(script))
    options = list_options(folder, "--save", str(folder / "kept"))
    typist = Typist(str(SQPSYCH), "chat", str(folder / "profiles.jsonl"), *options)
    try:
        typist.wait_for("Therapist (you):")
        yield typist
    finally:
        typist.close()


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_in_a_terminal_a_reply_streams_and_a_key_interrupts(folder: Path, key: str) -> None:
    with type_in(folder, 2.0) as typist:
        typist.type(f"{GREETING}\n")
        typist.wait_for("I was tired every morning, my …")
        typist.wait_for("office.")
        typist.wait_for("Therapist (you):")
        typist.type("\x1b[A")  # the line before, from the history
        typist.wait_for(GREETING)
        typist.type("\x15" + key)
        typist.wait_for("Every line is in")
        assert typist.process.wait(10) == 0
    with open_corpus(folder / "kept") as corpus:
        assert (corpus.journal.count().waiting, corpus.journal.count().turns) == (1, 2)


def test_a_key_in_the_middle_of_a_reply_loses_nothing(folder: Path) -> None:
    with type_in(folder, 10.0) as typist:
        typist.type(f"{GREETING}\n")
        typist.wait_for("I was …")
        typist.type("\x03")
        typist.wait_for("Every line is in")
        assert typist.process.wait(10) == 0
    with open_corpus(folder / "kept") as corpus:
        assert corpus.journal.count().turns == 1
