"""Role-play: protocols as data, the two agents, one session, many sessions."""

from sqpsych.roleplay.checks import CHECKS, CHOSEN, Check, find_faults
from sqpsych.roleplay.generation import (
    RunSettings,
    Study,
    choose_profiles,
    generate_corpus,
)
from sqpsych.roleplay.protocol import Protocol
from sqpsych.roleplay.protocol_file import list_protocols, load_protocol
from sqpsych.roleplay.session import play_session
from sqpsych.roleplay.stage import Observer

__all__ = [
    "CHECKS",
    "CHOSEN",
    "Check",
    "Observer",
    "Protocol",
    "RunSettings",
    "Study",
    "choose_profiles",
    "find_faults",
    "generate_corpus",
    "list_protocols",
    "load_protocol",
    "play_session",
]
