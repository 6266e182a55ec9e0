"""What each side is privately told: what to take up, what to tell, what to ask."""

from collections.abc import Sequence
from dataclasses import replace

from sqpsych.records import Mention, Turn
from sqpsych.roleplay.directions import direct_therapist, hear, tell
from sqpsych.roleplay.plan import PAUSES, Attitude, plan_session
from sqpsych.roleplay.protocol import Step
from sqpsych.wording import make_sentence, to_first_person

from .puppets import STRUCTURED, make_person
from .sessions import make_turns

PERSON = make_person("phq9", {"phq9_3": 2})
PLAN = replace(plan_session(PERSON, STRUCTURED, seed=7), attitude="open")
PROTOCOL = STRUCTURED.model_copy(
    update={"reflections": ("{heard}, then.", "So {heard}.", "Right, {heard}.")}
)
ASKED = make_turns(["How is it?"])
HEARD = ("Your street is loud", "your street is loud")


def make_step(**settings: object) -> Step:
    """A step of a phase."""
    return Step.model_validate({"therapist": "goes on", "client": "answers", **settings})


def direct(step: Step, turns: Sequence[Turn], seed: int = 7) -> str:
    """The words of the therapist's direction."""
    plan = plan_session(PERSON, PROTOCOL, seed)
    heard = hear(PROTOCOL, step, plan, turns)
    return direct_therapist(PROTOCOL, step, plan, turns, heard).partition("like this: ")[2]


def test_the_question_of_a_session_stays_the_same_and_others_get_another() -> None:
    step = make_step(asks=[f"Question {letter}?" for letter in "abcdefgh"])
    asked, again = ([direct(step, (), seed) for seed in range(20)] for _ in range(2))
    assert asked == again
    assert len(set(asked)) > 4


def test_a_line_that_reflects_takes_up_what_was_heard() -> None:
    step = make_step(asks=["What then?"], reflects=True)
    told = direct(step, make_turns(["How is it?", "My street is loud."]))
    assert told in {
        f"{form.format(heard=heard)} What then?" for form in PROTOCOL.reflections for heard in HEARD
    }


def test_a_complaint_is_not_said_back() -> None:
    step = make_step(asks=["What then?"], reflects=True)
    asked, told = make_turns(["How is it?", "I lie awake. It is loud."])
    claim = Mention(symptom=PLAN.notes[0].symptom, kind="claimed", quote="I lie awake")
    assert direct(step, (asked, told.model_copy(update={"mentions": (claim,)}))) == "What then?"


def test_what_is_acknowledged_is_worded_alike_whatever_was_told() -> None:
    step = make_step(asks=["What then?"], acknowledges=["I note that.", "So be it.", "All right."])
    for seed in range(9):
        lines = {
            direct(step, make_turns(["How is it?", told]), seed)
            for told in ("I lie awake.", "I sleep well.", "My street is loud.")
        }
        assert lines < {"I note that. What then?", "So be it. What then?", "All right. What then?"}
        assert len(lines) == 1


def test_no_line_begins_as_one_before() -> None:
    step = make_step(asks=["What then?"], reflects=True)
    turns = make_turns(
        ["So your street is far?", "No.", "Right, your street?", "My street is loud."]
    )
    for seed in range(9):
        assert direct(step, turns, seed) == "Your street is loud, then. What then?"


def test_what_was_said_back_once_is_not_said_back_again() -> None:
    step = make_step(asks=["What then?"], reflects=True)
    begun = ["Hello?", "It is loud.", "So it is loud. And?"]
    assert direct(step, make_turns([*begun, "It is loud."])) == "What then?"
    assert "it rains" in direct(step, make_turns([*begun, "It is loud. It rains."])).lower()


def test_a_summary_recalls_the_answers_it_names() -> None:
    step = make_step(
        asks=["Does that fit?"],
        recalls=["one 1", "one 2", "two 1"],
        summaries=["You told me that {first}, {second} and {third}."],
    )
    texts = ["A?", "It is loud.", "B?", "I walk home.", "C?", "My job is far.", "D?", "No more."]
    turns = make_turns(texts, phases=["one", "one", "two", "three"])
    assert direct(step, turns) == (
        "You told me that it is loud, you walk home and your job is far. Does that fit?"
    )
    assert direct(step, turns[:4]) == "Does that fit?"


def test_a_scene_follows_its_symptom_where_the_client_is_not_guarded() -> None:
    (note,) = PLAN.notes
    scene = make_sentence(to_first_person(f"they {note.scene}"))
    step = make_step(screens=["sleep"])
    expected: dict[Attitude, bool] = {"open": True, "agreeable": True, "guarded": False}
    for attitude, tells in expected.items():
        plan = replace(PLAN, attitude=attitude)
        assert tell([note], plan, step, ASKED).endswith(scene) == tells


def test_a_guarded_client_pauses_all_session_long_and_an_open_one_does_not() -> None:
    step = make_step(says=["It was when {event}"])
    longer = [make_turns(["How is it?"] * (2 * count + 1)) for count in range(16)]
    for plan in (PLAN, replace(PLAN, attitude="guarded")):
        begun = {tell((), plan, step, turns).partition("It was when")[0] for turns in longer}
        assert begun == {f"{pause} ".lstrip() for pause in PAUSES[plan.attitude]}
    assert set(PAUSES["guarded"]) > set(PAUSES["open"]) == {""}


def test_a_question_about_safety_is_answered_with_no() -> None:
    for plan in (PLAN, replace(PLAN, attitude="guarded")):
        assert tell((), plan, make_step(screens=["safety"]), ASKED).startswith("No, I ")


def test_what_is_due_is_told_in_the_first_person() -> None:
    (note,) = PLAN.notes
    told = tell([note], PLAN, make_step(screens=["sleep"]), ASKED)
    assert "they" not in told.split()
    assert told.endswith(".")


def test_what_is_well_is_told_where_nothing_is_due() -> None:
    told = tell((), PLAN, make_step(screens=["appetite"], otherwise=["Nothing there"]), ASKED)
    assert told.startswith("I ")
    assert tell((), PLAN, make_step(screens=["sleep"], otherwise=["Nothing there"]), ASKED) == (
        "Nothing there."
    )
    assert tell((), PLAN, make_step(screens=["sleep"]), ASKED) == ""


def test_the_situation_is_told_in_the_first_person() -> None:
    told = tell((), PLAN, make_step(says=["It was when {event}"]), ASKED)
    assert told.startswith("It was when ")
    assert "they" not in told.split()


def test_a_topic_is_tied_to_a_symptom_that_has_come_out_and_to_no_other() -> None:
    (note,) = PLAN.notes
    step = make_step(ties=["I mind it more when {trouble}"], otherwise=["It stands alone"])
    assert tell((), PLAN, step, ASKED) == "It stands alone."
    claim = Mention(symptom=note.symptom, kind="claimed", quote="I lie awake")
    asked, told, *_ = make_turns(["How is it?", "I lie awake.", "And?"])
    turns = (asked, told.model_copy(update={"mentions": (claim,)}))
    again = to_first_person(f"they {note.again}")
    assert tell((), PLAN, step, turns) == f"I mind it more when {again}."
    assert note.again not in note.text
    for other in (replace(note, sensitive=True), replace(note, severity=1 / 3)):
        assert tell((), replace(PLAN, notes=(other,)), step, turns) == "It stands alone."


def test_what_a_reflection_ends_with_is_not_said_twice() -> None:
    protocol = PROTOCOL.model_copy(update={"reflections": ("{heard}. I see.", "{heard}. Right.")})
    step = make_step(asks=["And then?"], reflects=True)
    for seed in range(8):
        plan = plan_session(PERSON, protocol, seed)
        for tail, other in (("I see.", "Right."), ("Right.", "I see.")):
            turns = make_turns([f"It rains. {tail} And?", "It is loud."])
            told = direct_therapist(protocol, step, plan, turns, "it is loud")
            assert f"It is loud. {other} And then?" in told
