"""How things are said in English: patterns of phrases, sentences and their likeness, symptoms."""

from sqpsych.wording.sentences import (
    content_words,
    end_sentence,
    has_near,
    make_sentence,
    normalise,
    split_sentences,
    to_first_person,
    to_second_person,
)
from sqpsych.wording.symptoms import SymptomWording, find_mentions, load_lexicon

__all__ = [
    "SymptomWording",
    "content_words",
    "end_sentence",
    "find_mentions",
    "has_near",
    "load_lexicon",
    "make_sentence",
    "normalise",
    "split_sentences",
    "to_first_person",
    "to_second_person",
]
