"""When symptoms come out: asked about, held back, in haste, and followed to the end."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqpsych.records import Mention, MentionKind, Symptom, Turn
from sqpsych.roleplay.plan import Attitude, SessionPlan, plan_session
from sqpsych.roleplay.protocol import Schedule, Step
from sqpsych.roleplay.schedule import (
    choose_due,
    find_claims,
    follow_symptoms,
    holds,
    list_pending,
)
from sqpsych.roleplay.telling import SymptomNote
from sqpsych.wording import load_lexicon
from sqpsych.wording.symptoms import Area

from .puppets import STRUCTURED, make_person
from .sessions import make_turns

SCHEDULE = Schedule(open=3, agreeable=2, guarded=1)
LEXICON = load_lexicon()
S = Symptom
ATTITUDES: tuple[Attitude, ...] = ("open", "agreeable", "guarded")


def settle(
    *endorsed: Symptom,
    attitude: Attitude = "open",
    denied: Iterable[Symptom] = (),
    sensitive: Iterable[Symptom] = (),
) -> SessionPlan:
    """A plan in which these symptoms are to come out."""
    notes = tuple(
        SymptomNote(s, 0.5, s in sensitive, LEXICON[s].area, "they say so") for s in endorsed
    )
    plan = plan_session(make_person("phq9", 0), STRUCTURED, seed=7)
    changes = {"notes": notes, "attitude": attitude, "denied": frozenset(denied)}
    return SessionPlan(**{**vars(plan), **changes})


def ask(*areas: Area) -> Step:
    """A step in which the therapist asks everyone about these areas."""
    return Step(therapist="asks", client="answers", screens=areas)


def say(
    *claims: Iterable[Symptom], kind: MentionKind = "claimed", screens: Iterable[Symptom] = ()
) -> tuple[Turn, ...]:
    """Exchanges in each of which the client speaks of these symptoms."""
    turns = make_turns(["Words."] * (2 * len(claims)))
    told = [
        turn.model_copy(
            update={
                "mentions": tuple(
                    Mention(symptom=s, kind=kind, quote="so") for s in claims[turn.index // 2]
                )
            }
            if turn.speaker == "client"
            else {"screens": tuple(screens)}
        )
        for turn in turns
    ]
    return tuple(told)


def choose(
    plan: SessionPlan,
    step: Step,
    turns: tuple[Turn, ...] = (),
    left: int = 99,
    asking: int = 0,
) -> list[Symptom]:
    """The symptoms that come out next."""
    return [note.symptom for note in choose_due(SCHEDULE, plan, turns, step, left, asking)]


def test_what_was_asked_about_comes_out_and_nothing_else() -> None:
    plan = settle(S.FATIGUE, S.INSOMNIA, S.GUILT)
    assert choose(plan, ask("sleep", "energy")) == [S.FATIGUE, S.INSOMNIA]
    assert choose(plan, ask("appetite")) == []


@pytest.mark.parametrize(("attitude", "count"), [("open", 3), ("agreeable", 2), ("guarded", 1)])
def test_attitudes_bound_how_much_is_told_at_a_time(attitude: Attitude, count: int) -> None:
    plan = settle(
        S.EARLY_INSOMNIA, S.MIDDLE_INSOMNIA, S.LATE_INSOMNIA, S.INSOMNIA, attitude=attitude
    )
    assert len(choose(plan, ask("sleep"))) == count


def test_what_was_asked_about_and_held_back_comes_next() -> None:
    plan = settle(S.EARLY_INSOMNIA, S.LATE_INSOMNIA, S.GUILT, attitude="guarded")
    told = say([S.EARLY_INSOMNIA], screens=[S.EARLY_INSOMNIA, S.LATE_INSOMNIA])
    assert choose(plan, ask("appetite"), told) == [S.LATE_INSOMNIA]
    assert choose(plan, ask("self_worth"), told) == [S.GUILT]


def test_what_was_told_does_not_come_again() -> None:
    plan = settle(S.INSOMNIA, S.FATIGUE)
    assert choose(plan, ask("sleep", "energy"), say([S.INSOMNIA])) == [S.FATIGUE]
    assert choose(plan, ask("sleep", "energy"), say([S.INSOMNIA, S.FATIGUE])) == []


def test_a_symptom_only_named_or_denied_is_still_to_come() -> None:
    plan = settle(S.INSOMNIA)
    for kind in ("denied", "named"):
        assert choose(plan, ask("sleep"), say([S.INSOMNIA], kind=kind)) == [S.INSOMNIA]


def test_in_haste_all_but_what_is_sensitive_comes_out_unasked() -> None:
    plan = settle(S.GUILT, S.SEXUAL_INTEREST, S.WORRY, sensitive=[S.SEXUAL_INTEREST])
    assert choose(plan, ask(), left=9) == []
    assert set(choose(plan, ask(), left=1)) == {S.GUILT, S.WORRY}
    assert choose(plan, ask("closeness"), left=9) == [S.SEXUAL_INTEREST]


def test_a_sensitive_symptom_that_was_asked_about_may_come_later() -> None:
    plan = settle(S.SEXUAL_INTEREST, sensitive=[S.SEXUAL_INTEREST])
    assert choose(plan, ask("mood"), say([], screens=[S.SEXUAL_INTEREST])) == [S.SEXUAL_INTEREST]


@given(
    endorsed=st.lists(st.sampled_from(Symptom), unique=True, max_size=20),
    attitude=st.sampled_from(ATTITUDES),
    left=st.integers(1, 12),
)
def test_the_pending_are_out_when_the_turns_left_are_over(
    endorsed: list[Symptom], attitude: Attitude, left: int
) -> None:
    plan = settle(*endorsed, attitude=attitude)
    turns: tuple[Turn, ...] = ()
    for remaining in range(left, 0, -1):
        due = choose(plan, ask(), turns, remaining)
        assert len(set(due)) == len(due)
        claims = [*(turn_claims(turn) for turn in turns[1::2]), due]
        turns = say(*claims)
    assert list_pending(plan, turns) == ()


def test_what_was_held_back_comes_out_while_everyone_is_asked() -> None:
    endorsed = (S.EARLY_INSOMNIA, S.LATE_INSOMNIA, S.FATIGUE, S.GUILT)
    plan = settle(*endorsed, attitude="guarded")
    assert len(choose(plan, ask("sleep", "energy"), asking=4)) == 1
    assert len(choose(plan, ask("sleep", "energy"), asking=2)) == 2
    held = say([], screens=endorsed[:3])
    assert choose(plan, ask("self_worth"), held, asking=1) == [S.GUILT, *endorsed[:2]]


def test_a_question_about_safety_is_answered_and_nothing_else_is_told() -> None:
    plan = settle(S.GUILT, S.SUICIDALITY, sensitive=[S.SUICIDALITY])
    assert choose(plan, ask("safety"), say([], screens=[S.GUILT]), left=1) == [S.SUICIDALITY]
    assert choose(settle(S.GUILT), ask("safety"), say([], screens=[S.GUILT]), left=1) == []


def turn_claims(turn: Turn) -> list[Symptom]:
    """What a turn claims."""
    return [mention.symptom for mention in turn.mentions]


def test_what_the_therapist_says_is_no_claim_and_the_first_turn_counts() -> None:
    turns = say([S.GUILT], [S.GUILT, S.WORRY])
    by_therapist = turns[0].model_copy(update={"mentions": turns[1].mentions})
    assert find_claims((by_therapist, *turns[1:])) == {S.GUILT: 1, S.WORRY: 3}


def test_symptoms_are_followed_to_their_end() -> None:
    plan = settle(S.GUILT, S.WORRY, denied=[S.FATIGUE, S.APPETITE])
    outcomes = follow_symptoms(plan, say([S.GUILT], [S.FATIGUE]))
    assert [(o.symptom, o.state, o.turn, o.severity) for o in outcomes] == [
        (S.GUILT, "voiced", 1, 0.5),
        (S.WORRY, "pending", None, 0.5),
        (S.APPETITE, "kept", None, 0.0),
        (S.FATIGUE, "contradicted", 3, 0.0),
    ]


def test_all_is_voiced_when_only_what_is_sensitive_is_left() -> None:
    plan = settle(S.GUILT, S.SEXUAL_INTEREST, sensitive=[S.SEXUAL_INTEREST])
    assert not holds("symptoms_voiced", plan, ())
    assert holds("symptoms_voiced", plan, say([S.GUILT]))
    assert holds("symptoms_voiced", settle(), ())


def test_a_crisis_is_voiced_by_the_client_alone() -> None:
    plan = settle(S.SUICIDALITY, sensitive=[S.SUICIDALITY])
    assert not holds("crisis_voiced", plan, say([S.GUILT]))
    assert not holds("crisis_voiced", plan, say([S.SUICIDALITY], kind="denied"))
    assert holds("crisis_voiced", plan, say([S.SUICIDALITY]))


def test_there_is_more_to_tell_until_all_has_come_out_and_where_closeness_is_asked_about() -> None:
    plan = settle(S.INSOMNIA, denied=[S.FATIGUE])
    assert holds("more_to_tell", plan, ())
    assert not holds("more_to_tell", plan, say([S.INSOMNIA]))
    for close in (
        settle(S.INSOMNIA, denied=[S.SEXUAL_INTEREST]),
        settle(S.INSOMNIA, S.SEXUAL_INTEREST, sensitive=[S.SEXUAL_INTEREST]),
    ):
        assert holds("more_to_tell", close, say([S.INSOMNIA, *[n.symptom for n in close.notes]]))
