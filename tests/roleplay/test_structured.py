"""Whole sessions of `structured` with a stand-in that says what its direction holds."""

from functools import cache
from itertools import combinations, groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqpsych.assessment.fidelity import measure_fidelity
from sqpsych.instruments import load_instrument, render_statements
from sqpsych.language_models.catalogue import PromptStyle
from sqpsych.records import ClientProfile, Symptom
from sqpsych.roleplay import find_faults
from sqpsych.roleplay.checks import Moment
from sqpsych.roleplay.checks.speech import SAME_LINE, SAME_SENTENCE
from sqpsych.roleplay.cues import FAREWELL, find_cue
from sqpsych.roleplay.life import list_situations
from sqpsych.roleplay.plan import plan_session
from sqpsych.roleplay.prompts import fill_instructions
from sqpsych.roleplay.protocol import Knowledge, Phase
from sqpsych.roleplay.reflecting import take_up
from sqpsych.roleplay.replies import Candidate
from sqpsych.roleplay.telling import tell_situation
from sqpsych.seeds import derive_seed
from sqpsych.wording import (
    find_mentions,
    has_near,
    load_lexicon,
    normalise,
    phrases,
    split_sentences,
)

from .puppets import (
    SPEAKERS,
    STRUCTURED,
    STYLES,
    Played,
    Setting,
    list_people,
    make_person,
    play,
)
from .sessions import CONDITION, make_profile

INSTRUMENTS = ("phq9", "gad7", "bdi21", "hamd17", "hama14")
NEAR_THE_END = "open_ends"
"""Whether this phase comes, and how long it takes, depends on what the client has not told yet."""


@cache
def play_one(place: int, style: PromptStyle) -> Played:
    """The session of one of the twenty people."""
    person = list_people()[place]
    return play(person, Setting(style=style, seed=derive_seed(1, person.pseudonym)))


@st.composite
def draw_people(draw: st.DrawFn) -> ClientProfile:
    """People with any answers to any instrument, but without thoughts of suicide."""
    instrument = load_instrument(draw(st.sampled_from(INSTRUMENTS)))
    answers = {
        item.id: draw(st.sampled_from([option.value for option in item.options]))
        for item in instrument.items
        if item.symptom != Symptom.SUICIDALITY
    }
    statements = render_statements(instrument, answers)
    return make_profile().model_copy(update={"statements": statements})


each_session = pytest.mark.parametrize("style", STYLES)
each_person = pytest.mark.parametrize("place", range(20))
anyone = settings(deadline=None, max_examples=20)
seeds = st.integers(0, 2**31 - 1)


@each_session
@each_person
def test_a_session_is_closed_after_strictly_taking_turns(place: int, style: PromptStyle) -> None:
    dialogue = play_one(place, style).dialogue
    assert (dialogue.ending, dialogue.reason) == ("closed", None)
    assert [turn.index for turn in dialogue.turns] == list(range(len(dialogue.turns)))
    for turn in dialogue.turns:
        assert turn.speaker == ("client" if turn.index % 2 else "therapist")
    assert dialogue.turns[-1].phase == FAREWELL
    assert dialogue.turns[-2].flags == ("closing",)


@each_session
@each_person
def test_every_endorsed_symptom_is_voiced_and_no_denied_one(place: int, style: PromptStyle) -> None:
    dialogue = play_one(place, style).dialogue
    states = {outcome.symptom: outcome.state for outcome in dialogue.symptoms}
    severe = {s.symptom for s in list_people()[place].statements if s.severity > 0}
    fine = {s.symptom for s in list_people()[place].statements if s.severity == 0}
    assert states == dict.fromkeys(severe, "voiced") | dict.fromkeys(fine, "kept")
    for outcome in dialogue.symptoms:
        if outcome.turn is not None:
            turn = dialogue.turns[outcome.turn]
            claims = [m.symptom for m in turn.mentions if m.kind == "claimed"]
            assert (turn.speaker, outcome.symptom in claims) == ("client", True)


@each_session
@each_person
def test_the_measure_of_fidelity_finds_the_same(place: int, style: PromptStyle) -> None:
    fidelity = measure_fidelity(play_one(place, style).dialogue, list_people()[place])
    assert fidelity.voiced == fidelity.endorsed
    assert fidelity.contradicted == frozenset()


@each_session
@each_person
def test_the_therapist_names_no_symptom_ahead_of_the_client(place: int, style: PromptStyle) -> None:
    fidelity = measure_fidelity(play_one(place, style).dialogue, list_people()[place])
    assert fidelity.prescience == ()


@each_session
@each_person
def test_phases_come_in_order_and_within_their_bounds(place: int, style: PromptStyle) -> None:
    played = play_one(place, style)
    lengths = [(name, len(list(turns))) for name, turns in groupby(played.phases)]
    # The questionnaire of these people does not ask about closeness, and all else has come out.
    expected = [p for p in STRUCTURED.phases if not p.risk and p.name != NEAR_THE_END]
    assert [name for name, _ in lengths] == [phase.name for phase in expected]
    for (_, length), phase in zip(lengths, expected, strict=True):
        assert phase.exchanges[0] <= length <= phase.exchanges[1]
    assert len(played.phases) <= STRUCTURED.limits.hard_stop


@each_person
def test_what_was_made_up_is_marked_invented(place: int) -> None:
    dialogue = play_one(place, "transcript").dialogue
    assert {fact.origin for fact in dialogue.invented} == {"invented"}
    names = [fact.name for fact in dialogue.invented]
    assert len(set(names)) == len(names)
    endorsed = {o.symptom for o in dialogue.symptoms if o.severity > 0}
    assert {"situation", "thought", "attitude"} <= set(names)
    assert {f"telling_{symptom}" for symptom in endorsed} <= set(names)


def test_people_of_all_severities_are_played_and_have_sessions_of_their_own() -> None:
    voiced = [
        sum(o.state == "voiced" for o in play_one(n, "chat").dialogue.symptoms) for n in range(20)
    ]
    assert (min(voiced), max(voiced)) == (0, 8)
    openings = {play_one(n, "chat").dialogue.turns[0].text for n in range(20)}
    assert len(openings) >= 4


@each_person
def test_both_styles_ask_for_the_same_lines(place: int) -> None:
    texts = [[turn.text for turn in play_one(place, style).dialogue.turns] for style in STYLES]
    assert texts[0] == texts[1]


@each_person
def test_the_same_session_is_played_alike_again(place: int) -> None:
    person = list_people()[place]
    again = play(person, Setting(seed=derive_seed(1, person.pseudonym)))
    assert again == play_one(place, "transcript")


@pytest.mark.parametrize(
    ("areas", "phase", "question"),
    [
        (step.screens, phase, question)
        for phase in STRUCTURED.phases
        for step in phase.steps
        for question in step.asks
    ],
)
def test_every_question_passes_the_checks_of_its_own_protocol(
    areas: tuple[str, ...], phase: Phase, question: str
) -> None:
    lexicon = load_lexicon()
    date = STRUCTURED.appointments[0]
    moment = Moment(
        speaker="therapist",
        turns=(),
        closing="wanted" if phase.closes else "too early",
        appointment=date,
        word_limit=STRUCTURED.limits.therapist_words,
        instructions=fill(make_profile()),
        language=STRUCTURED.language,
        end_marker=STRUCTURED.end_marker,
        summed_up=phase.closes,
        advises=phase.advises,
        screens=frozenset(symptom for symptom in lexicon if lexicon[symptom].area in areas),
    )
    said = question.format(appointment=date)
    reply = Candidate(said, ended=False, cut_off=False, flags=())
    assert find_faults(reply, moment, STRUCTURED.checks) == ()


def test_what_acknowledges_fits_any_answer() -> None:
    """It names no symptom, praises and regrets nothing, and gives no advice."""
    for phase in STRUCTURED.phases:
        for step in phase.steps:
            assert not (step.reflects and step.acknowledges)
            around = [form.format(heard="it rained") for form in step.reflections]
            for line in (*step.acknowledges, *around):
                assert find_mentions(line, "therapist") == ()
                assert find_mentions(line, "client") == ()
                assert not phrases.APPRAISALS.search(line)
                assert not phrases.ADVICE.search(line)


@pytest.mark.parametrize(
    ("recalled", "told"),
    [
        ("evidence 1", "for_it"),
        ("evidence 2", "against_it"),
        ("fairer_thought 1", "fairer"),
        ("plan 1", "step"),
    ],
)
def test_a_summary_takes_up_what_was_told_and_not_what_leads_to_it(
    recalled: str, told: str
) -> None:
    phase, _, number = recalled.partition(" ")
    steps = {phase.name: phase.steps for phase in STRUCTURED.phases}[phase]
    for situation in list_situations():
        for says in steps[int(number) - 1].says:
            line = tell_situation(says, situation, "on Friday")
            taken = next(take_up(line, STRUCTURED.lead_ins))
            matter = set(normalise(getattr(situation, told)).split())
            assert len(matter & set(taken.lower().split())) * 2 > len(matter), line


def test_a_summary_does_not_pass_for_what_was_said_back_before() -> None:
    steps = {phase.name: phase.steps for phase in STRUCTURED.phases}
    for situation in list_situations():
        before = [normalise(f"{situation.fairer}.")]
        for form in steps["feedback"][0].summaries:
            line = form.format(first=situation.fairer, second="on Friday you could ask")
            assert not has_near(split_sentences(line), before, SAME_SENTENCE), line


def test_no_two_things_that_any_client_may_say_pass_for_one_line() -> None:
    """Else a session in which both are dealt is rejected for saying a line twice."""
    steps = [step for phase in STRUCTURED.phases for step in phase.steps]
    fixed = {text for step in steps for text in (*step.says, *step.otherwise) if "{" not in text}
    for one, other in combinations(sorted(fixed), 2):
        assert not has_near([normalise(one)], [normalise(other)], SAME_LINE), (one, other)
        pair = split_sentences(one), split_sentences(other)
        assert not has_near(*pair, SAME_SENTENCE), (one, other)


def test_no_two_steps_give_the_therapist_one_sentence() -> None:
    """Else a session in which both are dealt is asked for one of them again."""
    steps = [
        [s for line in (*step.acknowledges, *step.asks) for s in split_sentences(line)]
        for phase in STRUCTURED.phases
        for step in phase.steps
    ]
    for one, other in combinations(steps, 2):
        assert not has_near(one, other, SAME_SENTENCE)


def fill(profile: ClientProfile, knowledge: Knowledge = "referral", seed: int = 1) -> str:
    """The therapist's instructions."""
    plan = plan_session(profile, STRUCTURED, seed)
    return fill_instructions(STRUCTURED, "therapist", profile, plan, knowledge)


@each_session
@given(person=draw_people(), seed=seeds)
@anyone
def test_each_prompt_begins_with_the_whole_of_the_one_before_and_the_reply(
    person: ClientProfile, seed: int, style: PromptStyle
) -> None:
    played = play(person, Setting(style=style, seed=seed))
    for speaker in SPEAKERS:
        prompts = played.prompts_of(speaker)
        first = dict(reversed(prompts))
        for (turn, earlier), (_, later) in pairwise(sorted(first.items())):
            label = "" if style == "transcript" else f"\n{speaker.capitalize()}:"
            assert later.startswith(f"{earlier}{label} {played.dialogue.turns[turn].text}\n")
        for turn, prompt in prompts:
            said = first[turn][: first[turn].rindex(f"the {speaker} ")]
            assert prompt.startswith(said)


@each_session
@given(person=draw_people(), seed=seeds)
@anyone
def test_the_group_label_is_in_no_prompt_and_changes_none(
    person: ClientProfile, seed: int, style: PromptStyle
) -> None:
    setting = Setting(style=style, seed=seed)
    played = play(person, setting)
    assert all(CONDITION not in prompt for s in SPEAKERS for _, prompt in played.prompts_of(s))
    other = play(person.model_copy(update={"condition": None}), setting)
    assert other.requests == played.requests


@given(person=draw_people(), other=draw_people(), seed=seeds)
@anyone
def test_the_therapist_is_told_the_same_whatever_the_answers_are(
    person: ClientProfile, other: ClientProfile, seed: int
) -> None:
    turns = play(person, Setting(seed=seed)).dialogue.turns
    plans = [plan_session(profile, STRUCTURED, seed) for profile in (person, other)]
    assert fill(person, seed=seed) == fill(other, seed=seed)
    for index in range(0, len(turns), 2):
        cues = [find_cue(STRUCTURED, plan, turns[:index]) for plan in plans]
        if NEAR_THE_END in {cue.phase for cue in cues if cue is not None}:
            break
        assert cues[0] == cues[1]
        assert cues[0] is not None


@given(person=draw_people(), other=draw_people(), seed=seeds)
@anyone
def test_the_therapist_says_the_same_whatever_the_client_complains_of(
    person: ClientProfile, other: ClientProfile, seed: int
) -> None:
    """Where the models keep to the words of their directions, the groups cannot be told apart."""
    one, two = (play(profile, Setting(seed=seed)) for profile in (person, other))
    shared = [phase.name for phase in STRUCTURED.phases if not phase.risk]
    shared = shared[: shared.index(NEAR_THE_END)]
    assert [phase for phase in one.phases if phase in shared] == [
        phase for phase in two.phases if phase in shared
    ]
    for phase in shared:
        assert one.lines_of("therapist", phase) == two.lines_of("therapist", phase)
    if one.phases == two.phases:
        assert one.lines_of("therapist") == two.lines_of("therapist")


def test_the_therapist_says_the_same_to_someone_with_every_symptom_and_with_none() -> None:
    for instrument in INSTRUMENTS:
        known = load_instrument(instrument)
        safe = {item.id for item in known.items if item.symptom == Symptom.SUICIDALITY}
        severe = {item.id: 0 if item.id in safe else 9 for item in known.items}
        people = (make_person(instrument, 0), make_person(instrument, severe))
        well, ill = (play(person, Setting(seed=2)) for person in people)
        assert well.lines_of("therapist") == ill.lines_of("therapist")
        assert well.lines_of("client") != ill.lines_of("client")


@given(person=draw_people(), seed=seeds)
@anyone
def test_sensitive_symptoms_come_out_once_they_are_asked_about(
    person: ClientProfile, seed: int
) -> None:
    dialogue = play(person, Setting(seed=seed)).dialogue
    sensitive = {s.symptom for s in person.statements if s.sensitive}
    asked: set[Symptom] = set()
    for turn in dialogue.turns:
        asked |= set(turn.screens)
        claimed = {m.symptom for m in turn.mentions if m.kind == "claimed"}
        assert not (claimed & sensitive) - asked


@given(person=draw_people(), seed=seeds)
@anyone
def test_anyone_voices_every_symptom_and_contradicts_none(person: ClientProfile, seed: int) -> None:
    dialogue = play(person, Setting(seed=seed)).dialogue
    assert (dialogue.ending, dialogue.reason) == ("closed", None)
    assert {outcome.state for outcome in dialogue.symptoms} <= {"voiced", "kept"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("knowledge", ["referral", "totals", "items"])
def test_the_therapist_knows_what_it_is_to_know_and_no_more(
    knowledge: Knowledge, style: PromptStyle
) -> None:
    person = list_people()[-1]
    played = play(person, Setting(style=style, knowledge=knowledge, seed=3))
    band = f"Symptoms overall: {person.scores[0].band}."
    for _, prompt in played.prompts_of("therapist"):
        assert (band in prompt) == (knowledge != "referral")
        for statement in person.statements:
            assert (statement.text in prompt) == (knowledge == "items")
    blind = play(person, Setting(style=style, seed=3))
    assert played.prompts_of("client") == blind.prompts_of("client")
    assert all(band not in prompt for _, prompt in played.prompts_of("client"))


@pytest.mark.parametrize(("attitude", "most"), [("open", 3), ("agreeable", 2), ("guarded", 1)])
def test_attitudes_change_how_much_is_told_in_a_turn(attitude: str, most: int) -> None:
    person = make_person("phq9", {f"phq9_{n}": 2 for n in (1, 2, 3, 4)})
    seed = next(n for n in range(99) if plan_session(person, STRUCTURED, n).attitude == attitude)
    dialogue = play(person, Setting(seed=seed)).dialogue
    first = [o.turn for o in dialogue.symptoms if o.state == "voiced"]
    assert len(first) == 4
    told = [first.count(turn.index) for turn in dialogue.turns if turn.speaker == "client"]
    assert max(told) == min(most, 2)
