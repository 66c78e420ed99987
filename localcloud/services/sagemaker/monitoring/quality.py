"""Captured data against a baseline: statistics, and violations of constraints.

Schemas: the SageMaker developer guide's pages *Schema for Statistics*, *Schema for Constraints* and *Schema for
Violations* (``constraint_violations.json``). The checks are those that need no sketches of the distribution: data
type, completeness, missing and extra columns, categories, and the sign of numbers.
"""

import csv
import io
import json
import math
from collections.abc import Iterable
from typing import Any

Row = dict[str, str | float | bool | None]
_FULL = 1.0


class UnreadableError(Exception):
    """The captured data cannot be compared; the message says why."""


def rows(lines: Iterable[str], columns: list[str]) -> list[Row]:
    """The inputs that were captured, one row per instance.

    Args:
        lines: of the ``.jsonl`` files.
        columns: names of a CSV's columns, when it has no header.

    Raises:
        UnreadableError: the data is neither CSV nor JSON, as far as SageMaker's container reads it.

    """
    found: list[Row] = []
    for line in lines:
        given = json.loads(line)["captureData"].get("endpointInput")
        if given is None:
            raise UnreadableError("Error: the captured data has no input: capture it with CaptureMode Input")
        if given["encoding"] == "CSV":
            found += _of_csv(given["data"], columns)
        elif given["encoding"] == "JSON":
            found += _of_json(given["data"])
        else:
            raise UnreadableError(
                "Error: Encoding mismatch: Encoding is BASE64 for endpointInput. Name its content type in "
                "CaptureContentTypeHeader, so that it is captured as CSV or JSON."
            )
    return found


def statistics(data: list[Row], columns: list[str]) -> dict[str, Any]:
    """``statistics.json`` of the data, without sketches."""
    return {
        "version": 0.0,
        "dataset": {"item_count": len(data)},
        "features": [_summary(column, [row.get(column) for row in data]) for column in columns],
    }


def violations(data: list[Row], constraints: dict[str, Any]) -> list[dict[str, str]]:
    """The ``violations`` of ``constraint_violations.json``: what the data does against the constraints."""
    found: list[dict[str, str]] = []
    known = [feature["name"] for feature in constraints["features"]]
    present = list(dict.fromkeys(name for row in data for name in row))
    if missing := [name for name in known if name not in present]:
        text = f"There are missing columns in current dataset: {', '.join(missing)}."
        found += [_violation(name, "missing_column_check", text) for name in missing]
    for name in present:
        if name not in known:
            text = f"There are extra columns in current dataset: {name} is not in the baseline."
            found.append(_violation(name, "extra_column_check", text))
    for feature in constraints["features"]:
        if feature["name"] in present:
            found += _of_feature(feature, [row.get(feature["name"]) for row in data])
    return found


def _of_feature(feature: dict[str, Any], values: list[Any]) -> list[dict[str, str]]:
    name, found = feature["name"], []
    given = [value for value in values if not _is_missing(value)]
    expected = float(feature.get("completeness", _FULL))
    if (share := len(given) / len(values)) < expected:
        text = f"Completeness requirement is not met. Expected: {expected:.2%}. Observed: {share:.2%}."
        found.append(_violation(name, "completeness_check", text))
    kind = feature.get("inferred_type", "Unknown")
    matching = [value for value in given if kind in ("String", "Unknown") or _number(value) is not None]
    if given and len(matching) < len(given):
        text = (
            f"Data type match requirement is not met. Expected data type: {kind}, Expected match: 100.0%. "
            f"Observed: Only {len(matching) / len(given):.2%} of data is {kind}."
        )
        found.append(_violation(name, "data_type_check", text))
    if feature.get("num_constraints", {}).get("is_non_negative"):
        below = [value for value in matching if (number := _number(value)) is not None and number < 0]
        if below:
            text = f"Non-negative requirement is not met: {len(below)} of {len(matching)} values are negative."
            found.append(_violation(name, "non_negative_check", text))
    domains = feature.get("string_constraints", {}).get("domains")
    if domains is not None and given:
        strangers = sorted({str(value) for value in given} - set(domains))
        if strangers:
            share = sum(str(value) in domains for value in given) / len(given)
            text = f"Value requirement is not met. Expected match: 100.0%. Observed: {share:.2%}; unknown: "
            found.append(_violation(name, "categorical_values_check", text + ", ".join(strangers[:10]) + "."))
    return found


def _violation(feature: str, check: str, description: str) -> dict[str, str]:
    return {"feature_name": feature, "constraint_check_type": check, "description": description}


def _summary(name: str, values: list[Any]) -> dict[str, Any]:
    given = [value for value in values if not _is_missing(value)]
    common = {"num_present": len(given), "num_missing": len(values) - len(given)}
    numbers = [number for value in given if (number := _number(value)) is not None]
    if given and len(numbers) == len(given):
        mean = sum(numbers) / len(numbers)
        deviation = math.sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))
        summary = {
            "common": common,
            "mean": mean,
            "sum": sum(numbers),
            "std_dev": deviation,
            "min": min(numbers),
            "max": max(numbers),
        }
        return {"name": name, "inferred_type": "Fractional", "numerical_statistics": summary}
    texts = [str(value) for value in given]
    summary = {"common": common, "distinct_count": float(len(set(texts)))}
    return {"name": name, "inferred_type": "String", "string_statistics": summary}


def _of_csv(text: str, columns: list[str]) -> list[Row]:
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    if lines and set(lines[0]) <= set(columns) and len(lines[0]) > 1:
        names, lines = lines[0], lines[1:]
    else:
        names = columns
    # More values than names are columns of their own, as SageMaker counts them.
    return [
        {names[index] if index < len(names) else f"_c{index}": value for index, value in enumerate(line)}
        for line in lines
    ]


def _of_json(text: str) -> list[Row]:
    try:
        items = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        items = [json.loads(text)]
    found: list[Row] = []
    for item in items:
        for row in item if isinstance(item, list) else [item]:
            if not isinstance(row, dict):
                raise UnreadableError("Error: the captured JSON is no object per instance")
            if any(isinstance(value, dict | list) for value in row.values()):
                raise UnreadableError(
                    "Error: the captured JSON is nested: send one flat object per line, or one as a whole"
                )
            found.append(row)
    return found


def _is_missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
