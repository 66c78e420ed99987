"""Step 3: measure the model on the test rows, which no step before has used.

Writes ``evaluation.json`` in the shape that SageMaker shows in the model registry; the quality gate reads
``regression_metrics.rmse.value`` from it. Beside it, ``predictions.csv`` holds every test row's actual and predicted
value, to look at where the model is wrong. ``contract.json`` holds a few training rows and what this model answers to
them: an endpoint that serves the model has to give the same numbers. ``best_constant_predictor`` is the error of always
answering the mean of the training rows: a model that is not clearly below it has learned nothing.

    python src/evaluate.py --model build/model --train build/data/train --test build/data/test --output build/evaluation
"""

import argparse
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features import TARGET, as_features, read_rows
from inference import model_fn, predict_fn

RESAMPLES = 500
CONTRACT_ROWS = 5


def load_model(folder: Path) -> Any:
    """Load the model the way an endpoint does, from ``model.tar.gz`` in ``folder`` or from the unpacked files."""
    archive = folder / "model.tar.gz"
    if not archive.exists():
        return model_fn(str(folder))
    with tempfile.TemporaryDirectory() as unpacked:
        with tarfile.open(archive) as tar:
            unpack(tar, Path(unpacked).resolve())
        return model_fn(unpacked)


def unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Write an archive's files; names that leave the folder are refused (not every image has tarfile filters)."""
    for member in tar:
        target = (folder / member.name).resolve()
        if not target.is_relative_to(folder):
            raise ValueError(f"{member.name!r} leads out of the archive")
        if (content := tar.extractfile(member)) is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())


def regression_metrics(truth: np.ndarray, predicted: np.ndarray, seed: int) -> dict[str, dict[str, float]]:
    """Return each metric with its standard deviation over bootstrap resamples of the rows."""
    resamples = np.random.default_rng(seed).integers(0, len(truth), (RESAMPLES, len(truth)))
    values, spread = _metrics(truth, predicted), _metrics(truth[resamples], predicted[resamples])
    return {
        name: {"value": _rounded(values[name]), "standard_deviation": _rounded(np.std(spread[name]))} for name in values
    }


def _metrics(truth: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """Return the metrics along the last axis; the rows of a two-dimensional array are measured one by one."""
    error = predicted - truth
    mse = (error**2).mean(axis=-1)
    return {
        "rmse": np.sqrt(mse),
        "mae": np.abs(error).mean(axis=-1),
        "mse": mse,
        "r2": 1 - mse / truth.var(axis=-1),
    }


def _rounded(value: float | np.ndarray) -> float:
    return round(float(value), 3) + 0.0  # turns -0.0 into 0.0


def contract(train: pd.DataFrame, model: Any) -> dict[str, Any]:
    """Return complete training rows with the model's answers: what whoever deploys the model can hold it to."""
    rows = as_features(train).dropna().head(CONTRACT_ROWS)
    return {"instances": rows.to_dict(orient="records"), "predictions": predict_fn(rows, model)}


def main(arguments: list[str] | None = None) -> None:
    """Evaluate the model and write ``evaluation.json``, ``predictions.csv`` and ``contract.json`` to ``--output``."""
    parser = argparse.ArgumentParser(description="Measure the model on the test rows.")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tar.gz, or the unpacked model")
    parser.add_argument("--train", type=Path, required=True, help="folder with training rows, for the baseline")
    parser.add_argument("--test", type=Path, required=True, help="folder with test rows")
    parser.add_argument("--output", type=Path, required=True, help="folder to write the results to")
    parser.add_argument("--seed", type=int, default=42, help="seed of the bootstrap")
    options = parser.parse_args(arguments)

    train, test = read_rows(options.train), read_rows(options.test)
    truth = test[TARGET].to_numpy()
    model = load_model(options.model)
    predicted = np.array(predict_fn(as_features(test), model))
    constant = np.full(len(truth), train[TARGET].mean())
    report: dict[str, Any] = {
        "version": 0.0,
        "dataset": {"item_count": len(test)},
        "regression_metrics": regression_metrics(truth, predicted, options.seed),
        "best_constant_predictor": regression_metrics(truth, constant, options.seed),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "evaluation.json").write_text(json.dumps(report, indent=2, allow_nan=False) + "\n")
    promise = json.dumps(contract(train, model), indent=2, allow_nan=False)
    (options.output / "contract.json").write_text(promise + "\n")
    pairs = pd.DataFrame({"actual": truth, "predicted": predicted}).round(1)
    pairs.to_csv(options.output / "predictions.csv", index=False, lineterminator="\n")
    for name in ("regression_metrics", "best_constant_predictor"):
        print(name, " ".join(f"{metric}={values['value']}" for metric, values in report[name].items()))


if __name__ == "__main__":
    main()
