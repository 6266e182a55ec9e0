"""Every check of a reply: lines it must catch and lines it must let pass."""

from dataclasses import dataclass, replace

import pytest

from sqpsych.records import Symptom
from sqpsych.roleplay import CHECKS, CHOSEN, find_faults
from sqpsych.roleplay.checks import Moment
from sqpsych.roleplay.cues import Closing, find_cue
from sqpsych.roleplay.replies import Candidate

from .sessions import (
    CLIENT,
    MORE_CLIENT,
    MORE_THERAPIST,
    PHASES,
    THERAPIST,
    fill,
    load_paper,
    make_plan,
    make_profile,
    make_turns,
    weave,
)

PAPER = load_paper()
HELD = weave(THERAPIST[:4], CLIENT[:4])
"""What was said before the line in question."""
SUMMARY = THERAPIST[-1]
HEARD = "you watch the wall of an evening"
"""What a line is to take up where it reflects."""


@dataclass(frozen=True)
class Line:
    """A reply at a place in a session."""

    text: str
    closing: Closing = "too early"
    ended: bool = False
    cut_off: bool = False
    sums_up: bool = False
    due: frozenset[Symptom] = frozenset()
    screens: frozenset[Symptom] = frozenset()
    advises: bool = False
    told: str = ""
    heard: str = ""
    asks: bool = False
    before: str = ""
    """What the client said last, where it matters."""


def therapist(text: str, closing: Closing = "too early", *, ended: bool = False) -> Line:
    """A therapist's line after four exchanges, or at the close of all."""
    return Line(text, closing, ended)


def find_names(line: Line | str, *, by_therapist: bool) -> set[str]:
    """Names of the checks that a line fails."""
    line = Line(line) if isinstance(line, str) else line
    held = weave()[:28] if line.closing in {"wanted", "required"} else HELD
    held = [*weave()[:28], SUMMARY] if line.closing == "done" else held
    held = [*held[:-1], line.before] if line.before else held
    held = held if by_therapist or line.closing == "done" else [*held, "What was that like?"]
    speaker = "therapist" if by_therapist else "client"
    moment = Moment(
        speaker="therapist" if by_therapist else "client",
        turns=make_turns(held),
        closing=line.closing,
        sums_up=line.sums_up,
        word_limit=PAPER.word_limit("therapist" if speaker == "therapist" else "client"),
        appointment="next Tuesday at ten",
        due=line.due,
        screens=line.screens,
        advises=line.advises,
        told=line.told,
        heard=line.heard,
        asks=line.asks,
        endorsed=frozenset({Symptom.INSOMNIA, Symptom.FATIGUE, Symptom.SEXUAL_INTEREST}),
        denied=frozenset({Symptom.APPETITE, Symptom.DEPRESSED_MOOD}),
        sensitive=frozenset({Symptom.SEXUAL_INTEREST}),
        statements=tuple(statement.text for statement in make_profile().statements),
        instructions=fill(PAPER, "client", make_profile()),
        language=PAPER.language,
        end_marker=PAPER.end_marker,
    )
    reply = Candidate(line.text, line.ended, line.cut_off, ())
    chosen = tuple(check.name for check in CHOSEN)
    return {check.name for check in find_faults(reply, moment, chosen)}


T, C = True, False
"""Said by the therapist, or by the client."""

SLEEP = frozenset({Symptom.INSOMNIA})
TOLD = "It was when the new rota was pinned up by the ovens and my free weekends were gone."

CAUGHT: dict[str, list[tuple[bool, Line | str]]] = {
    "empty": [(T, ""), (C, "…"), (C, " - ?! ")],
    "cut_off": [
        (C, "I went to the shop and then I"),
        (T, "So the evenings are hard,"),
        (C, Line("I went to the shop.", cut_off=True)),
    ],
    "too_long": [(T, "So tell me. " * 30), (C, "It was bad, you know. " * 30)],
    "marker": [
        (C, "I slept badly. Therapist: How long did you sleep?"),
        (T, "What then? <|im_end|>"),
        (C, "I said [END] to myself."),
        (C, "Patient: I slept badly."),
    ],
    "placeholder": [
        (T, "Let us meet on [insert date] again."),
        (C, "My name is {name}, hello."),
        (C, "I met ____ at the station."),
        (C, "I saw Dr. Smith about it in spring."),
    ],
    "stage_direction": [
        (C, "*sighs* It was a long week."),
        (C, "It was long (looks away) and grey."),
        (T, "# Agenda for this morning."),
        (T, "That was heavy. End of session."),
        (T, "See you on Monday, and goodbye. The session ends."),
    ],
    "narrated": [
        (T, "The client seems tired. How was work?"),
        (C, "The therapist nods, and I go on."),
        (T, "What was of use? The line must say what was of use."),
        (C, "He says, looking down, that it was long."),
    ],
    "other_language": [
        (C, "我睡得不好。"),
        (C, "Ich habe die ganze Woche schlecht geschlafen und bin müde."),
        (T, "Спасибо. How was your week?"),
        (C, "La semaine a été longue et je ne dors pas très bien."),
    ],
    "out_of_role": [
        (C, "Thank you for sharing that with me."),
        (C, "How are you feeling about it?"),
        (C, "As an AI language model I do not sleep."),
        (T, "As an AI language model I do not judge."),
    ],
    "borrowed_life": [
        (T, "I've been feeling low myself, to be honest."),
        (T, "My wife says the same about me."),
        (T, "I woke at four as well this week."),
    ],
    "names_questionnaire": [
        (T, "Your PHQ-9 shows a hard time."),
        (C, "I filled in the questionnaire, as asked."),
        (T, "Looking at your scores, it was a hard month."),
        (T, "The Hamilton scale says a lot."),
    ],
    "crisis": [
        (C, "Sometimes I want to die, that is all."),
        (C, "We had a fight and I hit her."),
        (C, "I thought of hurting myself on Sunday."),
    ],
    "repeated": [
        (T, THERAPIST[0]),
        (C, CLIENT[0]),
        (C, "Hello. It was long, to be honest. I got through my shifts and just sat on the sofa."),
        (C, "I went home after that. I went home after that."),
        (C, "On Monday I went home on foot. And on Monday I went home on foot."),
    ],
    "echo": [
        (C, "Yes. So most of the week felt slow and grey to you. I agree with that."),
        (T, CLIENT[0]),
    ],
    "copied": [
        (C, "The client reports heavy trouble with nightly rest during the fortnight."),
        (C, "Well, it reports heavy trouble with nightly rest during the fortnight, I guess."),
    ],
    "early_farewell": [
        (T, "That is enough, goodbye."),
        (C, "All right. See you next week, then."),
        (T, Line("What else is there?", ended=True)),
        (T, "Take care of yourself until then."),
    ],
    "not_closing": [
        (T, therapist("What else is on your mind today?", "required")),
        (T, therapist("You told me much about Marta and the grey evenings.", "required")),
    ],
    "no_date": [
        (T, therapist(SUMMARY.replace("next Tuesday at ten", "again soon"), "wanted")),
        (T, therapist("The evenings were grey, and you plan to write. Goodbye.", "required")),
        (T, therapist("The evenings were grey, and you plan to write.", "required", ended=True)),
    ],
    "other_date": [
        (T, therapist(SUMMARY.replace("Goodbye", "Or Thursday. Goodbye"), "wanted")),
        (T, therapist("See you next Wednesday at ten. Goodbye.", "required")),
        (T, therapist("See you next Tuesday at 10 am. Goodbye.", "required")),
    ],
    "unvoiced": [
        (C, Line("It was all right, I suppose.", due=SLEEP)),
        (C, Line("I am tired all day long.", due=SLEEP)),
    ],
    "untold": [
        (C, Line("It was all right, I suppose.", told=TOLD)),
        (C, Line("We had some cake in the garden.", told=TOLD)),
        (C, Line("I am tired all day long.", told="I lie awake for hours, nearly every night.")),
    ],
    "no_time_frame": [
        (C, Line("I cannot fall asleep.", due=SLEEP)),
        (C, Line("I lie awake and listen to the neighbours.", due=SLEEP)),
    ],
    "contradiction": [
        (C, "I have no appetite at all."),
        (C, "I feel sad most of the time."),
        (C, "I sleep well, every night."),
        (C, "I lie awake for hours, and I feel anxious in the evenings."),
    ],
    "too_soon": [
        (C, "I have no interest in sex any more."),
        (C, "We do not sleep with each other, I have lost all interest in sex."),
    ],
    "copied_statement": [
        (C, "I have heavy trouble with nightly rest during the week."),
        (C, "There is trouble with nightly rest during the fortnight."),
    ],
    "names_diagnosis": [
        (T, "That may be a depressive episode."),
        (C, "My burnout is to blame."),
        (T, "Panic disorder can look like this."),
    ],
    "speaks_as_client": [
        (T, "I lie awake for hours. What is that like?"),
        (T, "So I have no appetite most days. How do you see it?"),
        (T, "Most nights I can't sleep."),
    ],
    "unreflected": [
        (T, Line("Let us go on. What are the meals like?", heard=HEARD)),
        (T, Line("What happens on such a wall of an evening?", heard=HEARD)),
        (T, Line("I see, what did you watch?", heard=HEARD)),
    ],
    "prescient": [
        (T, "How is your appetite these days?"),
        (T, "Do you feel guilty about it?"),
    ],
    "says_back": [
        (T, Line("You lie awake, then. What else is there?", before="I lie awake at night.")),
        (T, Line("So you are tired. What do you make of it?", before="I am tired all the time.")),
    ],
    "early_advice": [
        (T, "You should go out more often."),
        (T, "Have you tried to count sheep?"),
        (T, "It might help to write it down."),
    ],
    "appraisal": [
        (T, "I'm sorry to hear that. What then?"),
        (T, "That's great! What else was there?"),
        (T, "That sounds really hard."),
    ],
    "no_question": [
        (T, Line("What happened then? You can sit now, if you wish.", asks=True)),
        (T, Line("So that is how it was.", asks=True)),
    ],
    "many_questions": [
        (T, "What then? And who was there?"),
        (T, "How so? Where? With whom?"),
    ],
    "asks_back": [(C, "Bad. And how was yours?"), (C, "What do you mean?")],
    "same_opening": [
        (T, "So most of the days are long?"),
        (T, "The evenings at work are quiet then."),
    ],
    "no_summary": [
        (T, Line("Thank you. Does that fit?", sums_up=True)),
        (T, Line("You told me about your niece. Does that fit?", sums_up=True)),
        (T, Line("You told me how it is. Does that fit for you, and was it of use?", sums_up=True)),
    ],
    "reopened": [
        (C, Line("All right, Tuesday it is. But what about the nights?", "done")),
        (C, Line("Thanks. " + "And another matter came to my mind just now. " * 5, "done")),
    ],
}
"""Lines that each check must catch; other checks may catch them too."""

LET_PASS: dict[str, list[tuple[bool, Line | str]]] = {
    "empty": [(C, "No."), (T, "Go on?"), (C, "Hm…")],
    "cut_off": [(C, "I went home."), (C, 'She said, "come in."'), (C, "I don't know…")],
    "too_long": [(T, "So tell me? " * 20), (C, "It was bad, you know. " * 20)],
    "marker": [
        (C, "I told my old client that I was ill."),
        (C, "The system at work was down, as ever."),
        (C, "I made a list of pros and cons."),
    ],
    "placeholder": [
        (C, "I had to insert coins into the machine."),
        (C, "My boss is Mrs. Brown, she is kind."),
    ],
    "stage_direction": [
        (C, "I sighed and looked out of the window."),
        (C, "At the end of the day I was done."),
        (C, "It was so-so, half-half."),
        (T, "Before the session ends, what would you like to keep?"),
    ],
    "narrated": [
        (C, "A client of ours shouted at me on the phone."),
        (C, "My brother is worried. He says I should rest more."),
        (T, "What does she say about that?"),
        (T, "What did she mean by that?"),
    ],
    "other_language": [
        (C, "I had a café crème with Zoë, and that was fine for me."),
        (C, "Nein."),
        (T, "So most evenings are grey, and you stay on your own. What helps a little?"),
    ],
    "out_of_role": [
        (C, "My wife asked how I was feeling, and I shrugged."),
        (C, "I cannot sleep, and I am tired all day."),
        (C, "My wife says the same about me."),
        (T, "How does that make you feel?"),
        (T, "Thank you for sharing that."),
        (C, "Thank you, I'll try that."),
    ],
    "borrowed_life": [
        (C, "I've been feeling low, and my wife says so too."),
        (T, "Your wife says the same. What was that like?"),
    ],
    "names_questionnaire": [
        (C, "We lost, the team scored nothing."),
        (C, "I quit the beck and call of my boss."),
        (T, "What question has been on your mind?"),
    ],
    "crisis": [
        (C, "I would die for a quiet evening at home."),
        (C, "The rent went up again, and that hit us hard."),
        (T, "Do you ever think of killing yourself?"),
    ],
    "repeated": [
        (C, "It was a hard month for me."),
        (T, "What would you like to talk about next week?"),
        (C, "No. No, I really don't think so."),
    ],
    "echo": [
        (C, "Yes, it felt slow and grey, most of it."),
        (T, "So you sat on the sofa in the evenings. What was that like?"),
    ],
    "copied": [
        (C, "I have trouble with nightly rest, and that during the whole fortnight."),
        (C, "My sleep is poor, I toss and turn until the birds start."),
    ],
    "early_farewell": [
        (C, "I said goodbye to my mother at the station."),
        (C, "I take care of my nephew."),
        (T, therapist(SUMMARY, "wanted")),
        (C, Line("Thanks, see you then. Goodbye.", "done")),
    ],
    "not_closing": [
        (T, therapist(SUMMARY, "required")),
        (T, therapist(SUMMARY.removesuffix(" Goodbye."), "required", ended=True)),
        (T, therapist("What else is on your mind?", "wanted")),
        (T, "What else is on your mind?"),
    ],
    "no_date": [
        (T, therapist(SUMMARY, "wanted")),
        (T, therapist(SUMMARY.replace("next Tuesday at ten", "on the 3rd of May"), "required")),
        (T, "What else is on your mind?"),
    ],
    "other_date": [
        (T, therapist(SUMMARY, "wanted")),
        (T, therapist("See you next Tuesday at ten. Goodbye.", "wanted")),
        (T, "Was that on Wednesday or on Thursday?"),
    ],
    "unvoiced": [
        (C, Line("I lie awake for hours nearly every night.", due=SLEEP)),
        (C, "It was all right, I suppose."),
    ],
    "untold": [
        (C, Line("They had pinned a new rota up, and both weekends were gone.", told=TOLD)),
        (C, Line("I saw the rota near the ovens, and had to sit down.", told=TOLD)),
        (C, "It was all right, I suppose."),
    ],
    "no_time_frame": [
        (C, Line("I cannot fall asleep, nearly every night.", due=SLEEP)),
        (C, Line("Lately I lie awake a lot.", due=SLEEP)),
        (C, "I get up at six and take the bus."),
    ],
    "contradiction": [
        (C, "I lie awake for hours, and I am tired."),
        (C, "I eat as always, my appetite is good."),
        (T, "Do you feel sad at times?"),
    ],
    "too_soon": [
        (C, "I lie awake for hours."),
        (C, Line("I have lost all interest in sex.", due=frozenset({Symptom.SEXUAL_INTEREST}))),
        (C, Line("I have lost all interest in sex.", screens=frozenset({Symptom.SEXUAL_INTEREST}))),
    ],
    "copied_statement": [
        (C, "I have trouble with my nightly rest."),
        (T, "So there is trouble at night. Since when?"),
    ],
    "names_diagnosis": [
        (T, "So the evenings are grey. What are they like?"),
        (C, "I was depressed by the news, that is all."),
    ],
    "speaks_as_client": [
        (T, "You lie awake for hours. What is that like?"),
        (T, "I hear that you lie awake for hours."),
        (T, "Let us look at the evenings. What are they like?"),
        (C, "I lie awake for hours."),
    ],
    "unreflected": [
        (T, Line("So you watch the wall then. What are the meals like?", heard=HEARD)),
        (T, Line("The bus at six, then parcels, what is that like?", heard=HEARD)),
        (T, "Let us go on. What are the meals like?"),
        (C, Line("I do not know.")),
    ],
    "prescient": [
        (T, Line("How is your appetite these days?", screens=frozenset({Symptom.APPETITE}))),
        (T, "So you sat on the sofa. What was that like?"),
        (C, "My appetite is good."),
    ],
    "says_back": [
        (T, "So you sat on the sofa. What was that like?"),
        (T, Line("How are your nights?", screens=frozenset({Symptom.INSOMNIA}))),
        (C, "I lie awake, as I said."),
    ],
    "early_advice": [
        (T, "What would you say to a friend?"),
        (T, Line("You could try it on Thursday, you should find out.", advises=True)),
        (C, "They say I should go out more."),
    ],
    "appraisal": [
        (T, "So the sofa again. What was on your mind?"),
        (C, "I'm sorry, I was late. That's great."),
    ],
    "no_question": [
        (T, Line("So that is how it was. What happened then?", asks=True)),
        (T, "See you next Tuesday at ten, goodbye."),
        (C, "It was all right."),
    ],
    "many_questions": [(T, "What happened then?"), (C, "Bad. Why? I don't know. Why me?")],
    "asks_back": [(C, "Bad, I would say."), (T, "How was yours?")],
    "same_opening": [
        (T, "What was your mood like?"),
        (C, "Hello. It was long, and the days were short."),
    ],
    "no_summary": [
        (T, Line("You told me of shifts, the sofa and your niece. Does that fit?", sums_up=True)),
        (T, therapist("Thank you. See you next Tuesday at ten. Goodbye.", "wanted")),
        (T, therapist(SUMMARY, "wanted")),
        (C, "See you."),
    ],
    "reopened": [
        (C, Line("All right, Tuesday works for me. Thanks, and goodbye.", "done")),
        (C, "What do you mean?"),
    ],
}
"""Lines that each check must let pass; other checks may catch them."""


def list_examples(
    table: dict[str, list[tuple[bool, Line | str]]],
) -> list[tuple[str, bool, Line | str]]:
    """Spread a table into one entry a line."""
    return [(name, by, line) for name, lines in table.items() for by, line in lines]


def test_a_closing_needs_a_summary_in_it_just_before_or_in_its_phase() -> None:
    before = [*weave()[:26], "What was of use?", CLIENT[13]]
    moment = Moment(
        speaker="therapist",
        turns=make_turns(before),
        closing="wanted",
        word_limit=64,
        instructions="",
        language="en",
        end_marker="[END]",
        appointment="next Tuesday at ten",
    )
    bare = Candidate("Thank you. See you next Tuesday at ten. Goodbye.", False, False, ())
    assert [check.name for check in find_faults(bare, moment)] == ["no_summary"]
    assert find_faults(Candidate(SUMMARY, False, False, ()), moment) == ()
    assert find_faults(bare, replace(moment, summed_up=True)) == ()


def make_moment(*texts: str, heard: str = "") -> Moment:
    """The therapist's moment after these turns."""
    return Moment(
        speaker="therapist",
        turns=make_turns(texts),
        closing="too early",
        word_limit=64,
        instructions="",
        language="en",
        end_marker="[END]",
        heard=heard,
    )


def test_a_sentence_of_common_words_counts_as_taken_up() -> None:
    told = "Maybe this one thing got out, and many other things did not. I keep to myself."
    moment = make_moment("How do you see it?", told, heard="this one thing got out")
    line = "All right, this one thing got out, and many other things did not. What next?"
    assert not CHECKS["unreflected"].fails(Candidate(line, False, False, ()), moment)


def test_what_the_client_touched_on_is_known_to_the_therapist() -> None:
    moment = make_moment("How are your nights?", "I sleep through the night.")
    line = Candidate("So you sleep through the night. What else?", False, False, ())
    assert not CHECKS["prescient"].fails(line, moment)
    assert CHECKS["prescient"].fails(line, make_moment("How are you?", "As always."))


@pytest.mark.parametrize("told", ["I lie awake at night.", "I have no trouble sleeping."])
def test_how_the_client_is_must_not_be_said_back_whether_well_or_not(told: str) -> None:
    moment = make_moment("How are your nights?", told)
    line = Candidate("Your sleep, then. What do you eat?", False, False, ())
    assert CHECKS["says_back"].fails(line, moment)
    asked = replace(moment, screens=frozenset({Symptom.INSOMNIA}))
    assert not CHECKS["says_back"].fails(line, asked)
    assert not CHECKS["says_back"].fails(line, replace(moment, heard="you slept in the train"))


def test_thoughts_of_death_may_be_said_back() -> None:
    moment = make_moment("Is there more?", "I have thought about killing myself.")
    line = Candidate("You have thought of killing yourself. Is there a plan?", False, False, ())
    assert not CHECKS["says_back"].fails(line, moment)


def test_what_an_attempt_was_told_to_mend_is_not_said() -> None:
    moment = replace(make_moment("How are you?", "As always."), hints=("complain of nothing else",))
    line = Candidate("I take a course and complain of nothing else here.", False, False, ())
    assert CHECKS["copied"].fails(line, moment)
    assert not CHECKS["copied"].fails(line, replace(moment, hints=()))
    assert not CHECKS["copied"].fails(line, replace(moment, hints=("take a course",)))


@pytest.mark.parametrize(("name", "by_therapist", "line"), list_examples(CAUGHT))
def test_a_check_catches(name: str, by_therapist: bool, line: Line | str) -> None:
    assert name in find_names(line, by_therapist=by_therapist)


@pytest.mark.parametrize(("name", "by_therapist", "line"), list_examples(LET_PASS))
def test_a_check_lets_pass(name: str, by_therapist: bool, line: Line | str) -> None:
    assert name not in find_names(line, by_therapist=by_therapist)


@pytest.mark.parametrize("name", list(CHECKS))
def test_every_check_has_examples_of_both_kinds(name: str) -> None:
    assert len(CAUGHT[name]) >= 2
    assert len(LET_PASS[name]) >= 2


def test_names_are_unique_and_hints_go_on_from_must() -> None:
    for name, check in CHECKS.items():
        assert check.name == name
        assert check.hint
        assert not check.hint.startswith(("must", "The line"))
        assert not check.hint.endswith(".")


@pytest.mark.parametrize(
    "lines",
    [weave(), weave((*THERAPIST[:14], *MORE_THERAPIST[:-1]), (*CLIENT[:14], *MORE_CLIENT[:-1]))],
    ids=["closed", "long"],
)
def test_a_clean_dialogue_passes_all_checks(lines: list[str]) -> None:
    for index, text in enumerate(lines):
        turns = make_turns(lines[:index], lines == weave() and index == 29, PHASES)
        cue = find_cue(PAPER, make_plan("next Tuesday at ten"), turns)
        assert cue is not None
        moment = Moment(
            speaker=cue.speaker,
            turns=turns,
            closing=cue.closing,
            word_limit=PAPER.word_limit(cue.speaker),
            instructions=fill(PAPER, cue.speaker, make_profile()),
            language=PAPER.language,
            end_marker=PAPER.end_marker,
            appointment="next Tuesday at ten",
        )
        faults = find_faults(Candidate(text, ended=False, cut_off=False, flags=()), moment)
        assert [check.name for check in faults] == [], text


def test_an_empty_reply_is_only_empty() -> None:
    assert find_names("  ", by_therapist=True) == {"empty"}
