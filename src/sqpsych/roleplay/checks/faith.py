"""Checks of faith: does the line agree with the profile, and does it tell what is due?"""

from sqpsych.records import Symptom
from sqpsych.roleplay.checks.moment import Check, Moment, find_symptoms, read_mentions
from sqpsych.roleplay.replies import Candidate
from sqpsych.wording import content_words, phrases

_TOLD_SHARE = 3
"""One in so many content words of what is to be told comes up in the line."""


def invents_crisis(reply: Candidate, moment: Moment) -> bool:
    """The client brings in suicide, self-harm or violence that the profile does not tell of."""
    if moment.speaker == "therapist" or Symptom.SUICIDALITY in moment.endorsed:
        return False
    asked = Symptom.SUICIDALITY in moment.screens
    denied = asked and Symptom.SUICIDALITY not in find_symptoms(reply.text, "client", "claimed")
    return phrases.CRISES.search(reply.text) is not None and not denied


def leaves_untold(reply: Candidate, moment: Moment) -> bool:
    """It has next to nothing of what it is to tell."""
    told = content_words(moment.told, letters=3)
    return len(told & content_words(reply.text, letters=3)) * _TOLD_SHARE < len(told)


def leaves_unvoiced(reply: Candidate, moment: Moment) -> bool:
    """A symptom that is due does not come out; after a few attempts one of several will do."""
    unvoiced = moment.due - find_symptoms(reply.text, "client", "claimed")
    return bool(unvoiced) if moment.insists else bool(unvoiced) and unvoiced == moment.due


def lacks_time_frame(reply: Candidate, moment: Moment) -> bool:
    """A symptom that is due comes out without a word on how often, how much or since when."""
    return bool(moment.due) and phrases.TIME_FRAMES.search(reply.text) is None


def contradicts(reply: Candidate, moment: Moment) -> bool:
    """The client claims a symptom that the profile does not have, or denies one it has."""
    if moment.speaker == "therapist" or moment.closing == "done":
        return False
    claimed = find_symptoms(reply.text, "client", "claimed")
    # A line may say that one side of a symptom is well and tell of the other.
    denied = find_symptoms(reply.text, "client", "denied") - claimed
    return bool(claimed & moment.denied or denied & moment.endorsed) or _invents(reply, moment)


def _invents(reply: Candidate, moment: Moment) -> bool:
    """Whether a clause complains of something of which the profile says nothing."""
    complaints: dict[str, set[Symptom]] = {}
    for mention in read_mentions(reply.text, "client"):
        if mention.kind == "claimed":
            complaints.setdefault(mention.quote, set()).add(mention.symptom)
    return any(symptoms.isdisjoint(moment.endorsed) for symptoms in complaints.values())


def tells_too_soon(reply: Candidate, moment: Moment) -> bool:
    """The client brings up a sensitive symptom unasked."""
    unasked = moment.sensitive - moment.due - moment.screens - moment.spoken_of("claimed")
    return moment.speaker == "client" and bool(
        find_symptoms(reply.text, "client", "claimed") & unasked
    )


CRISIS = Check("crisis", "stay with the facts", invents_crisis)
"""For every protocol."""
UNTOLD = Check("untold", "tell what stands there", leaves_untold, strays=True)
UNVOICED = Check("unvoiced", "tell all of this plainly", leaves_unvoiced, strays=True)
NO_TIME_FRAME = Check("no_time_frame", "say how often that is so", lacks_time_frame, strays=True)
CONTRADICTION = Check(
    "contradiction", "fit the facts and complain of nothing else", contradicts, strays=True
)
TOO_SOON = Check("too_soon", "keep to what was asked", tells_too_soon)
