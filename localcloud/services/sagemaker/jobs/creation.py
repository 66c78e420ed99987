"""Starting jobs: what is checked when a job is created, and the thread it runs in."""

import re
from collections.abc import Iterable
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.errors import ResourceInUseError, ValidationError
from localcloud.services.sagemaker.images import check_image
from localcloud.services.sagemaker.jobs import script_mode
from localcloud.services.sagemaker.jobs.container import within_opt_ml
from localcloud.services.sagemaker.jobs.job import Job
from localcloud.services.sagemaker.jobs.processing import ProcessingJob
from localcloud.services.sagemaker.jobs.training import TrainingJob
from localcloud.services.sagemaker.jobs.transfer import TransferError, keys_under, nothing_found, split_uri
from localcloud.services.sagemaker.resources import merged_tags
from localcloud.services.sagemaker.store import SageMakerStore

_SESSION = "SageMaker"
_NO_ENTRYPOINT = (
    "The local cloud runs no images, so it cannot run an image's own entrypoint: name the program in {where}."
)


def create_processing_job(cloud: Cloud, store: SageMakerStore, request: dict[str, Any]) -> ProcessingJob:
    """Create and start a processing job.

    Raises:
        ValidationError: the request breaks a rule.
        ResourceInUseError: there is a job of that name.

    """
    app = request["AppSpecification"]
    check_image(app["ImageUri"])
    if not app.get("ContainerEntrypoint"):
        raise ValidationError(_NO_ENTRYPOINT.format(where="AppSpecification.ContainerEntrypoint"))
    inputs, outputs = (
        request.get("ProcessingInputs", []),
        request.get("ProcessingOutputConfig", {}).get("Outputs", []),
    )
    _check_unique("input", (item["InputName"] for item in inputs))
    _check_unique("output", (item["OutputName"] for item in outputs))
    for item in inputs:
        if "S3Input" not in item:
            raise ValidationError(f"The local cloud imitates only S3 inputs; '{item['InputName']}' is none.")
        if item["S3Input"].get("S3DataType", "S3Prefix") != "S3Prefix":
            raise ValidationError("The local cloud imitates only inputs with the S3DataType S3Prefix.")
        _check_local_path(item["S3Input"].get("LocalPath", ""))
        _check_uri(item["S3Input"]["S3Uri"])
    for item in outputs:
        if "S3Output" in item:
            _check_local_path(item["S3Output"]["LocalPath"])
            _check_uri(item["S3Output"]["S3Uri"])
    arn = _arn(store, "processing-job", request["ProcessingJobName"])
    role = roles.assume(
        cloud, request["RoleArn"], _SESSION, store.region_name, account_id=store.account_id, source_arn=arn
    )
    job = ProcessingJob(
        request["ProcessingJobName"],
        request,
        merged_tags([], request.get("Tags", [])),
        account_id=store.account_id,
        region=store.region_name,
    )
    _add(store, store.processing_jobs, job)
    cloud.spawn(job.arn, job.run, cloud, role)
    return job


def create_training_job(cloud: Cloud, store: SageMakerStore, request: dict[str, Any]) -> TrainingJob:
    """Create and start a training job.

    Raises:
        ValidationError: the request breaks a rule.
        ResourceInUseError: there is a job of that name.

    """
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise ValidationError(
            "The local cloud imitates no algorithms: AlgorithmSpecification.TrainingImage is needed."
        )
    check_image(algorithm["TrainingImage"])
    hyperparameters, environment = request.get("HyperParameters", {}), request.get("Environment", {})
    if not script_mode.program_of(hyperparameters, environment) and not algorithm.get("ContainerEntrypoint"):
        where = "the hyperparameter sagemaker_program (script mode) or AlgorithmSpecification.ContainerEntrypoint"
        raise ValidationError(_NO_ENTRYPOINT.format(where=where))
    for definition in algorithm.get("MetricDefinitions", []):
        _check_regex(definition["Regex"])
    channels = request.get("InputDataConfig", [])
    _check_unique("channel", (channel["ChannelName"] for channel in channels))
    _check_uri(request["OutputDataConfig"]["S3OutputPath"])
    arn = _arn(store, "training-job", request["TrainingJobName"])
    role = roles.assume(
        cloud, request["RoleArn"], _SESSION, store.region_name, account_id=store.account_id, source_arn=arn
    )
    s3 = role.client("s3") if channels else None
    for channel in channels:
        source = channel["DataSource"].get("S3DataSource")
        if source is None or source["S3DataType"] != "S3Prefix":
            raise ValidationError("The local cloud imitates only channels with an S3DataSource of type S3Prefix.")
        _check_not_empty(s3, source["S3Uri"], store.region_name, request["RoleArn"])
    job = TrainingJob(
        request["TrainingJobName"],
        request,
        merged_tags([], request.get("Tags", [])),
        account_id=store.account_id,
        region=store.region_name,
    )
    _add(store, store.training_jobs, job)
    cloud.spawn(job.arn, job.run, cloud, role)
    return job


def _add(store: SageMakerStore, jobs: dict[str, Job], job: Job) -> None:
    with store.lock:
        if job.name in jobs:
            raise ResourceInUseError(
                "Job name must be unique within an AWS account and region, and a job with this name already "
                f"exists ({jobs[job.name].arn})"
            )
        jobs[job.name] = job


def _check_local_path(path: str) -> None:
    if not within_opt_ml(path) or not path.startswith("/opt/ml/processing"):
        raise ValidationError(f"LocalPath '{path}' must be an absolute path below /opt/ml/processing.")


def _check_uri(uri: str) -> None:
    try:
        split_uri(uri)
    except TransferError as error:
        raise ValidationError(f"Invalid S3 URI '{uri}': it must begin with s3:// and name a bucket.") from error


def _check_not_empty(s3: Any, uri: str, region: str, role_arn: str) -> None:
    _check_uri(uri)
    try:
        found = next(iter(keys_under(s3, uri)), None)
    except TransferError as error:
        raise ValidationError(f"{nothing_found(uri, region, role_arn)} Error message from S3: {error}") from error
    if found is None:
        raise ValidationError(nothing_found(uri, region, role_arn))


def _check_regex(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise ValidationError(f"Invalid regular expression '{text}' in MetricDefinitions: {error}") from error


def _check_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValidationError(f"Duplicate {what} name '{name}'")
        seen.add(name)


def _arn(store: SageMakerStore, kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{store.region_name}:{store.account_id}:{kind}/{name.lower()}"
