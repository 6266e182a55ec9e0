"""Preference pairs of a dataset, as `sqpsych pairs` writes it, as tokens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqpsych.errors import FinetuneError
from sqpsych.finetune.conversations import THERAPIST, Messages, check_messages, read_columns
from sqpsych.finetune.encoding import Sequenced, Written, naming, sequence, write
from sqpsych.roleplay.prompts import open_by_user

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_COLUMNS = ("id", "origin", "prompt", "chosen", "rejected")


@dataclass(frozen=True, slots=True)
class PairOfMessages:
    """One pair of a dataset."""

    where: str
    """Names it in errors: its file and id."""
    origin: str
    """Where the preference comes from: attempts, experts, judges."""
    prompt: Messages
    chosen: Messages
    rejected: Messages


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """One pair as tokens; labels are NO_LOSS where a token is not compared."""

    origin: str
    chosen: Sequenced
    rejected: Sequenced


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """A split as tokens."""

    pairs: tuple[EncodedPair, ...]
    too_long: int
    """Pairs left out, since nothing that is compared fits on either side."""
    example: str
    """The first pair as it is written, with what is compared in brackets."""

    def count(self) -> dict[str, int]:
        """Count what is in it, by name: pairs by origin, those cut, those left out."""
        origins = Counter(one.origin for one in self.pairs)
        cut = sum(one.chosen.cut or one.rejected.cut for one in self.pairs)
        return {"pairs": len(self.pairs), **origins, "cut": cut, "too long": self.too_long}


def read_pairs(dataset: Path, split: str) -> tuple[PairOfMessages, ...]:
    """Read the pairs of one split.

    Args:
        dataset: a folder with data/SPLIT.parquet.
        split: train, dev or test.

    Returns:
        Them in order; none where the split is not there.

    Raises:
        FinetuneError: the file cannot be read, or a pair in it compares nothing.
    """
    path = dataset / "data" / f"{split}.parquet"
    if not path.is_file():
        return ()
    pairs = []
    for row in read_columns(path, _COLUMNS, "sqpsych pairs"):
        where = f"{path}, pair {row['id']}"
        prompt, chosen, rejected = (
            check_messages(row[name], f"{where}, {name}") for name in _COLUMNS[2:]
        )
        for name, side in (("chosen", chosen), ("rejected", rejected)):
            if not side or side[0]["role"] != THERAPIST:
                raise FinetuneError(
                    f"{where}: what was {name} does not begin with the therapist. Leave it out of "
                    "the dataset."
                )
        pairs.append(
            PairOfMessages(where, str(row["origin"]), open_by_user(prompt), chosen, rejected)
        )
    return tuple(pairs)


def encode_pairs(
    pairs: Iterable[PairOfMessages],
    tokenizer: "PreTrainedTokenizerBase",
    template: str,
    context_tokens: int,
) -> EncodedPairs:
    """Turn pairs into tokens and labels.

    Args:
        pairs: of a split.
        tokenizer: a fast one.
        template: the chat template.
        context_tokens: most tokens of a sequence; longer ones are cut after a therapist's turn.

    Raises:
        FinetuneError: see `write`.
    """
    encoded: list[EncodedPair] = []
    too_long, example = 0, ""
    for pair in pairs:
        with naming(pair.where):
            chosen = _write_side(pair.prompt, pair.chosen, tokenizer, template)
            rejected = _write_side(pair.prompt, pair.rejected, tokenizer, template)
        example = example or f"{chosen.mark()}\nand worse:\n\n{rejected.mark()}"
        sides = [sequence(one, tokenizer, context_tokens) for one in (chosen, rejected)]
        if sides[0] is None or sides[1] is None:
            too_long += 1
        else:
            encoded.append(EncodedPair(pair.origin, sides[0], sides[1]))
    return EncodedPairs(tuple(encoded), too_long, example)


def _write_side(
    prompt: Messages, side: Messages, tokenizer: "PreTrainedTokenizerBase", template: str
) -> Written:
    """Write a prompt with what follows; of the therapist's turns, those after it count."""
    written = write([*prompt, *side], tokenizer, template)
    before = sum(message["role"] == THERAPIST for message in prompt)
    return Written(written.text, written.turns[before:])
