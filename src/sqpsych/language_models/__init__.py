"""Language models: one protocol, one HTTP backend, an embedded server, and the egress guard.

Only light modules are imported here; the HTTP client and the engine load when a model is opened.
"""

from sqpsych.language_models.chat_model import (
    ChatModel,
    FinishReason,
    Message,
    OnText,
    Reply,
    Request,
)
from sqpsych.language_models.egress import EgressGuard, install_guard

__all__ = [
    "ChatModel",
    "EgressGuard",
    "FinishReason",
    "Message",
    "OnText",
    "Reply",
    "Request",
    "install_guard",
]
