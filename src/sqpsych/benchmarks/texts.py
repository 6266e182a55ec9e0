"""Texts that a model was trained on: of a corpus, a dataset, or files; one after the other."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqpsych.benchmarks.overlap import WORDS, leave_words
from sqpsych.corpus import open_corpus
from sqpsych.corpus.run_directory import JOURNAL, MANIFEST
from sqpsych.errors import BenchmarkError

ENDINGS = (".txt", ".md", ".csv", ".tsv", ".jsonl", ".json", ".parquet")
"""Tables are read as text: marks between their cells are no words."""
OF_MODELS = (MANIFEST, "config.json")
"""Files of a folder of weights: what stands beside them is not what they were trained on."""
BLOCK_CHARACTERS = 1 << 20
ROWS_AT_ONCE = 64


def read_texts(path: Path) -> Iterator[str]:
    """Read the texts of a corpus, a dataset, a file, or a folder of files.

    A text is a finished dialogue of a corpus; a row of a dataset, in any of its splits, or of a
    Parquet file; a line of a file of JSON lines, with all the texts in it; an element of the list
    in a JSON file, or all of it; a block of a text file or table, which begins with the last words
    of the block before, so that words in a row are not torn apart.

    Args:
        path: a run directory, a folder that `sqpsych release` or `sqpsych pairs` wrote, a file that
            ends as `ENDINGS` say, or a folder with such files in it at any depth; see
            `list_unread` for the others in it.

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
        files = [one for one in _list_files(path) if one.suffix in ENDINGS]
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


def list_unread(path: Path) -> list[Path]:
    """List the files of a folder of files that `read_texts` does not read; of others none."""
    if (path / JOURNAL).exists() or list((path / "data").glob("*.parquet")):
        return []
    return [one for one in _list_files(path) if one.suffix not in ENDINGS]


def _list_files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


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
            f"{path} cannot be read: {error}. Make it again, or leave it out."
        ) from error


def _read_file(path: Path) -> Iterator[str]:
    try:
        match path.suffix:
            case ".parquet":
                yield from _read_split(path)
            case ".jsonl":
                yield from _read_lines(path)
            case ".json":
                yield from _read_json(path)
            case _:
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


def _read_json(path: Path) -> Iterator[str]:
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BenchmarkError(
            f"{path} is no JSON: {error}. Correct it; a file of one value a line is called .jsonl."
        ) from error
    for one in value if isinstance(value, list) else [value]:
        yield "\n".join(_find_strings(one))


def _read_blocks(path: Path) -> Iterator[str]:
    """Read a text of any length in blocks that overlap by one word less than are looked for."""
    last = torn = ""
    with path.open(encoding="utf-8-sig") as file:
        while block := file.read(BLOCK_CHARACTERS):
            whole = torn + block
            # A word may go on in the next block.
            cut = max(whole.rfind(" "), whole.rfind("\n")) + 1
            whole, torn = whole[:cut], whole[cut:]
            plain = f"{last} {leave_words(whole)}"
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
