"""The formats that the model-build repository serves: rows to a request, an answer to predictions.

Change these four pairs together with ``src/inference.py`` of the model-build repository.
"""

import csv
import io
import json
from typing import Any

from deploy.errors import DeployError

Rows = list[dict[str, Any]]
KNOWN = ("application/json", "application/jsonlines", "text/csv")


def request(rows: Rows, content_type: str) -> bytes:
    """Write rows as a request of one of ``KNOWN``."""
    if content_type == "application/json":
        return json.dumps({"instances": rows}).encode()
    if content_type == "application/jsonlines":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    if content_type == "text/csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(rows[0])  # the names: the order of columns is then no matter
        writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
        return text.getvalue().encode()
    raise DeployError(f"deploy/formats.py cannot write {content_type}")


def predictions(body: bytes, accept: str) -> list[Any]:
    """Read the predictions of an answer; raises DeployError when it is none."""
    try:
        text = body.decode("utf-8")
        if accept == "application/json":
            found = json.loads(text)["predictions"]
        elif accept == "application/jsonlines":
            found = [json.loads(line)["prediction"] for line in text.splitlines() if line.strip()]
        elif accept == "text/csv":
            found = [_value(line) for line in text.splitlines() if line.strip()]
        else:
            raise DeployError(f"deploy/formats.py cannot read {accept}")
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(f"the answer is no {accept} with predictions: {body[:300]!r}") from error
    if not isinstance(found, list):
        raise DeployError(f"the predictions are no list: {body[:300]!r}")
    return found


def _value(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
