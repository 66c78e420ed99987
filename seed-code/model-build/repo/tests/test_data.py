"""The data is what data/README.md says it is."""

from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "data" / "penguins.csv"


def test_every_penguin_is_there():
    rows = pd.read_csv(DATA)

    assert len(rows) == 344
    assert rows["species"].value_counts().to_dict() == {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}
    assert set(rows["island"]) == {"Biscoe", "Dream", "Torgersen"}
    assert (rows["year"].min(), rows["year"].max()) == (2007, 2009)


def test_missing_values_are_those_of_the_publication():
    missing = pd.read_csv(DATA).isna().sum()

    assert missing[missing > 0].to_dict() == {
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
    }
