"""Transcripts: lines that begin with a speaker, cut into utterances and dialogues.

Only lines are cut. Two utterances of one speaker in a row stay two, an utterance without words
stays, and a label in the middle of a line is part of what was said: that is for the assessment.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from sqpsych.corpus.foreign.files import Fault
from sqpsych.corpus.foreign.headings import Heading, parse_heading
from sqpsych.errors import InputError
from sqpsych.records import HUMAN, SPEAKERS, Ending, Speaker

Role = Literal["therapist", "client", "system"]

PHASE = "imported"
UNKNOWN_MODEL = "unknown"
LONGEST_LABEL = 100
"""Characters of an id, a group or a model's name; more is no label."""

TEXT_ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("therapist", "counselor", "counsellor", "t", "th"), "therapist"),
    **dict.fromkeys(("client", "patient", "c", "cl"), "client"),
}
SHORT_LABELS = frozenset({"t", "th", "c", "cl"})
"""Taken for labels only where a speaker has no long one: "A:", "B:", "C:" may also be the columns
of a thought record."""
OTHER_SPEAKERS = (
    "interviewer interviewee doctor dr psychologist psychiatrist psychotherapist nurse coach "
    "supervisor observer moderator narrator participant speaker mother father parent partner "
    "assistant user human system"
).split()
"""Labels of transcripts that are neither therapist nor client unless the user says so."""

FEWEST_TURNS = 3
"""Of a block between blank lines that is a dialogue of its own; pairs of turns are spacing."""

_RULE = re.compile(r"\s*(?:-{3,}|={3,}|\*{3,})\s*")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said in one go."""

    speaker: Speaker
    text: str
    phase: str = PHASE


@dataclass(frozen=True, slots=True)
class SourceDialogue:
    """One dialogue as its file has it."""

    number: int
    """Of the row, line or entry at which it begins."""
    person: str | None
    """Pseudonym; None where the file names nobody."""
    utterances: tuple[Utterance, ...]
    condition: str | None = None
    therapist_model: str = UNKNOWN_MODEL
    client_model: str = UNKNOWN_MODEL
    risk_flags: tuple[str, ...] = ()
    ending: Ending = "closed"
    system_messages: int = 0
    """Left out of it."""
    repeated_rows: int = 0
    """Rows that give an utterance once more, as for each of several annotators."""


@dataclass(slots=True)
class Reading:
    """What was found in a file."""

    unit: str
    """What numbers count: "row", "line" or "entry"."""
    dialogues: list[SourceDialogue] = field(default_factory=list)
    """Those without a fault, in the order of the file."""
    faults: list[Fault] = field(default_factory=list)
    parted: str = ""
    """How dialogues were told apart; empty where each has a row or an id."""

    def count_bad(self) -> int:
        """Count the dialogues that have a fault."""
        return len({fault.dialogue for fault in self.faults})


class Labels:
    """How lines begin that begin an utterance."""

    def __init__(self, speakers: Mapping[str, Role]) -> None:
        """Take labels with the speakers they stand for, in any case, plain or in bold type."""
        words = sorted(speakers, key=len, reverse=True)
        self._roles = [speakers[word] for word in words]
        groups = "|".join(f"({re.escape(word)})" for word in words) or "(?!)"
        label = rf"(?:{groups})\s*\d*\s*"
        self._plain = re.compile(rf"\s*{label}[:：]\s*", re.IGNORECASE)
        self._bold = re.compile(rf"\s*\*\*{label}(?:[:：]\s*\*\*|\*\*\s*[:：])\s*", re.IGNORECASE)

    def match(self, line: str) -> tuple[Role, str] | None:
        """Give the speaker and the rest of a line; None for a line that has no label."""
        found = self._plain.match(line) or self._bold.match(line)
        if found is None or found.lastindex is None:
            return None
        return self._roles[found.lastindex - 1], line[found.end() :]


def split_speakers(
    lines: Iterable[str], labels: Labels
) -> tuple[tuple[Utterance, ...], tuple[tuple[int, int], ...]]:
    """Cut lines into utterances; a line without a label belongs to the speaker before.

    Returns:
        The utterances, and (place of the line from 0, its length) of lines before any speaker.
    """
    said: list[tuple[Role, list[str]]] = []
    orphans: list[tuple[int, int]] = []
    for place, line in enumerate(lines):
        found = labels.match(line)
        if found is not None:
            said.append((found[0], [found[1]]))
        elif said:
            said[-1][1].append(line.rstrip())
        elif line.strip():
            orphans.append((place, len(line.strip())))
    spoken = tuple(
        Utterance(speaker, "\n".join(parts).strip())
        for speaker, parts in said
        if speaker != "system"
    )
    return spoken, tuple(orphans)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines of one dialogue of a transcript."""

    start: int
    """Place of its first line, from 0."""
    lines: Sequence[str]
    heading: Heading | None = None


def read_transcript(name: str, text: str, roles: Mapping[str, Role]) -> Reading:
    """Read plain text, lines "Therapist: ..." and "Client: ...", as one dialogue or several.

    Args:
        name: of the file, for messages.
        text: all of it.
        roles: speakers by label.

    Raises:
        InputError: one of the two never speaks, or it cannot be told where a dialogue ends.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    labels = _choose_labels(name, lines, roles)
    known = {word.casefold() for word in roles}
    others = Labels({word: "system" for word in OTHER_SPEAKERS if word not in known})
    chunks, parted = _part(name, lines, labels)
    reading = Reading("line", parted=parted)
    for chunk in chunks:
        said, orphans = split_speakers(chunk.lines, labels)
        faults = _find_faults(chunk, said, orphans, others)
        reading.faults += faults
        if not faults:
            reading.dialogues.append(_make_dialogue(chunk, said))
    return reading


def _make_dialogue(chunk: _Chunk, said: tuple[Utterance, ...]) -> SourceDialogue:
    dialogue = SourceDialogue(chunk.start + 1, None, said)
    if chunk.heading is None:
        return dialogue
    models = dict.fromkeys(chunk.heading.people, HUMAN)
    return replace(
        dialogue,
        person=chunk.heading.name,
        therapist_model=models.get("therapist", UNKNOWN_MODEL),
        client_model=models.get("client", UNKNOWN_MODEL),
        ending=chunk.heading.ending,
    )


def _choose_labels(name: str, lines: Sequence[str], roles: Mapping[str, Role]) -> Labels:
    """Take the long labels of a speaker, or the short ones where there is no line with a long."""
    chosen: dict[str, Role] = {}
    for speaker in SPEAKERS:
        mine = {word: role for word, role in roles.items() if role == speaker}
        long = {word: role for word, role in mine.items() if word.casefold() not in SHORT_LABELS}
        for words in (long, mine):
            if any(map(Labels(words).match, lines)):
                chosen |= words
                break
        else:
            raise InputError(
                f"{name} has no line of the {speaker} (in {len(lines)} lines). Begin each with "
                f'"{speaker.capitalize()}:", or say how they begin with --{speaker}-role.'
            )
    return Labels(chosen)


def _find_faults(
    chunk: _Chunk,
    said: Sequence[Utterance],
    orphans: Iterable[tuple[int, int]],
    others: Labels,
) -> list[Fault]:
    first = chunk.start + 1
    found = [
        (place, "words before any speaker", 'Begin them with "Therapist:" or "Client:".', length)
        for place, length in orphans
    ]
    found += [
        (
            place,
            "a speaker who is neither therapist nor client",
            "Say who it is with --therapist-role or --client-role, or take the lines out.",
            len(line.strip()),
        )
        for place, line in enumerate(chunk.lines)
        if others.match(line)
    ]
    faults = [
        Fault(first + place, what, remedy, f"{length} characters", dialogue=first)
        for place, what, remedy, length in found
    ]
    if not said and not faults:
        faults = [Fault(first, "a dialogue without a line", "Take it out.", dialogue=first)]
    if chunk.heading is not None and len(chunk.heading.name) > LONGEST_LABEL:
        what = f"an id of more than {LONGEST_LABEL} characters"
        faults.append(Fault(chunk.start, what, "Shorten it.", dialogue=first))
    return faults


def _part(name: str, lines: Sequence[str], labels: Labels) -> tuple[list[_Chunk], str]:
    """Part dialogues at rules and headings; without them, at blank lines before an opening."""
    marks = [place for place, line in enumerate(lines) if _is_mark(line)]
    if marks:
        return _part_at_marks(lines, marks), 'parted at lines of "---" or "# id"'
    starts = _find_blocks(lines, labels)
    openings = [
        start for start, end in starts[1:] if _opens(lines, starts[0], (start, end), labels)
    ]
    if not openings:
        return [_Chunk(0, lines)], "the file is one dialogue"
    if len(openings) < len(starts) - 1:
        within = next(start for start, _ in starts[1:] if start not in openings)
        raise InputError(
            f"{name}: it cannot be told where dialogues end. The blank line before line "
            f"{openings[0] + 1} seems to begin one, the blank line before line {within + 1} does "
            'not. Put a line of "---" between dialogues.'
        )
    bounds = [0, *openings, len(lines)]
    chunks = [_Chunk(start, lines[start:end]) for start, end in pairwise(bounds)]
    return chunks, "parted at blank lines"


def _is_mark(line: str) -> bool:
    return _RULE.fullmatch(line) is not None or parse_heading(line) is not None


def _part_at_marks(lines: Sequence[str], marks: Sequence[int]) -> list[_Chunk]:
    """Cut at marks; nothing before the first mark, behind the last rule or between a rule and a
    heading is no dialogue, nothing between two rules is an empty one."""
    bounds = [-1, *marks, len(lines)]
    chunks: list[_Chunk] = []
    for mark, end in pairwise(bounds):
        heading = parse_heading(lines[mark]) if mark >= 0 else None
        inside = lines[mark + 1 : end]
        if heading is None and not any(line.strip() for line in inside):
            last = end == len(lines)
            if mark < 0 or last or parse_heading(lines[end]) is not None:
                continue
        chunks.append(_Chunk(mark + 1, inside, heading))
    return chunks


def _find_blocks(lines: Sequence[str], labels: Labels) -> list[tuple[int, int]]:
    """Find the first line with a label, and those behind a blank line, as blocks (start, end)."""
    labelled = [place for place, line in enumerate(lines) if labels.match(line) is not None]
    starts = [place for place in labelled if place == labelled[0] or not lines[place - 1].strip()]
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def _opens(
    lines: Sequence[str], first: tuple[int, int], block: tuple[int, int], labels: Labels
) -> bool:
    """Whether a block could be a dialogue: opened as the first is, both speak, a few turns."""
    speakers = _list_speakers(lines[slice(*block)], labels)
    opener = _list_speakers(lines[slice(*first)], labels)[0]
    both_speak = len(set(speakers)) > 1
    return speakers[0] == opener and len(speakers) >= FEWEST_TURNS and both_speak


def _list_speakers(lines: Sequence[str], labels: Labels) -> list[Role]:
    return [found[0] for line in lines if (found := labels.match(line)) is not None]
