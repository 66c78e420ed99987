"""Mean absolute error on the test part."""

import argparse
import json
import tarfile
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--model", type=Path, required=True)
parser.add_argument("--test", type=Path, required=True)
parser.add_argument("--output", type=Path, required=True)
arguments = parser.parse_args()

with tarfile.open(arguments.model / "model.tar.gz") as archive:
    member = archive.extractfile("model.json")
    if member is None:
        raise ValueError("the archive has no model.json")
    mean = json.load(member)["mean"]
numbers = [float(line) for line in (arguments.test / "test.csv").read_text().split()]
error = sum(abs(number - mean) for number in numbers) / len(numbers)
arguments.output.mkdir(parents=True, exist_ok=True)
(arguments.output / "evaluation.json").write_text(json.dumps({"metrics": {"mae": {"value": error}}}))
