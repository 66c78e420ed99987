"""Create the pipeline, or bring the existing one to this definition."""

from typing import Any

from botocore.exceptions import ClientError

from pipeline.settings import Settings


def upsert(settings: Settings, definition: str, sagemaker: Any) -> str:
    """Create or update the pipeline with its role and tags; return its ARN."""
    wanted = {
        "PipelineName": settings.pipeline_name,
        "PipelineDisplayName": settings.pipeline_name,
        "PipelineDescription": f"Trains, evaluates and registers the model of {settings.repository}",
        "PipelineDefinition": definition,
        "RoleArn": settings.role_arn,
    }
    try:
        arn: str = sagemaker.update_pipeline(**wanted)["PipelineArn"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFound":
            raise
        created: str = sagemaker.create_pipeline(**wanted, Tags=settings.tags)["PipelineArn"]
        return created
    sagemaker.add_tags(ResourceArn=arn, Tags=settings.tags)
    return arn
