"""A chat in the terminal: what is typed, what it does, and how it ends."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqpsych.cli.chat_terminal import Terminal
from sqpsych.cli.options import name_command
from sqpsych.errors import InputError, ModelError
from sqpsych.language_models.egress import install_guard
from sqpsych.roleplay.live import (
    LiveSession,
    LiveStudy,
    open_chats,
    speaks_of_crisis,
)

if TYPE_CHECKING:
    import asyncio

    from sqpsych.corpus import Journal

CRISIS_NOTICE = (
    "You wrote of death, self-harm or violence. Nobody but a program reads this. If it is about "
    "you, call your emergency number (112 in Europe, 911 or 988 in the United States) or someone "
    "you trust."
)
HELP = """\
/undo         take your last line back, with the answer to it
/again        ask for an answer again, when none passed
/hint         what your part might tell now (as the client)
/save CORPUS  keep the transcript there, from here on
/end          end the session here, and see what was told
/help         this
Goodbye ends the session as in life. Ctrl-C or Ctrl-D interrupts it."""


class Conversation:
    """A chat from where it stands to its end."""

    def __init__(
        self,
        live: LiveSession,
        terminal: Terminal,
        runner: "asyncio.Runner",
        study: LiveStudy,
        journal: "Journal",
        corpus: Path | None,
    ) -> None:
        """Prepare a chat.

        Args:
            live: the session.
            terminal: where it is shown.
            runner: runs what waits for the model.
            study: of the session.
            journal: that holds it.
            corpus: the run directory of the journal; None where it is kept nowhere.
        """
        self._live = live
        self._terminal = terminal
        self._runner = runner
        self._study = study
        self._journal = journal
        self._corpus = corpus
        self._noticed = False
        self._failed = False
        self._ended = False

    def go_on(self) -> None:
        """Talk until the session has ended, or the input has."""
        with ExitStack() as self._stack:
            self._terminal.brief(self._live)
            if self._live.turns:
                self._terminal.tell("Going on where it was:\n")
            for turn in self._live.turns:
                self._terminal.show_turn(turn, own=turn.speaker == self._live.human)
            while not self._ended:
                if self._live.is_over:
                    self._ask_whether_over()
                elif self._live.awaits_human or self._failed:
                    self._take_line()
                else:
                    self._answer()

    def _answer(self) -> None:
        try:
            with self._terminal.show_reply():
                turn = self._runner.run(self._live.answer())
        except ModelError as error:
            self._failed = True
            self._terminal.tell(f"{error}\n/again asks again, /undo takes your line back.")
            return
        self._terminal.show_turn(turn, own=False)

    def _take_line(self) -> None:
        line = self._terminal.read_line(f"{self._live.human.capitalize()} (you): ")
        if line is None:
            self._interrupt()
        elif line.startswith("/"):
            self._obey(line)
        elif self._failed:
            self._terminal.tell("No answer has come yet: /again, /undo or /end.")
        elif line:
            self._say(line)

    def _say(self, line: str) -> None:
        try:
            turn = self._live.say(line)
        except InputError as error:
            self._terminal.tell(str(error))
            return
        if self._live.human == "client" and speaks_of_crisis(turn.text) and not self._noticed:
            self._noticed = True
            self._terminal.tell(CRISIS_NOTICE)

    def _obey(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        match command:
            case "/help":
                self._terminal.tell(HELP)
            case "/undo":
                self._undo()
            case "/again" if self._failed:
                self._failed = False
            case "/again":
                self._terminal.tell("It is your turn; /undo takes your last line back.")
            case "/hint":
                self._terminal.tell(self._live.hint() or "There is nothing to go by here.")
            case "/save":
                self._save(rest.strip())
            case "/end":
                self._end()
            case _:
                self._terminal.tell(f"There is no {command}. /help lists what there is.")

    def _undo(self) -> None:
        try:
            self._live.take_back()
        except InputError as error:
            self._terminal.tell(str(error))
            return
        self._failed = False
        self._terminal.tell("Taken back.")

    def _save(self, given: str) -> None:
        """Copy the chat into a corpus, and go on there."""
        if self._corpus is not None:
            self._terminal.tell(f"It is kept in {self._corpus} already, line by line.")
            return
        if not given:
            self._terminal.tell("Where? /save CORPUS names a folder, made when missing.")
            return
        corpus = Path(given).expanduser()
        try:
            with ExitStack() as opening:
                opened = open_chats(self._study, corpus, install_guard())
                journal = opening.enter_context(opened)
                journal.copy_session(self._journal, self._live.session)
                self._stack.push(opening.pop_all())
        except InputError as error:
            self._terminal.tell(str(error))
            return
        self._live.move_to(journal)
        self._journal, self._corpus = journal, corpus
        self._terminal.tell(f"Every line is in {corpus} from here on.")

    def _ask_whether_over(self) -> None:
        self._terminal.tell("That was goodbye: Enter ends the session, /undo goes on with it.")
        line = self._terminal.read_line("> ")
        if line and line.split()[0] in {"/undo", "/save", "/help", "/hint"}:
            self._obey(line)
        else:
            self._end()

    def _end(self) -> None:
        self._ended = True
        if not self._live.turns:
            self._terminal.tell("Nothing was said.")
            return
        outcomes = self._live.finish()
        self._terminal.tell("\nThe session has ended. It was a simulation: no patient spoke.")
        self._terminal.show_outcomes(outcomes)
        if self._corpus is None:
            self._terminal.tell("Nothing was kept; --save CORPUS keeps the next one.")
        else:
            command = name_command()
            self._terminal.tell(f"Read it again: {command} show {self._corpus} {self._live.id}")

    def _interrupt(self) -> None:
        self._ended = True
        self._terminal.say_stopped(self._corpus, name_command())
