"""A real small model answers a person, streaming."""

import pytest

from sqpsych.corpus import Journal
from sqpsych.errors import NoReplyError
from sqpsych.language_models.opening import ServingSettings, find_spec, open_models
from sqpsych.roleplay.live import LiveSession, LiveStudy, begin_session

from ..puppets import STRUCTURED, make_person
from .talking import PHQ, Heard

pytestmark = pytest.mark.embedded
MODEL = "smollm2-135m"


@pytest.mark.usefixtures("weights", "one_core")
async def test_a_small_model_plays_the_client_for_a_person() -> None:
    study = LiveStudy(STRUCTURED, find_spec(MODEL), "therapist")
    journal, heard = Journal.keep_in_memory(), Heard()
    session = begin_session(journal, make_person("phq9", PHQ), 4)
    async with open_models([study.model], ServingSettings()) as (model,):
        live = LiveSession(
            session, study.make_agent(model), study.protocol, study.risk, journal, heard
        )
        for line in ("Hello, how are your nights?", "And how has your mood been?"):
            live.say(line)
            for _ in range(3):
                try:
                    turn = await live.answer()
                    break
                except NoReplyError:
                    continue
            assert turn.model == MODEL
            assert turn.speaker == "client"
            assert turn.prompt_tokens > turn.completion_tokens > 0
    assert {o.symptom.value for o in live.finish() if o.state == "voiced"} >= {"insomnia"}
    assert len({text for text in heard.texts if text}) > 5
    assert journal.count().closed == 1
