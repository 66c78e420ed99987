"""Processing steps."""

from typing import Any

from localcloud.services.sagemaker.pipelines.steps.context import StepContext


def run(context: StepContext) -> dict[str, Any]:
    """Run a processing job to its end; the step's output is what DescribeProcessingJob answers."""
    arguments = context.resolve(context.step.arguments)
    tags = context.tags(arguments.pop("Tags", []))
    name = context.job_name(arguments.pop("ProcessingJobName", None))
    created = context.call("CreateProcessingJob", ProcessingJobName=name, Tags=tags, **arguments)
    context.run.metadata = {"ProcessingJob": {"Arn": created["ProcessingJobArn"]}}
    job = context.store.processing_jobs[name]
    context.follow(job, "StopProcessingJob", ProcessingJobName=name)
    return context.call("DescribeProcessingJob", ProcessingJobName=name)
