"""What falls to each session of a run: as little alike as can be, and blind to who people are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.records import ClientProfile
from sqpsych.roleplay.life import fits, list_fitting
from sqpsych.roleplay.lots import Lot, deal_lots

from .sessions import make_profile

PEOPLE = build_nhanes_sample_profiles()
CARDS = tuple("abcdefgh")


def rename(count: int) -> list[ClientProfile]:
    """One person under many pseudonyms."""
    return [make_profile().model_copy(update={"pseudonym": f"p{n}"}) for n in range(count)]


@given(st.integers(0, 2**31 - 1))
def test_nobody_gets_a_card_twice_while_there_are_others(seed: int) -> None:
    lots = deal_lots(rename(24), seed).values()
    for about in ("question", "way"):
        assert set(Counter(lot.deal(CARDS, about) for lot in lots).values()) == {3}


def test_a_session_gets_another_card_each_time() -> None:
    for lot in deal_lots(rename(5), 3).values():
        assert sorted(lot.deal(CARDS, "reflection", after=n) for n in range(8)) == list(CARDS)


def test_what_is_dealt_for_one_thing_says_nothing_of_another() -> None:
    lots = deal_lots(rename(200), 1).values()
    pairs = {(lot.deal(CARDS, "one"), lot.deal(CARDS, "two")) for lot in lots}
    assert len(pairs) > 48


def test_situations_come_again_only_when_all_that_fit_were_dealt() -> None:
    lots = deal_lots(rename(400), 7).values()
    fitting = list_fitting(make_profile().demographics)
    uses = Counter({situation.id: 0 for situation in fitting})
    uses.update(lot.situation.id for lot in lots)
    assert max(uses.values()) - min(uses.values()) <= 1


def test_a_situation_fits_who_gets_it() -> None:
    lots = deal_lots(PEOPLE[:60], 2)
    assert all(fits(lots[p.pseudonym].situation, p.demographics) for p in PEOPLE[:60])


def test_the_order_of_the_people_and_their_answers_change_nothing() -> None:
    people = PEOPLE[:40]
    blank = [
        p.model_copy(update={"statements": (), "scores": (), "condition": "x"}) for p in people
    ]
    assert deal_lots(people, 5) == deal_lots(blank[::-1], 5)
    assert deal_lots(people, 5) != deal_lots(people, 6)


def test_a_session_alone_has_a_lot_of_its_own() -> None:
    lots = [Lot.draw(make_profile(), seed) for seed in range(40)]
    assert lots[3] == Lot.draw(make_profile(), 3)
    assert len({lot.situation.id for lot in lots}) > 20
    assert len({lot.deal(CARDS, "question") for lot in lots}) == len(CARDS)
