"""Processing and training jobs."""

from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.errors import ResourceInUseError, ResourceNotFoundError, ValidationError
from localcloud.services.sagemaker.jobs import creation
from localcloud.services.sagemaker.jobs.job import IN_PROGRESS, STOPPING, Job
from localcloud.services.sagemaker.responses.base import SageMakerBase


def _job(jobs: dict[str, Job], name: str) -> Job:
    job = jobs.get(name)
    if job is None:
        raise ValidationError(f"Could not find requested job with name: {name}")
    return job


def _stop(job: Job) -> None:
    if job.status != IN_PROGRESS:
        raise ValidationError(f"The request was rejected because the job is in status {job.status}.")
    job.stop()


def _delete(jobs: dict[str, Job], name: str) -> None:
    job = jobs.get(name)
    if job is None:
        raise ResourceNotFoundError(f"Could not find requested job with name: {name}")
    if job.status in (IN_PROGRESS, STOPPING):
        raise ResourceInUseError(f"The job {name} is {job.status}: only one that has ended can be deleted.")
    del jobs[name]


def _selected(jobs: dict[str, Job], parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    found = [
        job
        for job in list(jobs.values())
        if listing.named(job.name, parameters.get("NameContains"))
        and parameters.get("StatusEquals") in (None, job.status)
        and listing.within(job.created, parameters.get("CreationTimeAfter"), parameters.get("CreationTimeBefore"))
        and listing.within(
            job.modified, parameters.get("LastModifiedTimeAfter"), parameters.get("LastModifiedTimeBefore")
        )
    ]
    keys = {
        "Name": lambda job: job.name,
        "CreationTime": lambda job: job.created,
        "Status": lambda job: job.status,
    }
    shown, token = listing.page(listing.ordered(found, parameters, keys, default="CreationTime"), parameters)
    return [job.summary() for job in shown], token


@operations("sagemaker")
class ProcessingJobResponse(SageMakerBase):
    """CreateProcessingJob and its like."""

    def create_processing_job(self) -> ActionResult:
        """Start a processing job."""
        job = creation.create_processing_job(self.cloud, self._store, self._parameters)
        return ActionResult({"ProcessingJobArn": job.arn})

    def describe_processing_job(self) -> ActionResult:
        """Tell the state of a processing job."""
        name = self._parameters["ProcessingJobName"]
        if name not in self._store.processing_jobs:
            raise ResourceNotFoundError(f"Could not find requested job with name: {name}")
        return ActionResult(self._store.processing_jobs[name].describe())

    def list_processing_jobs(self) -> ActionResult:
        """List processing jobs."""
        summaries, token = _selected(self._store.processing_jobs, self._parameters)
        return ActionResult({"ProcessingJobSummaries": summaries, "NextToken": token})

    def stop_processing_job(self) -> ActionResult:
        """Ask a processing job to stop."""
        _stop(_job(self._store.processing_jobs, self._parameters["ProcessingJobName"]))
        return EmptyResult()

    def delete_processing_job(self) -> EmptyResult:
        """Delete a processing job that has ended; its name may be used again."""
        _delete(self._store.processing_jobs, self._parameters["ProcessingJobName"])
        return EmptyResult()


@operations("sagemaker")
class TrainingJobResponse(SageMakerBase):
    """CreateTrainingJob and its like."""

    def create_training_job(self) -> ActionResult:
        """Start a training job."""
        job = creation.create_training_job(self.cloud, self._store, self._parameters)
        return ActionResult({"TrainingJobArn": job.arn})

    def describe_training_job(self) -> ActionResult:
        """Tell the state of a training job."""
        return ActionResult(_job(self._store.training_jobs, self._parameters["TrainingJobName"]).describe())

    def list_training_jobs(self) -> ActionResult:
        """List training jobs."""
        summaries, token = _selected(self._store.training_jobs, self._parameters)
        return ActionResult({"TrainingJobSummaries": summaries, "NextToken": token})

    def stop_training_job(self) -> ActionResult:
        """Ask a training job to stop."""
        _stop(_job(self._store.training_jobs, self._parameters["TrainingJobName"]))
        return EmptyResult()

    def delete_training_job(self) -> EmptyResult:
        """Delete a training job that has ended; its name may be used again."""
        _delete(self._store.training_jobs, self._parameters["TrainingJobName"])
        return EmptyResult()
