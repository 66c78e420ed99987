"""Which definitions CreatePipeline takes, and what it says of the others."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import Sample, token, trust

Definition = dict[str, Any]


def step(definition: Definition, name: str) -> dict[str, Any]:
    return next(item for item in definition["Steps"] if item["Name"] == name)


def processing(definition: Definition) -> dict[str, Any]:
    return step(definition, "Preprocess")["Arguments"]


def _duplicate(definition: Definition) -> None:
    definition["Steps"].append(copy.deepcopy(step(definition, "Preprocess")))


def _duplicate_in_branch(definition: Definition) -> None:
    step(definition, "Gate")["Arguments"]["IfSteps"][0]["Name"] = "Train"


def _cycle(definition: Definition) -> None:
    step(definition, "Preprocess")["DependsOn"] = ["Evaluate"]


def _depends_on_fail(definition: Definition) -> None:
    fail = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    definition["Steps"].append(fail)
    step(definition, "Preprocess")["DependsOn"] = ["Stop"]


def _path(*path: Any, value: Any) -> Callable[[Definition], None]:
    def change(definition: Definition) -> None:
        target: Any = definition
        for part in path[:-1]:
            target = step(target, part[1:]) if isinstance(part, str) and part.startswith("@") else target[part]
        target[path[-1]] = value

    return change


BAD: dict[str, tuple[Callable[[Definition], None], str]] = {
    "version": (_path("Version", value="2019-01-01"), "Unsupported version '2019-01-01'"),
    "no steps": (_path("Steps", value=[]), "at least one step"),
    "steps not a list": (_path("Steps", value={}), "Expecting start of Json Array."),
    "unknown member": (_path("Stepz", value=[]), "Unknown member 'Stepz'"),
    "duplicate step": (_duplicate, "Duplicate step name 'Preprocess'"),
    "duplicate step in a branch": (_duplicate_in_branch, "Duplicate step name 'Train'"),
    "step name": (_path("@Train", "Name", value="Train model"), "Invalid step name 'Train model'"),
    "step type": (_path("@Train", "Type", value="Training2"), "unknown type 'Training2'"),
    "other step type": (_path("@Train", "Type", value="Lambda"), "does not imitate steps of type 'Lambda'"),
    "no arguments": (_path("@Train", "Arguments", value=None), "Missing required member 'Arguments'"),
    "parameter type": (_path("Parameters", 0, "Type", value="Text"), "Unknown type 'Text'"),
    "parameter default": (_path("Parameters", 2, "DefaultValue", value="1"), "not of type Integer"),
    "parameter enum": (_path("Parameters", 1, "DefaultValue", value="ml.c5.large"), "not one of [ml.m5.large"),
    "parameter twice": (_path("Parameters", 1, "Name", value="InputData"), "Duplicate parameter name 'InputData'"),
    "unknown parameter": (
        _path("@Preprocess", "Arguments", "RoleArn", value={"Get": "Parameters.Role"}),
        "Unknown pipeline parameter in reference 'Parameters.Role'",
    ),
    "unknown step": (
        _path("@Train", "Arguments", "RoleArn", value={"Get": "Steps.Nothing.RoleArn"}),
        "Unknown step in reference 'Steps.Nothing.RoleArn'",
    ),
    "unknown property": (
        _path("@Train", "Arguments", "RoleArn", value={"Get": "Steps.Preprocess.Role"}),
        "Unknown property in reference 'Steps.Preprocess.Role'",
    ),
    "unknown output": (
        _path(
            "@Train",
            "Arguments",
            "RoleArn",
            value={"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['x'].S3Output.S3Uri"},
        ),
        "Unknown output",
    ),
    "unknown variable": (
        _path("@Train", "Arguments", "RoleArn", value={"Get": "Execution.User"}),
        "Unknown execution variable",
    ),
    "unknown function": (
        _path("@Train", "Arguments", "RoleArn", value={"Std:Upper": "x"}),
        "Unknown function 'Std:Upper'",
    ),
    "unknown dependency": (_path("@Train", "DependsOn", value=["Nothing"]), "unknown step 'Nothing'"),
    "dependency on a fail step": (_depends_on_fail, "Preprocess can not depends on Stop"),
    "cycle": (_cycle, "Cyclic dependency"),
    "unknown argument": (_path("@Train", "Arguments", "Image", value="x"), "Unknown Argument member 'Image'."),
    "experiment of a job": (
        _path("@Preprocess", "Arguments", "ExperimentConfig", value={}),
        "Unknown Argument member 'ExperimentConfig'.",
    ),
    "prefix of a job's name": (
        _path("@Preprocess", "Arguments", "ProcessingJobName", value="x" * 39),
        "longer than 38 characters",
    ),
    "argument's type": (
        _path("@Train", "Arguments", "HyperParameters", "scale", value=1.0),
        "Value '1.0' for 'HyperParameters' is not a string",
    ),
    "argument's enum": (
        _path("@Train", "Arguments", "AlgorithmSpecification", "TrainingInputMode", value="Files"),
        "failed to satisfy enum value set: [Pipe, File, FastFile]",
    ),
    "object expected": (
        _path("@Train", "Arguments", "ResourceConfig", value="ml"),
        "Expecting start of Json Object.",
    ),
    "list expected": (
        _path("@Train", "Arguments", "InputDataConfig", value={"Get": "Parameters.InputData"}),
        "Expecting start of Json Array.",
    ),
    "parameter of another type": (
        _path("@Train", "Arguments", "ResourceConfig", "InstanceCount", value={"Get": "Parameters.InputData"}),
        "parameter 'InputData' of type String cannot be used",
    ),
    "property file's output": (
        _path("@Evaluate", "PropertyFiles", 0, "OutputName", value="other"),
        "unknown output: 'other'",
    ),
    "property file's name": (
        _path("@Evaluate", "PropertyFiles", 0, "PropertyFileName", value="other"),
        "Unknown PropertyFile",
    ),
    "condition's type": (
        _path("@Gate", "Arguments", "Conditions", 0, "Type", value="Below"),
        "Unknown condition type 'Below'",
    ),
    "no conditions": (_path("@Gate", "Arguments", "Conditions", value=[]), "at least one condition"),
    "cache": (_path("@Train", "CacheConfig", value={"Enabled": True, "ExpireAfter": "30 days"}), "ISO 8601"),
    "experiment": (
        _path("PipelineExperimentConfig", value={"ExperimentName": {"Get": "Parameters.Nothing"}}),
        "Unknown pipeline parameter",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_definition_is_refused_with_the_reason(sample: Sample, fault: str) -> None:
    change, reason = BAD[fault]
    definition = sample.definition
    change(definition)

    with pytest.raises(ClientError) as raised:
        sample.create(definition)

    error = raised.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("Unable to parse pipeline definition.")
    assert reason in error["Message"]


def test_a_missing_argument_is_named(sample: Sample) -> None:
    definition = sample.definition
    del step(definition, "Train")["Arguments"]["OutputDataConfig"]
    with pytest.raises(ClientError, match="misses the argument 'OutputDataConfig'"):
        sample.create(definition)


@pytest.mark.parametrize("text", ["not json", "[]", '"text"', "{}"])
def test_what_is_no_definition_at_all(sample: Sample, text: str) -> None:
    with pytest.raises(ClientError, match="Unable to parse pipeline definition"):
        sample.create(text)


def test_a_definition_may_come_from_s3(sample: Sample) -> None:
    text = json.dumps(sample.definition)
    sample.cloud.client("s3").put_object(Bucket=sample.bucket, Key="definition.json", Body=text.encode())
    location = {"Bucket": sample.bucket, "ObjectKey": "definition.json"}
    common = {"RoleArn": sample.role_arn, "ClientRequestToken": token()}

    name = f"from-s3-{token()[:8]}"
    sample.sagemaker.create_pipeline(PipelineName=name, PipelineDefinitionS3Location=location, **common)

    assert sample.sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == text
    with pytest.raises(ClientError, match="there is no object"):
        sample.sagemaker.create_pipeline(
            PipelineName=f"{name}-2", PipelineDefinitionS3Location={**location, "ObjectKey": "nothing"}, **common
        )
    with pytest.raises(ClientError, match="Either PipelineDefinition or"):
        sample.sagemaker.create_pipeline(PipelineName=f"{name}-3", **common)
    with pytest.raises(ClientError, match="Only one of"):
        sample.sagemaker.create_pipeline(
            PipelineName=f"{name}-4", PipelineDefinition=text, PipelineDefinitionS3Location=location, **common
        )


@pytest.mark.parametrize("role", ["arn:aws:iam::123456789012:role/nobody", "not-a-role-arn-at-all"])
def test_the_role_must_exist(sample: Sample, role: str) -> None:
    with pytest.raises(ClientError) as raised:
        sample.sagemaker.create_pipeline(
            PipelineName=f"role-{token()[:8]}",
            PipelineDefinition=json.dumps(sample.definition),
            RoleArn=role,
            ClientRequestToken=token(),
        )
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_the_role_must_trust_sagemaker(sample: Sample) -> None:
    role = sample.cloud.client("iam").create_role(
        RoleName=f"other-{token()[:8]}", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )
    with pytest.raises(ClientError, match=r"Could not assume role .* allows principal 'sagemaker.amazonaws.com'"):
        sample.sagemaker.create_pipeline(
            PipelineName=f"role-{token()[:8]}",
            PipelineDefinition=json.dumps(sample.definition),
            RoleArn=role["Role"]["Arn"],
            ClientRequestToken=token(),
        )
