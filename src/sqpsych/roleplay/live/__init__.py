"""One session in which one of the two is a person: under the protocol, as it is played else."""

from sqpsych.roleplay.live.briefing import brief
from sqpsych.roleplay.live.chats import (
    LiveStudy,
    begin_session,
    choose_person,
    find_waiting,
    open_chats,
)
from sqpsych.roleplay.live.lines import speaks_of_crisis
from sqpsych.roleplay.live.listening import Listener
from sqpsych.roleplay.live.session import LiveSession

__all__ = [
    "Listener",
    "LiveSession",
    "LiveStudy",
    "begin_session",
    "brief",
    "choose_person",
    "find_waiting",
    "open_chats",
    "speaks_of_crisis",
]
