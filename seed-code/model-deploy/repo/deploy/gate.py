"""What is looked at once more before an environment changes.

Between the choice and production lies a person's decision, which may have taken days.
"""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from deploy import records
from deploy.context import Context
from deploy.deployment import Choice
from deploy.errors import DeployError
from deploy.package import Package
from deploy.promotion import digest

Json = dict[str, Any]


def check(context: Context, choice: Choice, sagemaker: Any, s3: Any) -> None:
    """Refuse what is no longer approved, what staging does not run, and files that are not those that were chosen.

    Raises:
        DeployError: it must not be deployed; the message says why.

    """
    for package in [choice.package, *([choice.shadow] if choice.shadow else [])]:
        status = approval(sagemaker, package.arn)
        if status != "Approved":
            raise DeployError(
                f"Version {package.version} was approved when this execution began, and is {status} now: {package.arn}"
            )
        _unchanged(package, s3)
    if context.environment == "prod":
        _staged(context, choice.package, s3)


def approval(sagemaker: Any, arn: str) -> str:
    """Status of a model package now; a word for one that was deleted."""
    try:
        return str(sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"])
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound"):
            return "deleted"
        raise


def _staged(context: Context, package: Package, s3: Any) -> None:
    """Production gets what staging runs and has tested, or keeps what it has."""
    own = records.live(context, s3)
    if own is not None and own["package"] == package.arn:
        return
    staging = records.live(context, s3, "staging")
    runs = staging["package"] if staging else "nothing"
    if staging is None or runs != package.arn:
        raise DeployError(
            f"Staging runs {runs}, not {package.arn}: another execution has deployed there "
            "meanwhile. Decide about that one."
        )
    if staging["current"] not in staging["verified"]:
        raise DeployError(f"Staging runs {package.arn}, which has not passed its tests there.")
    if staging["packages"][staging["current"]]["sha256"] != package.sha256:
        raise DeployError(f"Staging runs another file of {package.arn} than the one with SHA-256 {package.sha256}.")


def _unchanged(package: Package, s3: Any) -> None:
    """The promoted file is the one whose hash the stage Build has taken."""
    found = digest(s3, package.data_url, hashlib.sha256())
    if found != package.sha256:
        raise DeployError(
            f"{package.data_url} is not the file that was promoted: its SHA-256 is {found}, expected {package.sha256}"
        )
