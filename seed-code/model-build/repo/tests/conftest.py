"""What several tests share: the steps run once on the real data, and settings as the build has them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from support import run_steps

from pipeline.settings import Settings, load

BUILD = {
    "AWS_REGION": "eu-west-1",
    "SAGEMAKER_PROJECT_NAME": "Penguins",
    "SAGEMAKER_PROJECT_ID": "p-abc123def456",
    "SAGEMAKER_PIPELINE_NAME": "Penguins-p-abc123def456",
    "SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::111122223333:role/ml-p-abc123def456-execution",
    "MODEL_PACKAGE_GROUP_NAME": "Penguins-p-abc123def456",
    "ARTIFACT_BUCKET": "ml-p-abc123def456-111122223333-eu-west-1",
    "KMS_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/0123",
    "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789abcdef0123456789abcdef01234567",
}


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(BUILD)


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load(environ)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    return run_steps(tmp_path_factory.mktemp("run"))


@pytest.fixture
def resolve() -> Callable[..., Any]:
    """Fill in a definition's expressions as SageMaker does when a step starts; unknown references become S3 URIs."""

    def resolved(value: Any, known: dict[str, Any], measured: dict[str, Any] | None = None) -> Any:
        if isinstance(value, list):
            return [resolved(item, known, measured) for item in value]
        if not isinstance(value, dict):
            return value
        if "Get" in value:
            return known.get(value["Get"], "s3://bucket/key")
        if "Std:Join" in value:
            join = value["Std:Join"]
            return join["On"].join(str(resolved(item, known, measured)) for item in join["Values"])
        if "Std:JsonGet" in value:
            found: Any = measured
            for name in value["Std:JsonGet"]["Path"].split("."):
                found = found[name]
            return found
        return {name: resolved(item, known, measured) for name, item in value.items()}

    return resolved
