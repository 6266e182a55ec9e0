"""The sample that ships with sqpsych: real PHQ-9 answers of adults, from NHANES 2017-2018.

The data are public (US Centers for Disease Control and Prevention) and were drawn so that every
severity is there; they say nothing about how common depression is.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from sqpsych.intake.building import build_profiles
from sqpsych.intake.codebook_file import read_codebook
from sqpsych.intake.reading import read_table
from sqpsych.records import ClientProfile

ANSWERS_FILE = "nhanes.csv"
CODEBOOK_FILE = "codebook.toml"
PUBLIC_KEY = b"sqpsych public key, NHANES only."


def find_sample_files() -> tuple[Traversable, Traversable]:
    """Give the sample's table of answers and its codebook, inside the package."""
    folder = resources.files("sqpsych.intake") / "samples"
    return folder / ANSWERS_FILE, folder / CODEBOOK_FILE


def build_nhanes_sample_profiles() -> tuple[ClientProfile, ...]:
    """Build the profiles of the shipped sample.

    The pseudonyms come from a fixed key that everybody can read here: the data are public, so there
    is no identity to protect, and the same people get the same pseudonyms everywhere. Never use
    that key for data of your own.

    Returns:
        About 400 people, all of them scored.
    """
    answers, codebook_file = find_sample_files()
    with resources.as_file(answers) as table_path, resources.as_file(codebook_file) as path:
        codebook = read_codebook(Path(path))
        table = read_table(Path(table_path), codebook)
    return build_profiles(table, codebook, PUBLIC_KEY).profiles
