"""Smoke test and contract test of what is deployed, with rows from the model's own training data.

Smoke: it answers, one finite prediction per row. Contract: in every format that the package promises, always with
the same numbers, and with the numbers that the trained model itself gave when it was evaluated.
"""

import json
import math
from collections.abc import Callable
from typing import Any

from deploy import formats
from deploy.ask import Model
from deploy.errors import DeployError
from deploy.package import Package
from deploy.promotion import fetch

TOLERANCE = 1e-6  # relative: formats write numbers with fewer or more digits


def check(model: Model, package: Package, s3: Any, say: Callable[[str], None] = print) -> None:
    """Ask the model in every format; raises DeployError at the first answer that is not right."""
    rows, expected = questions(package, s3)
    if not rows:
        raise DeployError(f"{package.contract or package.sample} has no rows: nothing would be tested.")
    promised = [kind for kind in formats.KNOWN if kind in package.content_types and kind in package.response_types]
    if not promised:
        offered = ", ".join(package.content_types) or "nothing"
        raise DeployError(f"{package.arn} offers {offered}: deploy/formats.py knows none of it. Extend it.")
    # A transform job takes minutes: one format is enough there.
    for kind in promised if model.kind != "batch" else promised[-1:]:
        answers = formats.predictions(model.ask(formats.request(rows, kind), kind, kind), kind)
        smoke(answers, rows, kind)
        if expected is None:
            expected = answers
        else:
            agree(answers, expected, kind)
        say(f"{kind}: {len(answers)} rows answered: {answers}")
    if package.contract is None:
        say("The package has no CustomerMetadataProperties.contract: formats were compared only.")


def questions(package: Package, s3: Any) -> tuple[formats.Rows, list[Any] | None]:
    """Rows to ask with, and what the trained model says about them if the package tells."""
    try:
        if package.contract is not None:
            contract = json.loads(fetch(s3, package.contract))
            return contract["instances"], contract["predictions"]
        if package.sample is not None:
            lines = fetch(s3, package.sample).decode("utf-8").splitlines()
            return [json.loads(line) for line in lines if line.strip()], None
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(f"{package.contract or package.sample} is no file of rows to ask with: {error!r}") from error
    raise DeployError(
        f"{package.arn} names no sample to ask with: register it with CustomerMetadataProperties.contract or "
        ".sample, the S3 address of a file with rows."
    )


def smoke(answers: list[Any], rows: formats.Rows, kind: str) -> None:
    """One usable prediction per row."""
    if len(answers) != len(rows):
        raise DeployError(f"{kind}: {len(rows)} rows were sent and {len(answers)} predictions came back: {answers}")
    for answer in answers:
        if answer is None or (isinstance(answer, float) and not math.isfinite(answer)):
            raise DeployError(f"{kind}: {answer} is no prediction; all of them: {answers}")


def agree(answers: list[Any], expected: list[Any], kind: str) -> None:
    """The same predictions, but for rounding."""
    for index, (found, wanted) in enumerate(zip(answers, expected, strict=True)):
        numbers = isinstance(found, int | float) and isinstance(wanted, int | float)
        if not (math.isclose(found, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE) if numbers else found == wanted):
            raise DeployError(f"{kind}: row {index} is answered with {found}, the trained model says {wanted}")
