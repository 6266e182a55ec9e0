"""A protocol: how a session goes, as data.

A session walks through phases. Each has a goal, bounds in exchanges, a condition on which it may be
left, and steps: what the therapist and the client are privately told, exchange by exchange. What
this file holds is checked as a whole, so that a protocol that loads can also be played to its end.
"""

import hashlib
import string
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sqpsych.language_models.catalogue import SamplingDefaults
from sqpsych.records import Speaker
from sqpsych.wording.symptoms import Area

Knowledge = Literal["referral", "totals", "items"]
"""What the therapist knows beforehand: age band, sex and reason for coming; also the severity of
each questionnaire's total; also every statement."""

RiskPolicy = Literal["exclude", "include"]
"""What happens with people whose answers name suicidal thoughts, or leave that open: they are left
out, or they are played, with a therapist who asks everyone directly and makes a plan for safety."""

Condition = Literal["symptoms_voiced", "crisis_voiced", "safety_known", "more_to_tell"]
"""symptoms_voiced: the client has spoken of every symptom of the profile that is not sensitive;
crisis_voiced: the client has told of thoughts of death or self-harm; safety_known: the profile says
whether there are any, or the risk policy has everyone asked; more_to_tell: a symptom of the profile
has not come out, or its questionnaire asks about closeness, which nobody tells of unasked."""

TEXT_VARIABLES = frozenset(
    {"demographics", "history", "referral", "statements", "troubles", "well", "situation"}
    | {"severity", "word_limit"}
)
"""What the two instruction texts may use."""
THERAPIST_VARIABLES = frozenset({"appointment"})
"""What a therapist's direction may use."""
CLIENT_VARIABLES = frozenset({"appointment", "manner"})
"""What a client's direction may use."""
HEARD_VARIABLES = frozenset({"heard"})
"""What the therapist's `reflections` may use: what the client has just told."""
RECALLED = ("first", "second", "third", "fourth")
"""What `summaries` may use: the answers of `recalls`, in that order."""
LIFE_VARIABLES = frozenset(
    {"topic", "fact", "event", "thought", "for_it", "against_it", "fairer", "step", "obstacle"}
    | {"person", "day"}
)
"""What the client's `says` may use: the invented situation, in the first person."""
TIE_VARIABLES = frozenset({"trouble"})
"""What `ties` may use: a symptom that has come out, in the first person."""
_FACTS = frozenset({"fact", "event", "thought", "for_it", "against_it", "fairer"})
"""What can stand by itself: words that lead to it are left out when it is said back."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Data):
    """Bounds of a session. An exchange is a therapist's turn and the client's answer, from 1."""

    therapist_words: int = Field(ge=5)
    """A therapist's reply has fewer words than this."""
    client_words: int = Field(ge=5)
    """A client's reply has fewer words than this."""
    hard_stop: int = Field(ge=1)
    """Last exchange, in which the therapist must close the session; else it is rejected."""


class Step(_Data):
    """One exchange of a phase: what each side is privately told."""

    therapist: str = Field(min_length=1)
    """A phrase that goes on from "Next, the therapist"."""
    client: str = Field(min_length=1)
    """A phrase that goes on from "Next, the client"."""
    asks: tuple[str, ...] = ()
    """Questions, one of which is dealt to a session and ends the therapist's line."""
    reflects: bool = False
    """Whether the therapist's line takes up what the client has just told, complaints left out."""
    reflections: tuple[str, ...] = ()
    """Ways to take it up, `{heard}`; in place of the protocol's."""
    acknowledges: tuple[str, ...] = ()
    """What the therapist says first, whatever the client has told; one is dealt to a session."""
    says: tuple[str, ...] = ()
    """What the client has to tell, in the first person, whoever the client is; one is dealt."""
    recalls: tuple[str, ...] = Field(default=(), max_length=len(RECALLED))
    """Answers of the client that the therapist comes back to: name of the phase and number of the
    answer in it, from 1 ("evidence 2")."""
    summaries: tuple[str, ...] = ()
    """Ways to bring them together, `{first}`, `{second}` and so on; one is dealt to a session."""
    ties: tuple[str, ...] = ()
    """Ways to tie the topic to a symptom that has come out, `{trouble}`; one is dealt."""
    otherwise: tuple[str, ...] = ()
    """What the client says, in the first person, when nothing else is to be told; one is dealt."""
    screens: tuple[Area, ...] = ()
    """What the therapist asks everyone about here; symptoms of these areas may come out."""


class Phase(_Data):
    """A stretch of the session."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    goal: str = ""
    """What it is for; shown to readers, not to the models."""
    exchanges: tuple[int, int]
    """The least and the most exchanges it takes."""
    until: Condition | None = None
    """It is left, after the least exchanges, as soon as this holds; without it, it takes the most
    unless the session is closed."""
    when: Condition | None = None
    """It is only entered when this holds, else passed over."""
    next: str | None = None
    """The phase after it; the one below it in the file when not given."""
    risk: bool = False
    """It is only played under the risk policy "include", and then with everyone."""
    closes: bool = False
    """Whether the therapist may close the session in it."""
    sums_up: bool = False
    """Whether the therapist's lines must come back to what the client told."""
    advises: bool = False
    """Whether the therapist may give advice in it."""
    steps: tuple[Step, ...] = Field(min_length=1)
    """One an exchange; the last serves all further ones."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        least, most = self.exchanges
        if not 1 <= least <= most:
            raise ValueError(f"exchanges must be [least, most], 1 or more; got [{least}, {most}]")
        return self


class Schedule(_Data):
    """How symptoms come out, where a protocol sees to that."""

    open: int = Field(ge=1)
    """Symptoms that an open client tells in one turn, at most."""
    agreeable: int = Field(ge=1)
    guarded: int = Field(ge=1)
    most: int = Field(default=3, ge=1)
    """Symptoms told in one turn, at most, so that all come out while they are asked about."""


class Protocol(_Data):
    """A protocol, with its prompt texts."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    source: str
    """Publication the procedure comes from."""
    language: str = Field(pattern=r"^[a-z]{2}$")
    """ISO 639-1 code of the language spoken."""
    end_marker: str = Field(min_length=3)
    """What a therapist may write behind the last line; taken off there, an error elsewhere."""
    attempts: int = Field(ge=1)
    """Replies asked for at one turn before the dialogue is rejected."""
    closing_attempts: int = Field(ge=0)
    """How often the therapist is asked again to close, in each exchange that allows it, before the
    session goes on."""
    redraw_probability: float = Field(default=0.0, ge=0, le=1)
    """How often an utterance that passed is set aside and written a second time."""
    checks: tuple[str, ...] = ()
    """Checks that replies pass beside those of every protocol."""
    keeps_directions: bool = False
    """Whether an agent's earlier directions stay in its prompt, each before the line it led to.
    The prompt then grows by what is new alone, and a server's cache serves all the rest."""
    sampling: dict[str, float | int] = Field(default_factory=dict)
    """Settings that differ from the model's own, for models that have them at all."""
    schedule: Schedule | None = None
    """How symptoms come out; None: as the models have it."""
    reflections: tuple[str, ...] = ()
    """Ways to take up what the client told, `{heard}`; each session goes through them in an order
    of its own."""
    farewell: str
    """The client's direction after the therapist has closed."""
    farewells: tuple[str, ...] = ()
    """Words for it, one of which is dealt to a session."""
    appointments: tuple[str, ...] = Field(min_length=1)
    """Dates for the next session, one of which is drawn; `{appointment}` in directions."""
    limits: Limits
    phases: tuple[Phase, ...] = Field(min_length=1)
    therapist_text: str
    client_text: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        shortest = self._count_shortest()
        if shortest is None:
            raise _refuse("phases", "no phase has closes = true; the therapist could never close")
        if shortest > self.limits.hard_stop:
            raise _refuse(
                "limits.hard_stop",
                f"the session may be closed in exchange {shortest} at the earliest, after the stop "
                f"at {self.limits.hard_stop}",
            )
        if self.phases[0].risk or self.phases[0].when:
            raise _refuse("phases.0", "the first phase is for everyone: no `risk`, no `when`")
        for index, phase in enumerate(self.phases):
            for number, step in enumerate(phase.steps):
                place = f"phases.{index}.steps.{number}"
                if why := self._doubt_recalls(step):
                    raise _refuse(f"{place}.recalls", why)
                if step.reflects and not (step.reflections or self.reflections):
                    raise _refuse(f"{place}.reflects", "needs `reflections` to choose from")
        for place, direction, known in self._list_directions():
            if unknown := find_unknown(direction, known):
                raise _refuse(place, unknown)
        return self

    def _doubt_recalls(self, step: Step) -> str | None:
        """Say why a step cannot recall what it wants; None when it can."""
        if bool(step.recalls) != bool(step.summaries):
            return "needs `summaries` to put them in, and these need it"
        names = [phase.name for phase in self.phases]
        for recalled in step.recalls:
            name, _, number = recalled.partition(" ")
            if name not in names:
                return f"there is no phase {name!r}"
            if not number.isdecimal() or int(number) < 1:
                return (
                    f"give a phase and the number of an answer in it, {name + ' 1'!r} for instance"
                )
        return None

    def _count_shortest(self) -> int | None:
        """Count the exchanges of the shortest session; None when it cannot be closed."""
        count = 1
        for phase in _check_path(self.phases):
            if phase.closes:
                return count
            count += phase.exchanges[0] if phase.when is None and not phase.risk else 0
        return None

    def _list_directions(self) -> Iterator[tuple[str, str, frozenset[str]]]:
        yield "farewell", self.farewell, CLIENT_VARIABLES
        for goodbye in self.farewells:
            yield "farewells", goodbye, CLIENT_VARIABLES
        for reflection in self.reflections:
            yield "reflections", reflection, HEARD_VARIABLES
        for p, phase in enumerate(self.phases):
            for s, step in enumerate(phase.steps):
                yield f"phases.{p}.steps.{s}.therapist", step.therapist, THERAPIST_VARIABLES
                yield f"phases.{p}.steps.{s}.client", step.client, CLIENT_VARIABLES
                for key, words in (("says", step.says), ("otherwise", step.otherwise)):
                    for told in words:
                        yield f"phases.{p}.steps.{s}.{key}", told, LIFE_VARIABLES
                for tie in step.ties:
                    yield f"phases.{p}.steps.{s}.ties", tie, TIE_VARIABLES
                for question in step.asks:
                    yield f"phases.{p}.steps.{s}.asks", question, THERAPIST_VARIABLES
                recalled = frozenset(RECALLED[: len(step.recalls)])
                for reflection in step.reflections:
                    yield f"phases.{p}.steps.{s}.reflections", reflection, HEARD_VARIABLES
                for acknowledgement in step.acknowledges:
                    yield f"phases.{p}.steps.{s}.acknowledges", acknowledgement, THERAPIST_VARIABLES
                for summary in step.summaries:
                    yield f"phases.{p}.steps.{s}.summaries", summary, recalled

    def instructions(self, speaker: Speaker) -> str:
        """The instruction text of one side, variables not filled."""
        return self.therapist_text if speaker == "therapist" else self.client_text

    def word_limit(self, speaker: Speaker) -> int:
        """The number of words a reply stays under."""
        limits = self.limits
        return limits.therapist_words if speaker == "therapist" else limits.client_words

    def find_phase(self, name: str) -> Phase:
        """Find a phase by its name."""
        return next(phase for phase in self.phases if phase.name == name)

    def adapt(self, sampling: SamplingDefaults) -> SamplingDefaults:
        """Put the protocol's settings in place of the model's, where it has them."""
        own = {key: value for key, value in self.sampling.items() if key in sampling.extra}
        return sampling.model_copy(update={"extra": {**sampling.extra, **own}})

    def follow(self, phase: Phase) -> Phase | None:
        """Find the phase after another; None after the last."""
        return _follow(self.phases, phase)

    @property
    def lead_ins(self) -> tuple[str, ...]:
        """Words of the client that only lead to a fact, and say nothing of their own."""
        return _find_lead_ins(
            tuple(told for phase in self.phases for step in phase.steps for told in step.says)
        )

    @property
    def handles_risk(self) -> bool:
        """Whether it knows what to do with thoughts of death and self-harm."""
        return any(phase.risk for phase in self.phases)

    @property
    def usual_turns(self) -> int:
        """About how many turns a session takes: those of the shortest."""
        return 2 * (self._count_shortest() or 0)

    @property
    def sha256(self) -> str:
        """Hash of everything that shapes the dialogues: bounds, directions and texts."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


@lru_cache(maxsize=64)
def _find_lead_ins(says: tuple[str, ...]) -> tuple[str, ...]:
    """Find the words before a fact, where a sentence names one."""
    parsed = (next(iter(string.Formatter().parse(told))) for told in says)
    return tuple(sorted({before for before, name, *_ in parsed if before and name in _FACTS}))


def find_unknown(text: str, known: frozenset[str]) -> str | None:
    """Say which variable of a text nobody fills; None when all are known."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        return f"{error}"
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return None
    return f"has the variable {{{unknown}}}; known are {', '.join(sorted(known))}"


def _follow(phases: tuple[Phase, ...], phase: Phase) -> Phase | None:
    if phase.next is not None:
        return next(other for other in phases if other.name == phase.next)
    below = next(place for place, other in enumerate(phases, start=1) if other is phase)
    return phases[below] if below < len(phases) else None


def _check_path(phases: tuple[Phase, ...]) -> list[Phase]:
    """Walk from the first phase to the last, so that a broken way is found before it is played."""
    names: Mapping[str, int] = {phase.name: index for index, phase in enumerate(phases)}
    for index, phase in enumerate(phases):
        if names[phase.name] != index:
            raise _refuse(f"phases.{names[phase.name]}.name", f"there are two {phase.name!r}")
        if phase.next is not None and phase.next not in names:
            known = ", ".join(names)
            raise _refuse(
                f"phases.{index}.next", f"there is no phase {phase.next!r}; there are {known}"
            )
    path: list[Phase] = []
    phase_now: Phase | None = phases[0]
    while phase_now is not None:
        if phase_now in path:
            raise _refuse(
                f"phases.{names[path[-1].name]}.next",
                f"goes back to {phase_now.name!r}, so that the session would turn in a circle",
            )
        path.append(phase_now)
        phase_now = _follow(phases, phase_now)
    for index, phase in enumerate(phases):
        if phase not in path:
            raise _refuse(f"phases.{index}.name", f"no phase leads to {phase.name!r}")
    return path


def _refuse(place: str, why: str) -> PydanticCustomError:
    """An error that carries the place it is about, for who reads the file."""
    return PydanticCustomError("protocol", "{why}", {"why": why, "place": place})
