"""The columns of the data: what the model sees, what it predicts.

Everything that reads rows (preprocessing, training, evaluation, serving) goes through ``as_features``, so a row means
the same in training as in production. Change the columns here when you bring your own data.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

NUMERIC = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
CATEGORICAL = ["species", "island", "sex"]
FEATURES = [*NUMERIC, *CATEGORICAL]
TARGET = "body_mass_g"  # grams


def require_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise ``ValueError`` that names every one of ``columns`` that ``frame`` lacks."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"missing column(s) {', '.join(missing)}; found {', '.join(map(str, frame.columns))}")


def as_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the model's input: the columns ``FEATURES``, in that order, with one dtype each.

    Numeric columns become float64 and categorical ones object; whatever was missing is NaN. Other columns are dropped.
    Raises ``ValueError`` when a column is missing or a numeric column holds text.
    """
    require_columns(frame, FEATURES)
    features = pd.DataFrame(index=frame.index)
    for column in NUMERIC:
        try:
            features[column] = pd.to_numeric(frame[column]).astype("float64")
        except (ValueError, TypeError) as error:
            raise ValueError(f"column {column} must be numeric: {error}") from error
    for column in CATEGORICAL:
        # object, not pandas' string type: that one differs between pandas 2 and 3.
        values = frame[column].astype(object)
        features[column] = values.where(values.notna(), np.nan)
    return features


def read_rows(folder: Path) -> pd.DataFrame:
    """Read every CSV file directly in ``folder``, in the order of their names, as one table.

    Raises ``FileNotFoundError`` when there is none.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise FileNotFoundError(f"no .csv file in {folder}")
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
