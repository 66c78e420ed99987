"""The pipeline definition: repeatable, accepted by the APIs its steps call, and its gate works both ways."""

import dataclasses
import json
import os
import re
import subprocess
import sys

import botocore.session
from botocore.validate import ParamValidator
from support import ROOT

from pipeline.definition import build, render

CALLS = {
    "Processing": ("CreateProcessingJob", {"ProcessingJobName": "job"}),
    "Training": ("CreateTrainingJob", {"TrainingJobName": "job"}),
    "RegisterModel": ("CreateModelPackage", {}),
}
API = botocore.session.get_session().get_service_model("sagemaker")


def steps_of(definition):
    found = {}
    for step in definition["Steps"]:
        found[step["Name"]] = step
        for branch in ("IfSteps", "ElseSteps"):
            found |= {inner["Name"]: inner for inner in step["Arguments"].get(branch, [])}
    return found


def defaults_of(definition):
    return {f"Parameters.{parameter['Name']}": parameter["DefaultValue"] for parameter in definition["Parameters"]}


def complaints(shape, value, path="Arguments"):
    """Say what botocore's own validation leaves out: enumerations and patterns."""
    if shape.type_name == "structure":
        return [c for name, item in value.items() for c in complaints(shape.members[name], item, f"{path}.{name}")]
    if shape.type_name == "list":
        return [c for i, item in enumerate(value) for c in complaints(shape.member, item, f"{path}[{i}]")]
    if shape.type_name == "map":
        return [c for name, item in value.items() for c in complaints(shape.value, item, f"{path}.{name}")]
    if shape.type_name != "string":
        return []
    pattern = shape.metadata.get("pattern", "")
    if shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is not one of {shape.enum}"]
    if pattern and r"\p{" not in pattern and not re.fullmatch(pattern, value):
        return [f"{path}: {value!r} does not match {pattern}"]
    return []


def test_the_same_commit_gives_the_same_bytes(environ):
    command = [sys.executable, "-m", "pipeline.definition"]
    outputs = {
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }

    assert len(outputs) == 1


def test_another_commit_or_setting_gives_another_definition(settings):
    first = render(build(settings))

    assert first != render(build(dataclasses.replace(settings, commit="f" * 40)))
    assert first != render(build(dataclasses.replace(settings, rmse_threshold=settings.rmse_threshold + 1)))


def test_every_step_sends_a_valid_request(settings, resolve):
    definition = build(settings)
    known = {
        **defaults_of(definition),
        "Execution.PipelineExecutionArn": "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p/execution/e",
    }
    for step in steps_of(definition).values():
        if step["Type"] not in CALLS:
            continue
        operation, chosen_by_sagemaker = CALLS[step["Type"]]
        request = resolve(step["Arguments"], known) | chosen_by_sagemaker
        shape = API.operation_model(operation).input_shape

        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), f"{step['Name']}: {report.generate_report()}"
        assert complaints(shape, request) == []


def test_only_known_things_are_referred_to(settings):
    definition = build(settings)
    steps = steps_of(definition)
    references = set(re.findall(r'"Get":"([^"]+)"', render(definition)))

    for reference in references:
        kind, name = reference.split(".")[:2]
        if kind == "Parameters":
            assert reference in defaults_of(definition)
        elif kind == "Steps":
            assert name in steps
            for output in re.findall(r"Outputs\['(\w+)'\]", reference):
                outputs = steps[name]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
                assert output in [item["OutputName"] for item in outputs]
        else:
            assert reference in ("Execution.PipelineExecutionId", "Execution.PipelineExecutionArn")


def test_everything_is_tagged_and_encrypted(settings):
    for step in steps_of(build(settings)).values():
        if step["Type"] in ("Processing", "Training"):
            assert step["Arguments"]["Tags"] == settings.tags
            assert render(step).count(settings.kms_key_arn) == 2  # its volume and its output


def test_without_a_key_the_bucket_decides(settings):
    text = render(build(dataclasses.replace(settings, kms_key_arn=None)))

    assert "KmsKeyId" not in text


def test_jobs_run_in_the_network_that_the_build_names(settings):
    inside = dataclasses.replace(settings, subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    expected = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    steps = steps_of(build(inside))

    assert steps["Train"]["Arguments"]["VpcConfig"] == expected
    assert steps["Preprocess"]["Arguments"]["NetworkConfig"]["VpcConfig"] == expected
    assert "VpcConfig" not in render(build(settings))


def test_processing_scripts_run_isolated_from_the_network(settings):
    for name in ("Preprocess", "Evaluate"):
        step = steps_of(build(settings))[name]
        assert step["Arguments"]["NetworkConfig"]["EnableNetworkIsolation"] is True


def test_the_gate_registers_a_model_at_the_threshold(settings, resolve, run):
    measured = json.loads(run.evaluation.read_text())
    definition = build(dataclasses.replace(settings, rmse_threshold=measured["regression_metrics"]["rmse"]["value"]))
    gate = steps_of(definition)["QualityGate"]["Arguments"]
    [condition] = resolve(gate["Conditions"], defaults_of(definition), measured)

    assert condition["Type"] == "LessThanOrEqualTo"
    assert condition["LeftValue"] <= condition["RightValue"]
    assert [step["Type"] for step in gate["IfSteps"]] == ["RegisterModel"]


def test_the_gate_refuses_a_worse_model_and_tells_both_numbers(settings, resolve, run):
    measured = json.loads(run.evaluation.read_text())
    rmse = measured["regression_metrics"]["rmse"]["value"]
    definition = build(dataclasses.replace(settings, rmse_threshold=100.0))
    gate = steps_of(definition)["QualityGate"]["Arguments"]
    [condition] = resolve(gate["Conditions"], defaults_of(definition), measured)
    [rejection] = resolve(gate["ElseSteps"], defaults_of(definition), measured)

    assert condition["LeftValue"] > condition["RightValue"]
    assert rejection["Type"] == "Fail"
    assert f"is {rmse} g, above RmseThreshold 100.0 g" in rejection["Arguments"]["ErrorMessage"]


def test_serving_needs_no_package_index(settings):
    [container] = steps_of(build(settings))["RegisterModel"]["Arguments"]["InferenceSpecification"]["Containers"]

    assert container["Environment"]["PYTHONPATH"] == container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"]


def test_training_finds_its_script_in_the_uploaded_code(settings):
    hyperparameters = steps_of(build(settings))["Train"]["Arguments"]["HyperParameters"]

    assert json.loads(hyperparameters["sagemaker_program"]) == "train.py"
    assert re.fullmatch(
        rf"{settings.prefix}/code/[0-9a-f]{{16}}/sourcedir\.tar\.gz",
        json.loads(hyperparameters["sagemaker_submit_directory"]),
    )


def test_the_api_accepts_the_size(settings):
    limit = API.operation_model("CreatePipeline").input_shape.members["PipelineDefinition"].metadata["max"]

    assert len(render(build(settings))) < limit
