"""The instruments that ship with sqpsych, one YAML file each, and loading one's own."""

import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from sqpsych.errors import InstrumentError
from sqpsych.instruments.definitions import read_definition
from sqpsych.records import Instrument

CATALOGUE = Path(__file__).parent / "catalog"
FILE_ENDINGS = (".yaml", ".yml")


def list_instruments() -> tuple[Instrument, ...]:
    """Load every instrument of the catalogue, sorted by id.

    Raises:
        InstrumentError: a definition in the catalogue is faulty.
    """
    return tuple(load_catalogued(instrument_id) for instrument_id in list_ids())


def load_instrument(name: str | Path) -> Instrument:
    """Load one instrument, of the catalogue or of one's own.

    Args:
        name: id in the catalogue ("phq9"), or the path of a YAML file: a `Path`, or a text that
            ends in .yaml or .yml or holds a slash.
    Raises:
        InstrumentError: no such id (the nearest one is suggested), or a file that is missing or
            faulty; the message names the line.
    """
    if isinstance(name, Path) or name.lower().endswith(FILE_ENDINGS) or "/" in name:
        return read_definition(Path(name))
    if name not in list_ids():
        raise InstrumentError(describe_unknown(name))
    return load_catalogued(name)


def list_ids() -> tuple[str, ...]:
    """Ids of the catalogue, which are the names of its files, sorted."""
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.yaml")))


@cache
def load_catalogued(instrument_id: str) -> Instrument:
    """Read one definition of the catalogue, once in a process.

    Raises:
        InstrumentError: the definition is faulty, or its id is not the name of its file.
    """
    path = CATALOGUE / f"{instrument_id}.yaml"
    instrument = read_definition(path)
    if instrument.id != instrument_id:
        raise InstrumentError(
            f"{path}: id: found {instrument.id!r}; expected the file's name, {instrument_id!r}. "
            "Rename the one or the other."
        )
    return instrument


def describe_unknown(name: str) -> str:
    """Say that a name is not in the catalogue, what it may have meant, and what there is."""
    known = list_ids()
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    nearest = get_close_matches(plain, known, n=1)
    meant = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return (
        f"No instrument is called {name!r}.{meant} Known: {', '.join(known)}. "
        "For one of your own, give the path of its YAML file."
    )
