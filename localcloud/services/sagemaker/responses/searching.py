"""Search over pipelines, executions, jobs and the model registry."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from localcloud.responses import ActionResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.resources import Resource
from localcloud.services.sagemaker.responses.base import SageMakerBase
from localcloud.services.sagemaker_projects.project import Project

_Record = Mapping[str, Any]
_OPERATORS: dict[str, Callable[[str | None, str], bool]] = {
    "Equals": lambda actual, wanted: actual == wanted,
    "NotEquals": lambda actual, wanted: actual != wanted,
    "Contains": lambda actual, wanted: actual is not None and wanted in actual,
    "Exists": lambda actual, _: actual is not None,
    "NotExists": lambda actual, _: actual is None,
    "In": lambda actual, wanted: actual in wanted.split(","),
    "GreaterThan": lambda actual, wanted: actual is not None and actual > wanted,
    "GreaterThanOrEqualTo": lambda actual, wanted: actual is not None and actual >= wanted,
    "LessThan": lambda actual, wanted: actual is not None and actual < wanted,
    "LessThanOrEqualTo": lambda actual, wanted: actual is not None and actual <= wanted,
}


@operations("sagemaker")
class SearchResponse(SageMakerBase):
    """Search."""

    def search(self) -> ActionResult:
        """Find resources by their properties and tags."""
        parameters = self._parameters
        kind = parameters["Resource"]
        found = self._resources(kind)
        if found is None:
            backend = sagemaker_backends[self.current_account][self.region]
            return ActionResult(
                backend.search(resource=kind, search_expression=parameters.get("SearchExpression"))
            )
        records = [self._record(resource) for resource in found]
        expression = parameters.get("SearchExpression", {})
        matching = [record for record in records if _matches(record, expression)]
        name = parameters.get("SortBy", "CreationTime")
        reverse = parameters.get("SortOrder", "Descending") == "Descending"
        matching.sort(key=lambda record: str(record.get(name, "")), reverse=reverse)
        shown, token = listing.page(matching, parameters)
        return ActionResult({"Results": [{kind: record} for record in shown], "NextToken": token})

    def _resources(self, kind: str) -> list[Any] | None:
        store = self._store
        kept: dict[str, Mapping[str, Resource]] = {
            "Pipeline": store.pipelines,
            "PipelineExecution": store.executions,
            "ModelPackage": store.model_packages,
            "ModelPackageGroup": store.model_package_groups,
            "TrainingJob": store.training_jobs,
            "Project": store.projects,
            "Endpoint": store.endpoints,
            "Model": store.models,
        }
        return list(kept[kind].values()) if kind in kept else None

    @staticmethod
    def _record(resource: Any) -> dict[str, Any]:
        if isinstance(resource, Project):
            return {
                "ProjectArn": resource.arn,
                "ProjectName": resource.name,
                "ProjectId": resource.id,
                "ProjectStatus": resource.status,
                "CreationTime": resource.created,
                "LastModifiedTime": resource.modified,
                "Tags": resource.tags,
            }
        described = {name: value for name, value in resource.describe().items() if value is not None}
        return {**described, "Tags": resource.tags}


def _matches(record: _Record, expression: dict[str, Any]) -> bool:
    results = [_filter(record, item) for item in expression.get("Filters", [])]
    results += [_matches(record, item) for item in expression.get("SubExpressions", [])]
    if expression.get("NestedFilters"):
        raise ValidationError("The local cloud does not imitate NestedFilters in Search.")
    return any(results) if expression.get("Operator") == "Or" and results else all(results)


def _filter(record: _Record, item: dict[str, str]) -> bool:
    return _OPERATORS[item.get("Operator", "Equals")](_property(record, item["Name"]), item.get("Value", ""))


def _property(record: _Record, name: str) -> str | None:
    if name.startswith("Tags."):
        tags = {tag["Key"]: tag["Value"] for tag in record["Tags"]}
        return tags.get(name.removeprefix("Tags."))
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else str(value)
