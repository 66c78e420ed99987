"""Serving: the functions that the SageMaker scikit-learn container calls for each request.

A request holds raw rows, missing values included, as one of

* ``text/csv``: values in the order of ``features.FEATURES``; a header line with those names may come first
* ``application/jsonlines``: one JSON object per line
* ``application/json``: ``{"instances": [{...}, ...]}``, a list of objects, or one object
"""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from features import FEATURES, as_features

JSON_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonlines+json")


def model_fn(model_dir: str) -> Any:
    """Load the fitted pipeline that ``train.py`` saved in ``model_dir``."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Turn a request into the model's input, one row per instance; ``ValueError`` says what is wrong with it."""
    text = body.decode("utf-8") if isinstance(body, bytes | bytearray) else body
    kind = _media_type(content_type)
    if kind == "text/csv":
        return as_features(_read_csv(text))
    if kind in JSON_LINES:
        return as_features(pd.DataFrame([json.loads(line) for line in text.splitlines() if line.strip()]))
    if kind == "application/json":
        return as_features(pd.DataFrame(_instances(json.loads(text))))
    raise ValueError(
        f"content type {content_type!r} is not supported; send text/csv, application/jsonlines or application/json"
    )


def predict_fn(rows: pd.DataFrame, model: Any) -> list[float]:
    """Return the predicted body mass of each row, in grams."""
    return [float(value) for value in model.predict(rows)]


def output_fn(prediction: Sequence[float], accept: str) -> tuple[str, str]:
    """Write the answer in the format the caller accepts; JSON unless another supported one is asked for."""
    kinds = [_media_type(part) for part in accept.split(",")]
    for kind in kinds:
        if kind == "text/csv":
            return "".join(f"{value}\n" for value in prediction), kind
        if kind in JSON_LINES:
            return "".join(json.dumps({"prediction": value}) + "\n" for value in prediction), kind
        if kind in ("application/json", "*/*", "application/*", ""):
            return json.dumps({"predictions": list(prediction)}), "application/json"
    raise ValueError(f"cannot answer as {accept!r}; accept text/csv, application/jsonlines or application/json")


def _media_type(value: str) -> str:
    return value.split(";")[0].strip().lower()


def _read_csv(text: str) -> pd.DataFrame:
    first = text.lstrip().split("\n", 1)[0].strip().replace('"', "").split(",")
    if set(FEATURES) <= set(first):
        return pd.read_csv(io.StringIO(text))
    if len(first) != len(FEATURES):
        raise ValueError(f"a CSV row has {len(first)} values; the model takes {len(FEATURES)}: {', '.join(FEATURES)}")
    return pd.read_csv(io.StringIO(text), header=None, names=FEATURES)


def _instances(payload: Any) -> list[Any]:
    if isinstance(payload, dict):
        payload = payload.get("instances", [payload])
    if not isinstance(payload, list) or not all(isinstance(row, dict) for row in payload):
        raise ValueError('JSON must be an object per row, a list of them, or {"instances": [...]}')
    return payload
