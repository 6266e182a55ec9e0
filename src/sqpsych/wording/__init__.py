"""How things are said in English: patterns of phrases, sentences and their likeness, symptoms."""

from sqpsych.wording.mentions import find_mentions
from sqpsych.wording.profile import find_denied, find_strongest
from sqpsych.wording.sentences import (
    KEPT,
    content_words,
    cut_sentences,
    end_sentence,
    has_near,
    make_sentence,
    normalise,
    plain,
    split_sentences,
    take_opening,
    to_first_person,
    to_second_person,
)
from sqpsych.wording.symptoms import SymptomWording, load_lexicon

__all__ = [
    "KEPT",
    "SymptomWording",
    "content_words",
    "cut_sentences",
    "end_sentence",
    "find_denied",
    "find_mentions",
    "find_strongest",
    "has_near",
    "load_lexicon",
    "make_sentence",
    "normalise",
    "plain",
    "split_sentences",
    "take_opening",
    "to_first_person",
    "to_second_person",
]
