"""Compare the estimators on many random splits: one split of 344 rows says little.

python experiments/compare_models.py --splits 20
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from features import TARGET, as_features, read_rows  # noqa: E402
from preprocess import clean, split  # noqa: E402
from train import ESTIMATORS, build_model, rmse  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Print the RMSE on the test rows, in grams, as a Markdown table."""
    parser = argparse.ArgumentParser(description="Compare the estimators on many random splits.")
    parser.add_argument("--input", type=Path, default=ROOT / "data")
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args(arguments)

    rows = clean(read_rows(options.input))
    errors: dict[str, list[float]] = {name: [] for name in [*ESTIMATORS, "mean of the training rows"]}
    for seed in range(options.splits):
        parts = split(rows, seed)
        train, test = parts["train"], parts["test"]
        for name in ESTIMATORS:
            model = build_model(name, seed).fit(as_features(train), train[TARGET])
            errors[name].append(rmse(model, test))
        errors["mean of the training rows"].append(float(np.sqrt(((test[TARGET] - train[TARGET].mean()) ** 2).mean())))

    print(f"| model | mean RMSE of {options.splits} splits | lowest | highest |\n|---|---|---|---|")
    for name, values in errors.items():
        print(f"| {name} | {np.mean(values):.0f} g | {min(values):.0f} g | {max(values):.0f} g |")


if __name__ == "__main__":
    main()
