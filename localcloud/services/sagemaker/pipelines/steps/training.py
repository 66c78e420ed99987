"""Training steps."""

from typing import Any

from localcloud.services.sagemaker.pipelines.steps.context import StepContext


def run(context: StepContext) -> dict[str, Any]:
    """Run a training job to its end; the step's output is what DescribeTrainingJob answers."""
    arguments = context.resolve(context.step.arguments)
    tags = context.tags(arguments.pop("Tags", []))
    name = context.job_name(arguments.pop("TrainingJobName", None))
    created = context.call("CreateTrainingJob", TrainingJobName=name, Tags=tags, **arguments)
    context.run.metadata = {"TrainingJob": {"Arn": created["TrainingJobArn"]}}
    job = context.store.training_jobs[name]
    context.follow(job, "StopTrainingJob", TrainingJobName=name)
    return context.call("DescribeTrainingJob", TrainingJobName=name)
