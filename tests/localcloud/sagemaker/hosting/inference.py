"""Serving code for the tests: answers twice each number; asked for more with words that begin with '!'."""

import json
import os
import sys
import time
from pathlib import Path


def model_fn(model_dir):
    print(f"loading with {os.environ['AWS_ACCESS_KEY_ID']}")
    factor = json.loads((Path(model_dir) / "model.json").read_text())
    if factor is None:
        raise RuntimeError("this model cannot be loaded")
    return factor


def input_fn(body, content_type):
    if content_type != "text/csv":
        raise ValueError(f"cannot read {content_type}")
    return body


def predict_fn(text, model):
    if text.startswith("!sleep"):
        time.sleep(float(text.split()[1]))
        return [0.0]
    if text.startswith("!die"):
        os._exit(3)
    if text.startswith("!where"):
        return [os.environ["HOME"]]
    if model == "broken":
        raise RuntimeError("this model always fails")
    print("predicting", file=sys.stderr)
    return [float(value) * model for value in text.strip().split(",")]


def output_fn(prediction, accept):
    if accept == "text/csv":
        return ",".join(map(str, prediction)), accept
    return json.dumps({"predictions": prediction}), "application/json"
