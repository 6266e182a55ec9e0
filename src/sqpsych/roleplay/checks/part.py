"""Checks of the part: does the line belong to the one who says it?"""

import re

from sqpsych.records import Symptom
from sqpsych.roleplay.checks.moment import Check, Moment, find_symptoms, read_mentions
from sqpsych.roleplay.replies import Candidate
from sqpsych.wording import content_words, cut_sentences, phrases

_YOU = re.compile(r"\byou", re.IGNORECASE)


def is_narrated(reply: Candidate, moment: Moment) -> bool:
    """It speaks about the therapist or the client from outside."""
    return phrases.NARRATION.search(reply.text) is not None


def is_out_of_role(reply: Candidate, moment: Moment) -> bool:
    """It says what only a machine would say, or the client what only a therapist would."""
    foreign = [phrases.MACHINE, *([phrases.NOT_THE_CLIENTS] if moment.speaker == "client" else ())]
    return any(pattern.search(reply.text) for pattern in foreign)


def borrows_life(reply: Candidate, moment: Moment) -> bool:
    """The therapist claims a life like the client's as its own."""
    return (
        moment.speaker == "therapist" and phrases.NOT_THE_THERAPISTS.search(reply.text) is not None
    )


def speaks_as_client(reply: Candidate, moment: Moment) -> bool:
    """The therapist says of itself how it is, where it means the client."""
    if moment.speaker == "client":
        return False
    own = (s for s in cut_sentences(reply.text) if not _YOU.search(s))
    return any(read_mentions(sentence, "client") for sentence in own)


def names_questionnaire(reply: Candidate, moment: Moment) -> bool:
    """It mentions the questionnaire the profile comes from."""
    return phrases.QUESTIONNAIRES.search(reply.text) is not None


def names_diagnosis(reply: Candidate, moment: Moment) -> bool:
    """It names a diagnosis before anyone has voiced it."""
    said = " ".join(turn.text for turn in moment.turns).lower()
    known = said if moment.speaker == "therapist" else said + moment.instructions.lower()
    named = (match.group().lower() for match in phrases.DIAGNOSES.finditer(reply.text))
    return any(name not in known for name in named)


def is_prescient(reply: Candidate, moment: Moment) -> bool:
    """The therapist names a symptom the client has not spoken of and nobody is asked about here."""
    if moment.speaker == "client":
        return False
    named = find_symptoms(reply.text, "therapist", "named") - moment.screens
    unheard = named - moment.spoken_of("claimed", "denied", "named")
    return bool(unheard) and bool(unheard - moment.touched_on())


def says_back(reply: Candidate, moment: Moment) -> bool:
    """The therapist says back how the client is, which would tell the groups apart by its words.

    Thoughts of death are spoken of openly.
    """
    if moment.speaker == "client":
        return False
    allowed = {*moment.screens, Symptom.SUICIDALITY}
    allowed |= find_symptoms(moment.heard, "therapist", "named")
    named = find_symptoms(reply.text, "therapist", "named") - allowed
    told = moment.spoken_of("claimed", "denied")
    return bool(named) and not named.isdisjoint(told | moment.touched_on())


def is_unreflected(reply: Candidate, moment: Moment) -> bool:
    """The therapist does not take up what the client has just told, before it asks."""
    if not content_words(moment.heard, letters=3):
        return False
    heard = content_words(moment.turns[-1].text, letters=3)
    before_question = reply.text.rpartition(".")[0] or reply.text.rpartition(",")[0]
    return heard.isdisjoint(content_words(before_question, letters=3))


def advises_early(reply: Candidate, moment: Moment) -> bool:
    """The therapist gives advice before it is time to plan."""
    return (
        moment.speaker == "therapist"
        and not moment.advises
        and phrases.ADVICE.search(reply.text) is not None
    )


def appraises(reply: Candidate, moment: Moment) -> bool:
    """The therapist praises, regrets or comforts where it should take up what was said."""
    return moment.speaker == "therapist" and phrases.APPRAISALS.search(reply.text) is not None


def asks_twice(reply: Candidate, moment: Moment) -> bool:
    """The therapist asks more than one question at once."""
    return moment.speaker == "therapist" and len(re.findall(r"\?", reply.text)) > 1


def lacks_question(reply: Candidate, moment: Moment) -> bool:
    """The therapist does not end with its question, or goes on after it."""
    return moment.asks and not reply.text.rstrip("\"'”’ ").endswith("?")


def asks_back(reply: Candidate, moment: Moment) -> bool:
    """The client asks, where the questions are the therapist's."""
    return moment.speaker == "client" and "?" in reply.text


PART = (
    Check("narrated", "be said to the other person", is_narrated),
    Check("out_of_role", "be what only this speaker would say", is_out_of_role),
    Check("borrowed_life", "be about the client alone", borrows_life),
    Check("names_questionnaire", "not mention a questionnaire", names_questionnaire),
)
"""For every protocol."""
NAMES_DIAGNOSIS = Check("names_diagnosis", "not name an illness", names_diagnosis)
SPEAKS_AS_CLIENT = Check("speaks_as_client", "say you, not I", speaks_as_client)
PRESCIENT = Check("prescient", "keep to what the client has told", is_prescient, strays=True)
SAYS_BACK = Check("says_back", "not say the client's complaints back", says_back, strays=True)
UNREFLECTED = Check(
    "unreflected",
    "first tell the client what the client just said",
    is_unreflected,
    strays=True,
)
EARLY_ADVICE = Check("early_advice", "give no advice yet", advises_early)
APPRAISAL = Check("appraisal", "neither praise nor regret", appraises)
MANY_QUESTIONS = Check("many_questions", "ask one question only", asks_twice)
NO_QUESTION = Check("no_question", "end with its question", lacks_question, strays=True)
ASKS_BACK = Check("asks_back", "ask nothing", asks_back)
