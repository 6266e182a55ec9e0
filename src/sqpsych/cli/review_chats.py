"""What `sqpsych review serve` lets people chat with."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqpsych.cli.options import check_choice, make_serving

if TYPE_CHECKING:
    from sqpsych.language_models.opening import ServingSettings
    from sqpsych.review.chatting import ChatSettings


def read_chats(
    model: str | None,
    profiles: Path | None,
    corpus: Path,
    for_raters: bool,
    risk: str,
    timeout_s: float,
) -> "tuple[ChatSettings | None, ServingSettings | None]":
    """Read what may be chatted with.

    Raises:
        ReviewError: of model and profiles, only one is given, or raters are let in to nothing.
    """
    from sqpsych.errors import ReviewError

    if (model is None) is not (profiles is None):
        raise ReviewError("Trying a client out takes both: --chat MODEL and --profiles FILE.")
    if model is None or profiles is None:
        if for_raters:
            raise ReviewError("--chat-raters lets raters chat, with --chat MODEL alone.")
        return None, None
    from sqpsych.intake import read_profiles
    from sqpsych.language_models.opening import find_spec
    from sqpsych.review.chatting import ChatSettings
    from sqpsych.roleplay.protocol import RiskPolicy

    policy: RiskPolicy = check_choice("--risk", risk, RiskPolicy)
    people = read_profiles(profiles)
    settings = ChatSettings(find_spec(model), people, corpus, for_raters, policy)
    return settings, make_serving(timeout_s, retries=2)
