"""A complete session of the paper's protocol, people to play it, and a way to watch it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqpsych.corpus import Counts
from sqpsych.language_models.opening import find_spec
from sqpsych.language_models.scripted import Line
from sqpsych.records import (
    Answer,
    ClientProfile,
    Fact,
    RejectedAttempt,
    ScaleScore,
    Speaker,
    Statement,
    Symptom,
    Turn,
)
from sqpsych.roleplay import Protocol, Study, load_protocol
from sqpsych.roleplay.plan import SessionPlan, plan_session
from sqpsych.roleplay.prompts import fill_instructions
from sqpsych.roleplay.protocol import Knowledge

THERAPIST = (
    "Good morning, it is nice to meet you. How has the past week been?",
    "So most of the week felt slow and grey to you. How was your mood over the weekend?",
    "That brief moment with your niece stood out. What would you like to talk about today?",
    "The evenings at home seem to weigh on you. What does an ordinary day look like?",
    "You keep going at work and then run out of strength. How has your sleep been lately?",
    "Lying awake for hours sounds tiring. How are things with the people around you?",
    "You miss Marta and still keep putting her off. Can you recall one recent moment that hurt?",
    "Sitting there with the phone in your hand must have been hard. What went through your mind?",
    "Being a burden to everyone, that is a heavy thought. What did you feel and do after it came?",
    "You felt ashamed and hid under a blanket. What speaks for that thought, and what against it?",
    "Marta keeps asking, although she could stop. What would you say to a friend like that?",
    "Perhaps being quiet for a month does not make anyone a burden. Which small step could help?",
    "A short message is a clear first step. When and where exactly will you send it?",
    "You told me of shifts, of a niece on Saturday, of excuses. Does it fit, what was of use?",
    "You told me about the grey evenings, lying awake, and the fear of being a burden to Marta. "
    "You plan to send her a message from the canteen. Let us meet next Tuesday at ten. Goodbye.",
)
"""Fifteen lines, the last of which closes."""

CLIENT = (
    "Hello. It was long, to be honest. I got through my shifts and then just sat on the sofa.",
    "A bit better on Saturday, because my niece came by. On Sunday it was flat again.",
    "I guess the evenings. I come home and cannot make myself do anything at all.",
    "I get up at six, take the bus, sort parcels until three. After that I watch the wall, mostly.",
    "Not good. I lie there until two or so and listen to the neighbours' television.",
    "I used to see my friend Marta every week. Now I keep finding excuses, and I hate that.",
    "Last Wednesday she called and I watched it ring. I was in the kitchen, holding the phone.",
    "Something like, I am only a burden, she is better off without me dragging her down.",
    "My stomach turned, I was ashamed. I pulled a blanket over my head and stayed there.",
    "Well, I cancelled four times. On the other hand she did call again, nobody forces her to.",
    "Hm. That everybody goes through a bad patch, I suppose, and that real friends can wait.",
    "Maybe I could write to her. Only two lines, so that she knows I am still around.",
    "On Thursday, in the canteen, when it is quiet. I might lose my nerve at the last second.",
    "Saying that sentence out loud helped, strangely. The nights are still hard, though.",
    "All right, Tuesday works for me. Thanks, and goodbye.",
)
"""Fifteen lines, the last of which is the farewell."""

MORE_THERAPIST = (
    "It helped to say it, and the nights remain difficult. What is the first hour in bed like?",
    "Noise, then worries about money. How do you usually try to calm yourself?",
    "Counting parcels in your head, that is rather inventive. Where did you learn it?",
    "Your grandfather seems to have been a patient man. What else did he show you?",
    "Fishing in the rain without a word between you. How did those mornings feel inside?",
    "There was peace without having to perform. Where might a little of it fit in now?",
    "A walk along the canal before the bus. What could make it easier to get up for it?",
    "Shoes by the door and a flask of tea, those are practical. What else is on your mind?",
)
"""Lines that go on from the fourteenth exchange without closing; the last is in exchange 22."""

MORE_CLIENT = (
    "Loud. Someone always drags chairs upstairs, and then I start adding up my bills.",
    "I count the parcels of the day, one by one, until I lose the number.",
    "From my grandfather, I think. He counted sheets when he worked in the laundry.",
    "How to fish. We would stand by the river in the drizzle and hardly speak.",
    "Quiet. Nobody wanted anything of me, I could simply stand there and be cold.",
    "Before my shift, perhaps, there is a canal near the depot. I never really look at it.",
    "If the boots stood ready, maybe, and something warm to drink in my bag.",
    "Nothing more, I believe. It is strange to remember that river after so many years.",
)

PHASES = [
    *["mood_check"] * 2,
    "agenda",
    *["referral"] * 3,
    *["cognitive_model"] * 5,
    *["plan"] * 2,
    "feedback",
    *["closing"] * 7,
    *["wrap_up"] * 12,
]
"""The phase of each exchange of the paper's protocol, for a session that nobody closes."""

CONDITION = "wexford_arm"
"""A group label that no English text contains by chance."""
SCORE = 1017
"""A total that no text contains by chance."""


class Watcher:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.begun: list[Counts] = []
        self.turns: list[tuple[str, Turn]] = []
        self.rejected: list[tuple[str, RejectedAttempt]] = []
        self.finished: dict[str, str | None] = {}

    def on_begin(self, counts: Counts) -> None:
        """Keep the counts."""
        self.begun.append(counts)

    def on_turn(self, session: str, turn: Turn) -> None:
        """Keep the turn."""
        self.turns.append((session, turn))

    def on_rejected(self, session: str, attempt: RejectedAttempt) -> None:
        """Keep the attempt."""
        self.rejected.append((session, attempt))

    def on_finished(self, session: str, reason: str | None) -> None:
        """Keep how it ended."""
        self.finished[session] = reason


def make_profile(number: int = 1, *, unwell: bool = True) -> ClientProfile:
    """Make a person: many symptoms, or none."""
    severity, value, word = (1.0, 3, "heavy") if unwell else (0.0, 0, "no")
    return ClientProfile(
        pseudonym=f"p{number:04}",
        condition=CONDITION if unwell else None,
        demographics=(
            Fact(name="age", value=str(30 + number)),
            Fact(name="sex", value="female"),
            Fact(name="occupation", value="sorts parcels in a depot"),
        ),
        answers=(Answer(instrument="phq9", item="phq9_3", value=value),),
        scores=(
            ScaleScore(
                instrument="phq9",
                scale="total",
                value=SCORE,
                answered=9,
                missing=0,
                prorated=False,
                band="severe" if unwell else "minimal",
            ),
        ),
        statements=(
            Statement(
                instrument="phq9",
                item="phq9_3",
                symptom=Symptom.INSOMNIA,
                text=f"The client reports {word} trouble with nightly rest during the fortnight.",
                severity=severity,
            ),
        ),
    )


def write_script(
    path: Path,
    therapist: Sequence[Line] = THERAPIST,
    client: Sequence[Line] = CLIENT,
    delay_s: float = 0.0,
) -> str:
    """Write a script, and return what `-m` takes."""
    script = {"delay_s": delay_s, "therapist": therapist, "client": client}
    path.write_text(json.dumps(script), encoding="utf-8")
    return f"scripted:{path}"


def make_study(
    model: str,
    profiles: Sequence[ClientProfile] = (make_profile(),),
    *,
    redraw_probability: float = 0.0,
    client_model: str | None = None,
) -> Study:
    """Make a study of the paper's protocol; nothing is written twice unless asked for."""
    protocol = load_paper(redraw_probability)
    client = find_spec(client_model or model)
    return Study(tuple(profiles), protocol, find_spec(model), client, seed=7)


def load_paper(redraw_probability: float = 0.0, closing_attempts: int = 0) -> Protocol:
    """Load the paper's protocol with the date of the script, and as few second tries as wanted."""
    return load_protocol("paper").model_copy(
        update={
            "redraw_probability": redraw_probability,
            "closing_attempts": closing_attempts,
            "appointments": ("next Tuesday at ten",),
        }
    )


def make_plan(appointment: str = "next Monday at nine", *, unwell: bool = True) -> SessionPlan:
    """Settle a session of the paper's protocol, with a date of one's own."""
    plan = plan_session(make_profile(unwell=unwell), load_paper(), seed=7)
    return replace(plan, appointment=appointment)


def fill(
    protocol: Protocol, speaker: Speaker, profile: ClientProfile, knowledge: Knowledge = "referral"
) -> str:
    """One side's instructions for a person."""
    plan = plan_session(profile, protocol, seed=7)
    return fill_instructions(protocol, speaker, profile, plan, knowledge)


def make_turns(
    texts: Sequence[str], closing: bool = False, phases: Sequence[str] = ()
) -> tuple[Turn, ...]:
    """Make turns of texts, the therapist first; `closing` flags the last one of the therapist;
    `phases` names the phase of each exchange."""
    last = max((index for index in range(len(texts)) if index % 2 == 0), default=-1)
    return tuple(
        Turn(
            index=index,
            speaker="client" if index % 2 else "therapist",
            text=text,
            phase=phases[index // 2] if phases else "any",
            attempts=1,
            model="scripted",
            seed=1,
            prompt_tokens=0,
            cached_tokens=0,
            completion_tokens=0,
            seconds=0.0,
            flags=("closing",) if closing and index == last else (),
        )
        for index, text in enumerate(texts)
    )


def weave(therapist: Sequence[str] = THERAPIST, client: Sequence[str] = CLIENT) -> list[str]:
    """The lines of both sides in the order in which they are said."""
    return [line for pair in zip(therapist, client, strict=True) for line in pair]
