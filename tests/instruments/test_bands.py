"""Every band boundary, as published."""

import pytest

from sqpsych.instruments import list_instruments, load_instrument
from sqpsych.instruments.scoring import find_band
from sqpsych.records import Instrument, Scale

PUBLISHED = {
    # Kroenke, Spitzer & Williams 2001, J Gen Intern Med 16:606
    "phq9": [
        ("minimal", 0, 4),
        ("mild", 5, 9),
        ("moderate", 10, 14),
        ("moderately severe", 15, 19),
        ("severe", 20, 27),
    ],
    # Kroenke et al. 2009, J Affect Disord 114:163
    "phq8": [
        ("no significant symptoms", 0, 4),
        ("mild", 5, 9),
        ("moderate", 10, 14),
        ("moderately severe", 15, 19),
        ("severe", 20, 24),
    ],
    # Spitzer et al. 2006, Arch Intern Med 166:1092
    "gad7": [("minimal", 0, 4), ("mild", 5, 9), ("moderate", 10, 14), ("severe", 15, 21)],
    # Zimmerman et al. 2013, J Affect Disord 150:384
    "hamd17": [
        ("no depression", 0, 7),
        ("mild", 8, 16),
        ("moderate", 17, 23),
        ("severe", 24, 52),
    ],
    # Matza et al. 2010, Int J Methods Psychiatr Res 19:223
    "hama14": [("no or minimal", 0, 7), ("mild", 8, 14), ("moderate", 15, 23), ("severe", 24, 56)],
    # Beck & Steer 1993, BDI Manual (BDI-IA)
    "bdi21": [("minimal", 0, 9), ("mild", 10, 16), ("moderate", 17, 29), ("severe", 30, 63)],
}


def find_total(instrument: Instrument) -> Scale:
    return next(scale for scale in instrument.scales if scale.id == "total")


def test_published_table_for_every_instrument() -> None:
    assert {instrument.id for instrument in list_instruments()} == PUBLISHED.keys()


@pytest.mark.parametrize(
    ("name", "label", "low", "high"),
    [(name, *band) for name, bands in PUBLISHED.items() for band in bands],
)
def test_both_ends_of_a_band_fall_in_it(name: str, label: str, low: int, high: int) -> None:
    total = find_total(load_instrument(name))
    assert find_band(total, low) == label
    assert find_band(total, high) == label
    assert find_band(total, low - 1) != label
    assert find_band(total, high + 1) != label


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_score_falls_outside_the_bands_and_none_is_out_of_range(name: str) -> None:
    total = find_total(load_instrument(name))
    highest = PUBLISHED[name][-1][2]
    assert all(find_band(total, score) for score in range(highest + 1))
    assert find_band(total, -1) is None
    assert find_band(total, highest + 1) is None


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_band_names_its_publication(name: str) -> None:
    for band in find_total(load_instrument(name)).bands:
        assert any(year in band.source for year in ("1993", "2001", "2006", "2009", "2010", "2013"))
