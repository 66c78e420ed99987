"""Which steps run, and when: side by side, from the cache, after a condition."""

from typing import Any

from tests.localcloud.sagemaker.conftest import Sample, token


def test_independent_steps_run_side_by_side_unless_limited(sample: Sample) -> None:
    definition = sample.definition
    template = definition["Steps"][0]
    template["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["sleep"]
    template["Arguments"]["AppSpecification"]["ContainerArguments"] = ["1"]
    del template["Arguments"]["ProcessingOutputConfig"]
    definition["Steps"] = [{**template, "Name": name} for name in ("First", "Second")]
    name = sample.create(definition)

    def overlap(**more: Any) -> bool:
        answer = sample.sagemaker.start_pipeline_execution(PipelineName=name, ClientRequestToken=token(), **more)
        arn = answer["PipelineExecutionArn"]
        assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
        steps = sample.steps(arn)
        one, other = steps["First"], steps["Second"]
        return bool(one["StartTime"] < other["EndTime"] and other["StartTime"] < one["EndTime"])

    assert overlap()
    assert not overlap(ParallelismConfiguration={"MaxParallelExecutionSteps": 1})


def test_a_cached_step_does_not_run_again(sample: Sample) -> None:
    definition = sample.definition
    for part in ("train", "test"):
        outputs = definition["Steps"][0]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        output = next(item for item in outputs if item["OutputName"] == part)
        output["S3Output"]["S3Uri"] = f"s3://{sample.bucket}/cached/{part}"
    definition["Steps"][0]["CacheConfig"] = {"Enabled": True, "ExpireAfter": "PT1H"}
    name = sample.create(definition)
    first = sample.start(name)
    sample.wait(first)

    second = sample.start(name)

    assert sample.wait(second)["PipelineExecutionStatus"] == "Succeeded"
    step = sample.steps(second)["Preprocess"]
    assert step["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert step["Metadata"] == sample.steps(first)["Preprocess"]["Metadata"]
    other = sample.start(name, Offset="1")
    sample.wait(other)
    assert "CacheHitResult" not in sample.steps(other)["Preprocess"]


def test_a_condition_can_be_referred_to_and_waited_for(sample: Sample) -> None:
    """As on AWS, the outcome reads ``false`` inside a Join and ``False`` in the step's metadata."""
    equals = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Number"}, "RightValue": 1}
    text = {"Std:Join": {"On": ": ", "Values": ["the outcome is", {"Get": "Steps.Check.Outcome"}]}}
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Number", "Type": "Integer", "DefaultValue": 2}],
        "PipelineExperimentConfig": {"ExperimentName": {"Get": "Execution.PipelineName"}, "TrialName": "Trial"},
        "Steps": [
            {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": text}},
            {
                "Name": "Check",
                "Type": "Condition",
                "Arguments": {"Conditions": [equals], "IfSteps": [], "ElseSteps": []},
            },
        ],
    }
    name = sample.create(definition)
    arn = sample.start(name)
    execution = sample.wait(arn)
    assert execution["PipelineExperimentConfig"] == {"ExperimentName": name.lower(), "TrialName": "trial"}
    steps = sample.steps(arn)
    assert steps["Say"]["FailureReason"] == "the outcome is: false"
    assert steps["Check"]["Metadata"] == {"Condition": {"Outcome": "False"}}


def test_a_step_after_a_branch_not_taken_is_left_out(sample: Sample) -> None:
    equals = {"Type": "Equals", "LeftValue": 1, "RightValue": 2}
    inner = {"Name": "Inner", "Type": "Condition", "Arguments": {"Conditions": [equals]}}
    definition = {
        "Version": "2020-12-01",
        "Steps": [
            {"Name": "Outer", "Type": "Condition", "Arguments": {"Conditions": [equals], "IfSteps": [inner]}},
            {"Name": "After", "Type": "Condition", "DependsOn": ["Inner"], "Arguments": {"Conditions": [equals]}},
        ],
    }
    arn = sample.start(sample.create(definition))
    assert sample.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    assert list(sample.steps(arn)) == ["Outer"]
