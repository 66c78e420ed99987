"""Split a column of numbers into train and test."""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--input", type=Path, required=True)
parser.add_argument("--output", type=Path, required=True)
parser.add_argument("--offset", type=int, default=0)
arguments = parser.parse_args()

numbers = [float(line) + arguments.offset for line in (arguments.input / "numbers.csv").read_text().split()]
print(f"{len(numbers)} numbers, mode {os.environ['MODE']}, work folder {os.environ['WORK_FOLDER']}")
for name, part in (("train", numbers[::2]), ("test", numbers[1::2])):
    folder = arguments.output / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text("\n".join(str(number) for number in part))
