"""A pipeline whose steps really run."""

import io
import json
import tarfile

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token


def test_a_model_is_prepared_trained_judged_and_registered(sample: Sample) -> None:
    name = sample.create(Tags=TAGS)
    arn = sample.start(name, Offset="10")

    execution = sample.wait(arn)

    assert execution["PipelineExecutionStatus"] == "Succeeded", sample.steps(arn)
    steps = sample.steps(arn)
    assert list(steps) == ["Register", "Gate", "Evaluate", "Train", "Preprocess"], "the latest first, as on AWS"
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    package = sample.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, key = url.removeprefix("s3://").split("/", 1)
    body = sample.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        model = archive.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"mean": 13.0}, "the mean of 11, 13 and 15"
    assert token()
