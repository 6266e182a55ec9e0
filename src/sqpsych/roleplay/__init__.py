"""Role-play: protocols as data, the two agents, one session, many sessions."""

from sqpsych.roleplay.checks import CHECKS, Check, find_faults
from sqpsych.roleplay.generation import RunSettings, Study, generate_corpus
from sqpsych.roleplay.protocol import Protocol, list_protocols, load_protocol
from sqpsych.roleplay.session import Observer, play_session

__all__ = [
    "CHECKS",
    "Check",
    "Observer",
    "Protocol",
    "RunSettings",
    "Study",
    "find_faults",
    "generate_corpus",
    "list_protocols",
    "load_protocol",
    "play_session",
]
