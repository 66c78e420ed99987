"""Step 2: fit the model on the training rows.

The saved model is one scikit-learn pipeline that takes raw rows: it imputes, scales and encodes on its own.
In SageMaker the folders come from the ``SM_*`` variables of the container, elsewhere from arguments:

    python src/train.py --train build/data/train --validation build/data/validation --model-dir build/model
"""

import argparse
import json
import os
import shutil
from pathlib import Path

import joblib
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from features import CATEGORICAL, FEATURES, NUMERIC, TARGET, as_features, read_rows

ESTIMATORS = {
    "ridge": lambda seed: Ridge(alpha=1.0, random_state=seed),
    "gradient-boosting": lambda seed: HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=200, max_leaf_nodes=8, random_state=seed
    ),
}
SERVING_CODE = ["inference.py", "features.py"]


def build_model(estimator: str, seed: int) -> Pipeline:
    """Return the unfitted pipeline around one of ``ESTIMATORS``."""
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categorical = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = ColumnTransformer([("numeric", numeric, NUMERIC), ("categorical", categorical, CATEGORICAL)])
    return Pipeline([("columns", columns), ("estimator", ESTIMATORS[estimator](seed))])


def rmse(model: Pipeline, rows: pd.DataFrame) -> float:
    """Return the root mean squared error of ``model`` on ``rows``, in grams."""
    return float(root_mean_squared_error(rows[TARGET], model.predict(as_features(rows))))


def save(model: Pipeline, folder: Path, facts: dict[str, object]) -> None:
    """Write what SageMaker packs into model.tar.gz: the model, the code that serves it, and how it came to be.

    joblib is a pickle, and unpickling runs code. The safer formats (skops, ONNX) are not in the scikit-learn image, and
    installing them when an endpoint starts would make serving depend on a package index. The file is only ever loaded
    from this project's own encrypted bucket, where only this project's roles may write. It holds scikit-learn objects
    only, none of this repository's, so it can be moved to skops later without retraining: ``skops.io.dump``.
    """
    (folder / "code").mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    (folder / "training.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    for name in SERVING_CODE:
        shutil.copyfile(Path(__file__).with_name(name), folder / "code" / name)


def main(arguments: list[str] | None = None) -> None:
    """Fit, report the errors that ``MetricDefinitions`` of the training job pick up, and save the model."""
    folder = os.environ.get
    parser = argparse.ArgumentParser(description="Fit the model on the training rows.")
    parser.add_argument("--train", type=Path, default=folder("SM_CHANNEL_TRAIN"), help="folder with training rows")
    parser.add_argument("--validation", type=Path, default=folder("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--model-dir", type=Path, default=folder("SM_MODEL_DIR"), help="folder to write the model to")
    parser.add_argument("--estimator", choices=sorted(ESTIMATORS), default="ridge")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args(arguments)
    for name in ("train", "validation", "model_dir"):
        if getattr(options, name) is None:
            parser.error(f"--{name.replace('_', '-')} is needed outside a SageMaker training container")

    train, validation = read_rows(options.train), read_rows(options.validation)
    model = build_model(options.estimator, options.seed).fit(as_features(train), train[TARGET])
    errors = {"train": rmse(model, train), "validation": rmse(model, validation)}
    for name, value in errors.items():
        print(f"{name}:rmse={value:.3f}")
    save(
        model,
        options.model_dir,
        {
            "estimator": options.estimator,
            "features": FEATURES,
            "target": TARGET,
            "seed": options.seed,
            "rmse": {name: round(value, 3) for name, value in errors.items()},
            "rows": {"train": len(train), "validation": len(validation)},
            "scikit_learn": sklearn.__version__,
        },
    )


if __name__ == "__main__":
    main()
