"""The expressions of a definition, without a cloud."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.services.sagemaker.pipelines.evaluation import Values
from localcloud.services.sagemaker.pipelines.expressions import (
    ExpressionError,
    check_functions,
    parse_json_path,
    parse_reference,
)

REPORT = {"metrics": {"rmse": {"value": 1.5}, "by fold": [1, 2]}, "ok": True, "name": "ridge"}


def values() -> Values:
    return Values(
        parameters={"Rate": 0.1, "Count": 3, "Name": "x", "Flag": True},
        execution={"PipelineExecutionId": "abc"},
        outputs={
            "Split": {
                "ProcessingOutputConfig": {
                    "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/t"}}]
                },
                "Environment": {"A": "b"},
            }
        },
        property_files={("Judge", "Report"): "s3://b/report.json"},
    )


def resolve(value: Any) -> Any:
    return values().resolve(value, lambda uri: json.dumps(REPORT) if uri == "s3://b/report.json" else "")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Get": "Parameters.Rate"}, 0.1),
        ({"Get": "Execution.PipelineExecutionId"}, "abc"),
        ({"Get": "Steps.Split.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}, "s3://b/t"),
        ({"Get": 'Steps.Split.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri'}, "s3://b/t"),
        ({"Get": "Steps.Split.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"}, "s3://b/t"),
        ({"Get": "Steps.Split.Environment['A']"}, "b"),
        (
            {"Std:Join": {"On": "/", "Values": ["a", {"Get": "Parameters.Count"}, {"Get": "Parameters.Flag"}]}},
            "a/3/true",
        ),
        ({"Std:Join": {"Values": ["a", "b"]}}, "ab"),
        ([{"x": {"Get": "Parameters.Name"}}], [{"x": "x"}]),
        ({"Get": "Parameters.Name", "other": 1}, {"Get": "Parameters.Name", "other": 1}),
    ],
)
def test_an_expression_has_a_value(expression: Any, value: Any) -> None:
    assert resolve(expression) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metrics.rmse.value", 1.5),
        ("$.metrics.rmse.value", 1.5),
        ("metrics['by fold'][1]", 2),
        ("ok", True),
        ("name", "ridge"),
    ],
)
def test_json_get_reads_a_property_file(path: str, value: Any) -> None:
    get = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Judge.PropertyFiles.Report"}, "Path": path}}
    assert resolve(get) == value
    assert resolve({"Std:JsonGet": {"S3Uri": "s3://b/report.json", "Path": path}}) == value


@pytest.mark.parametrize("path", ["metrics", "nothing", "metrics.rmse.value.more", "metrics['by fold'][7]"])
def test_json_get_says_what_is_missing(path: str) -> None:
    get = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Judge.PropertyFiles.Report"}, "Path": path}}
    with pytest.raises(ExpressionError, match="Report"):
        resolve(get)


@pytest.mark.parametrize(
    "text",
    ["Steps", "Steps.A", "Steps.", "Parameters.A.b", "Other.A", "Steps.A.b[", "Steps.A..b", "Steps.A['b'", 3],
)
def test_malformed_references(text: Any) -> None:
    with pytest.raises(ExpressionError):
        parse_reference(text)


@pytest.mark.parametrize(
    "value",
    [
        {"Std:Upper": "x"},
        {"Std:Join": ["a"]},
        {"Std:Join": {"On": 1, "Values": []}},
        {"Std:Join": {"On": "", "Values": [{"a": 1}]}},
        {"Std:JsonGet": {"Path": "a"}},
        {"Std:JsonGet": {"PropertyFile": "Report", "Path": "a"}},
        {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.Other.Report"}, "Path": "a"}},
        {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.Report"}, "Path": ""}},
        {"deep": [{"Get": "Nothing.A"}]},
    ],
)
def test_malformed_functions(value: Any) -> None:
    with pytest.raises(ExpressionError):
        check_functions(value)


@given(st.text())
def test_any_text_is_a_path_or_refused(text: str) -> None:
    """Whatever a definition holds, it is read or refused with a sentence, never with another exception."""
    for read in (parse_json_path, parse_reference):
        try:
            read(text)
        except ExpressionError as error:
            assert str(error)
