"""Helpers of the tests."""

from pathlib import Path
from types import SimpleNamespace

import evaluate
import preprocess
import train

ROOT = Path(__file__).resolve().parent.parent


def run_steps(folder: Path, *train_arguments: str) -> SimpleNamespace:
    """Run the three steps as the pipeline does, below ``folder``."""
    data, model, evaluation = folder / "data", folder / "model", folder / "evaluation"
    preprocess.main(["--input", str(ROOT / "data"), "--output", str(data)])
    channels = ["--train", str(data / "train"), "--validation", str(data / "validation")]
    train.main([*channels, "--model-dir", str(model), *train_arguments])
    parts = ["--train", str(data / "train"), "--test", str(data / "test")]
    evaluate.main(["--model", str(model), *parts, "--output", str(evaluation)])
    return SimpleNamespace(data=data, model=model, evaluation=evaluation / "evaluation.json")
