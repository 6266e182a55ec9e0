"""Intake: answers of people become client profiles, and who they are stays outside.

A codebook says what the columns of a table mean; the table is read as text, checked cell by cell,
and every problem is told by row before anything is written.
"""

from sqpsych.intake.building import IntakeReport, LeftOut, build_profiles
from sqpsych.intake.codebook import Codebook
from sqpsych.intake.codebook_file import read_codebook
from sqpsych.intake.nhanes import build_nhanes_sample_profiles
from sqpsych.intake.profile_files import read_profiles, write_profiles
from sqpsych.intake.pseudonyms import load_key, pseudonymise
from sqpsych.intake.reading import list_columns, read_table

__all__ = [
    "Codebook",
    "IntakeReport",
    "LeftOut",
    "build_nhanes_sample_profiles",
    "build_profiles",
    "list_columns",
    "load_key",
    "pseudonymise",
    "read_codebook",
    "read_profiles",
    "read_table",
    "write_profiles",
]
