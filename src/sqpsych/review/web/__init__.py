"""The pages of a review, and what guards them."""

from sqpsych.review.web.app import create_app
from sqpsych.review.web.settings import ServerSettings

__all__ = ["ServerSettings", "create_app"]
