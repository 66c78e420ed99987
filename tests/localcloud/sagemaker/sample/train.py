"""The model is the mean."""

import argparse
import json
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--scale", type=float, default=1.0)
parser.add_argument("--seconds", type=float, default=0.0)
parser.add_argument("--explode", default="no")
arguments = parser.parse_args()
if arguments.explode == "yes":
    raise ValueError("exploded, as asked")
if arguments.explode == "file":
    (Path(os.environ["SM_OUTPUT_DIR"]) / "failure").write_text("told in the failure file")
    raise SystemExit(3)
print("waiting", flush=True)
time.sleep(arguments.seconds)

files = list(Path(os.environ["SM_CHANNEL_TRAIN"]).glob("*.csv"))
numbers = [float(line) for file in files for line in file.read_text().split()]
mean = sum(numbers) / len(numbers) * arguments.scale
(Path(os.environ["SM_MODEL_DIR"]) / "model.json").write_text(json.dumps({"mean": mean}))
(Path(os.environ["SM_OUTPUT_DATA_DIR"]) / "seen.json").write_text(json.dumps(numbers))
print("train_mean=1.0;")
print(f"train_mean={mean};")
