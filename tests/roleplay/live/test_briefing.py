"""What the person is told beforehand."""

from sqpsych.roleplay.live import brief

from ..puppets import make_person
from .talking import PHQ, begin


def test_a_therapist_knows_the_referral_and_no_answer() -> None:
    person = make_person("phq9", PHQ)
    told = " ".join(brief(begin(person).live.stage, "therapist"))
    assert "Reason for coming: " in told
    assert not any(statement.text in told for statement in person.statements)


def test_who_plays_the_client_knows_all_of_them_but_the_group() -> None:
    person = make_person("phq9", PHQ)
    told = " ".join(brief(begin(person, "client").live.stage, "client"))
    for statement in person.statements:
        assert (statement.text in told) is (statement.severity > 0)
    assert "No trouble with: appetite" in told
    assert str(person.condition) not in told
