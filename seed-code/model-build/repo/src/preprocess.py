"""Step 1: check the raw rows and split them into training, validation and test data.

Nothing is *learned* here. Imputation, scaling and encoding belong to the model (``train.py``) and are fitted on
the training rows only, so no information leaks from validation or test data, and serving takes raw rows.

    python src/preprocess.py --input data --output build/data
"""

import argparse
import json
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from baseline import constraints, statistics
from features import FEATURES, TARGET, as_features, read_rows, require_columns

VALIDATION_SHARE = 0.15
TEST_SHARE = 0.15
SAMPLE_ROWS = 5


def clean(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` reduced to features and target, without those whose target is unknown."""
    require_columns(rows, [*FEATURES, TARGET])
    known = rows[rows[TARGET].notna()]
    print(f"rows={len(rows)} without_target={len(rows) - len(known)}")
    features = as_features(known)
    empty = [column for column in FEATURES if features[column].isna().all()]
    if empty:
        raise ValueError(f"nothing to learn from: no value in {', '.join(empty)} where {TARGET} is known")
    return features.assign(**{TARGET: known[TARGET].astype("float64")})


def split(rows: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Split ``rows`` at random into ``train``, ``validation`` and ``test``: same rows and seed, same split."""
    rest, test = train_test_split(rows, test_size=TEST_SHARE, random_state=seed)
    train, validation = train_test_split(rest, test_size=VALIDATION_SHARE / (1 - TEST_SHARE), random_state=seed)
    return {"train": train, "validation": validation, "test": test}


def write_baseline(train: pd.DataFrame, folder: Path) -> None:
    """Describe the training rows: what monitoring compares live data with, and a few rows to try an endpoint with."""
    folder.mkdir(parents=True, exist_ok=True)
    features = train[FEATURES]
    (folder / "statistics.json").write_text(json.dumps(statistics(features), indent=2) + "\n")
    (folder / "constraints.json").write_text(json.dumps(constraints(features), indent=2) + "\n")
    complete = features.dropna().head(SAMPLE_ROWS)
    complete.to_json(folder / "sample.jsonl", orient="records", lines=True)


def main(arguments: list[str] | None = None) -> None:
    """Read ``--input``, write ``train/``, ``validation/``, ``test/`` and ``baseline/`` below ``--output``."""
    parser = argparse.ArgumentParser(description="Split the raw rows into training, validation and test data.")
    parser.add_argument("--input", type=Path, required=True, help="folder with the raw CSV files")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, default=42, help="seed of the random split")
    options = parser.parse_args(arguments)

    parts = split(clean(read_rows(options.input)), options.seed)
    for name, part in parts.items():
        folder = options.output / name
        folder.mkdir(parents=True, exist_ok=True)
        part.to_csv(folder / f"{name}.csv", index=False)
        print(f"{name}_rows={len(part)}")
    write_baseline(parts["train"], options.output / "baseline")


if __name__ == "__main__":
    main()
