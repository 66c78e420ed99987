"""Reading the definition of a SageMaker pipeline (schema 2020-12-01): graph, quality gate, hyperparameters."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from demo.report.model import PipelineStep, State


@dataclass(frozen=True)
class Definition:
    """A definition, and the parameters of one execution of it."""

    content: dict[str, Any]
    parameters: dict[str, str]

    @classmethod
    def of_execution(cls, sagemaker: Any, arn: str) -> "Definition":
        """What an execution runs, with the parameters it was given."""
        text = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)["PipelineDefinition"]
        content = json.loads(text)
        parameters = {
            item["Name"]: str(item["DefaultValue"]) for item in content["Parameters"] if "DefaultValue" in item
        }
        given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
        return cls(content, parameters | {item["Name"]: item["Value"] for item in given})

    def graph(self, known: dict[str, PipelineStep], *, ended: bool) -> list[PipelineStep]:
        """All steps, in the order of the definition, with what is known of those that ran.

        Args:
            known: steps that the execution lists, by name.
            ended: whether the execution is over, so that a step it does not list was not needed.

        """
        nothing = PipelineStep("", "", State.SKIPPED if ended else State.WAITING)
        return [
            replace(known.get(step["Name"], nothing), name=step["Name"], kind=step["Type"], after=before)
            for step, before in self._steps()
        ]

    def gate(self) -> tuple[str, float | None]:
        """Name and limit of the first condition: what is measured, and what it is compared with."""
        for step, _ in self._steps():
            for condition in step["Arguments"].get("Conditions", []) if step["Type"] == "Condition" else []:
                path = condition["LeftValue"].get("Std:JsonGet", {}).get("Path", "")
                if len(words := path.split(".")) > 1:
                    return words[-2], self._number(condition["RightValue"])
        return "rmse", None

    def hyperparameter(self, name: str) -> str:
        """A hyperparameter of the training step; empty when there is none of that name."""
        for step, _ in self._steps():
            if name in (found := step["Arguments"].get("HyperParameters", {})):
                value = found[name]
                return value.strip('"') if isinstance(value, str) else str(value)
        return ""

    def _number(self, value: Any) -> float | None:
        if isinstance(value, dict):
            value = self.parameters.get(str(value.get("Get", "")).removeprefix("Parameters."))
        return None if value is None else float(value)

    def _steps(self) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """Every step with the names of the steps before it, those inside conditions included."""
        yield from _walk(self.content["Steps"], [])


def _walk(steps: list[dict[str, Any]], inherited: list[str]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    for step in steps:
        inside = (
            [nested for branch in ("IfSteps", "ElseSteps") for nested in step["Arguments"].get(branch, [])]
            if step["Type"] == "Condition"
            else []
        )
        own = {key: value for key, value in step["Arguments"].items() if key not in ("IfSteps", "ElseSteps")}
        before = [*inherited, *step.get("DependsOn", []), *_referred(own)]
        yield step, list(dict.fromkeys(before))
        yield from _walk(inside, [step["Name"]])


def _referred(value: Any) -> Iterator[str]:
    """Names of the steps that a value takes something from."""
    if isinstance(value, dict):
        reference = value.get("Get")
        if isinstance(reference, str) and reference.startswith("Steps."):
            yield reference.split(".")[1]
        for inner in value.values():
            yield from _referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _referred(inner)
