"""Results as JSON files that are whole or not there."""

import json
from collections.abc import Mapping
from pathlib import Path

from sqpsych.errors import BenchmarkError
from sqpsych.whole_files import write_file


def write_record(path: Path, record: Mapping[str, object]) -> None:
    """Write a JSON file in one step, in place of one that stands there.

    Half a character, which a model may write and UTF-8 cannot hold, becomes a question mark.

    Raises:
        BenchmarkError: it cannot be written.
    """
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    try:
        write_file(path, text, errors="replace")
    except OSError as error:
        raise BenchmarkError(
            f"{path} cannot be written: {error.strerror}. Make that possible, or give another "
            "file; what was judged is kept."
        ) from error
