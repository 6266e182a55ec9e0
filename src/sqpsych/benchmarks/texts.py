"""Texts that a model was trained on: of a corpus, a dataset, or files; one after the other."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.overlap import WORDS
from sqpsych.corpus import open_corpus
from sqpsych.corpus.run_directory import JOURNAL, MANIFEST
from sqpsych.errors import BenchmarkError
from sqpsych.wording import normalise

LINES_ENDING = ".jsonl"
ENDINGS = (".txt", LINES_ENDING)
OF_MODELS = (MANIFEST, "config.json")
"""Files of a folder of weights: what stands beside them is not what they were trained on."""
BLOCK_CHARACTERS = 1 << 20
ROWS_AT_ONCE = 64


def read_texts(path: Path) -> Iterator[str]:
    """Read the texts of a corpus, a dataset, a file, or a folder of files.

    A text is a finished dialogue of a corpus; a row of a dataset, in any of its splits; a line of a
    file of JSON lines, with all the texts in it; a block of a text file, which begins with the last
    words of the block before, so that words in a row are not torn apart.

    Args:
        path: a run directory, a folder that `sqpsych release` or `sqpsych pairs` wrote, a .txt or
            .jsonl file, or a folder with such files in it at any depth.

    Raises:
        BenchmarkError: it is none of these; or, as the texts are read, a file cannot be.
        CorpusError: the corpus cannot be read.
    """
    if (path / JOURNAL).exists():
        return _read_corpus(path)
    if splits := sorted((path / "data").glob("*.parquet")):
        return chain.from_iterable(map(_read_split, splits))
    if any((path / name).exists() for name in OF_MODELS):
        raise BenchmarkError(
            f"{path} is a model, it seems. Give the corpus, dataset or files it was trained on."
        )
    if path.is_dir():
        files = sorted(one for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file())
        if not files:
            raise BenchmarkError(
                f"{path} is no run directory and no dataset, and holds no file that ends in "
                f"{', '.join(ENDINGS)}. Give what the model was trained on."
            )
        return chain.from_iterable(_read_file(file) for file in files)
    if not path.exists():
        raise BenchmarkError(f"{path} is not there. Give what the model was trained on.")
    if path.suffix not in ENDINGS:
        raise BenchmarkError(
            f"{path} ends in {path.suffix!r}; expected {', '.join(ENDINGS)}. Give it as one of "
            "these, or a run directory, or a dataset."
        )
    return _read_file(path)


def _read_corpus(path: Path) -> Iterator[str]:
    with open_corpus(path) as corpus:
        for dialogue in corpus.read_dialogues():
            yield "\n".join(turn.text for turn in dialogue.turns)


def _read_split(path: Path) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield "\n".join(_find_strings(row))
    except (OSError, pa.ArrowException) as error:
        raise BenchmarkError(
            f"{path} cannot be read: {error}. Release the dataset again."
        ) from error


def _read_file(path: Path) -> Iterator[str]:
    try:
        if path.suffix == LINES_ENDING:
            yield from _read_lines(path)
        else:
            yield from _read_blocks(path)
    except OSError as error:
        raise BenchmarkError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BenchmarkError(
            f"{path} is no text in UTF-8 (byte {error.start} of a block). Save it as UTF-8."
        ) from error


def _read_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield "\n".join(_find_strings(json.loads(line)))
            except (json.JSONDecodeError, RecursionError) as error:
                raise BenchmarkError(
                    f"{path} line {number} is no JSON: {error}. Write one value a line."
                ) from error


def _read_blocks(path: Path) -> Iterator[str]:
    """Read a text of any length in blocks that overlap by one word less than are looked for."""
    last = torn = ""
    with path.open(encoding="utf-8-sig") as file:
        while block := file.read(BLOCK_CHARACTERS):
            whole = torn + block
            # A word may go on in the next block.
            cut = max(whole.rfind(" "), whole.rfind("\n")) + 1
            whole, torn = whole[:cut], whole[cut:]
            plain = f"{last} {normalise(whole)}"
            yield plain
            last = " ".join(plain.split()[1 - WORDS :])
    yield f"{last} {torn}"


def _find_strings(value: Any) -> Iterator[str]:
    """Find all texts in a JSON value, at any depth, in order; names of keys are none."""
    match value:
        case str():
            yield value
        case dict():
            yield from chain.from_iterable(map(_find_strings, value.values()))
        case list():
            yield from chain.from_iterable(map(_find_strings, value))
