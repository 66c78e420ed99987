"""Data quality job definitions and monitoring schedules."""

from datetime import datetime
from typing import Any

from localcloud.cloud import Cloud
from localcloud.services.events import schedules
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.errors import ResourceInUseError, ResourceNotFoundError, ValidationError
from localcloud.services.sagemaker.images import check_image
from localcloud.services.sagemaker.resources import Resource, arn, merged_tags, now
from localcloud.services.sagemaker.store import SageMakerStore

SCHEDULED, STOPPED = "Scheduled", "Stopped"
_SESSION = "SageMaker"
_NOW = "NOW"


class JobDefinition(Resource):
    """A data quality job definition: ``request`` is what it was created with."""

    def __init__(self, request: dict[str, Any], store: SageMakerStore) -> None:
        name = request["JobDefinitionName"]
        super().__init__(
            arn(store.region_name, store.account_id, f"data-quality-job-definition/{name}"),
            tags=merged_tags([], request.get("Tags", [])),
        )
        self.name = name
        self.request = request
        self.created = now()

    @property
    def endpoint(self) -> str | None:
        """The endpoint whose captured data is looked at; None when it is batch transform's."""
        given = self.request["DataQualityJobInput"].get("EndpointInput")
        return str(given["EndpointName"]) if given else None

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeDataQualityJobDefinition."""
        shown = {name: value for name, value in self.request.items() if name != "Tags"}
        return {"JobDefinitionArn": self.arn, "CreationTime": self.created, **shown}

    def summary(self) -> dict[str, Any]:
        """Its entry in ListDataQualityJobDefinitions."""
        return {
            "MonitoringJobDefinitionName": self.name,
            "MonitoringJobDefinitionArn": self.arn,
            "CreationTime": self.created,
            "EndpointName": self.endpoint,
        }


class MonitoringSchedule(Resource):
    """A monitoring schedule.

    Attributes:
        config: MonitoringScheduleConfig.
        status: ``Scheduled`` or ``Stopped``.
        executions: what ran so far, oldest first, as ListMonitoringExecutions shows it.

    """

    def __init__(self, request: dict[str, Any], definition: JobDefinition, store: SageMakerStore) -> None:
        name = request["MonitoringScheduleName"]
        super().__init__(
            arn(store.region_name, store.account_id, f"monitoring-schedule/{name}"),
            tags=merged_tags([], request.get("Tags", [])),
        )
        self.name = name
        self.config = request["MonitoringScheduleConfig"]
        self.definition = definition
        self.status = SCHEDULED
        self.created = self.modified = now()
        self.executions: list[dict[str, Any]] = []
        self.looked_until: datetime | None = None

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeMonitoringSchedule."""
        return {
            "MonitoringScheduleArn": self.arn,
            "MonitoringScheduleName": self.name,
            "MonitoringScheduleStatus": self.status,
            "MonitoringType": "DataQuality",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "MonitoringScheduleConfig": self.config,
            "EndpointName": self.definition.endpoint,
            "LastMonitoringExecutionSummary": self.executions[-1] if self.executions else None,
        }

    def summary(self) -> dict[str, Any]:
        """Its entry in ListMonitoringSchedules."""
        return {
            "MonitoringScheduleName": self.name,
            "MonitoringScheduleArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "MonitoringScheduleStatus": self.status,
            "EndpointName": self.definition.endpoint,
            "MonitoringJobDefinitionName": self.config.get("MonitoringJobDefinitionName"),
            "MonitoringType": "DataQuality",
        }


class Monitoring:
    """Operations on one account's and region's schedules and definitions."""

    def __init__(self, cloud: Cloud, store: SageMakerStore) -> None:
        self._cloud = cloud
        self._store = store

    def define(self, request: dict[str, Any]) -> JobDefinition:
        """Create a job definition.

        Raises:
            ValidationError: the request breaks a rule, or the endpoint does not capture data.
            ResourceInUseError: there is one of that name.

        """
        check_image(request["DataQualityAppSpecification"]["ImageUri"])
        given = request["DataQualityJobInput"].get("EndpointInput")
        if given is None:
            raise ValidationError(
                "The local cloud monitors endpoints only: give DataQualityJobInput.EndpointInput."
            )
        for member in ("RecordPreprocessorSourceUri", "PostAnalyticsProcessorSourceUri"):
            if member in request["DataQualityAppSpecification"]:
                raise ValidationError(f"The local cloud does not imitate {member}.")
        roles.assume(
            self._cloud, request["RoleArn"], _SESSION, self._store.region_name, account_id=self._store.account_id
        )
        endpoint = self._store.endpoints.get(given["EndpointName"])
        if endpoint is None:
            own = arn(self._store.region_name, self._store.account_id, f"endpoint/{given['EndpointName']}")
            raise ValidationError(f'Could not find endpoint "{own}".')
        definition = JobDefinition(request, self._store)
        with self._store.lock:
            if definition.name in self._store.data_quality_job_definitions:
                raise ResourceInUseError(f"Job definition {definition.arn} already exists.")
            self._store.data_quality_job_definitions[definition.name] = definition
        return definition

    def definition(self, name: str) -> JobDefinition:
        """A definition by name.

        Raises:
            ResourceNotFoundError: there is none.

        """
        definition = self._store.data_quality_job_definitions.get(name)
        if definition is None:
            own = arn(self._store.region_name, self._store.account_id, f"data-quality-job-definition/{name}")
            raise ResourceNotFoundError(f"Could not find data quality job definition '{own}'.")
        return definition

    def delete_definition(self, name: str) -> None:
        """Delete a definition."""
        with self._store.lock:
            del self._store.data_quality_job_definitions[self.definition(name).name]

    def create(self, request: dict[str, Any]) -> MonitoringSchedule:
        """Create a schedule.

        Raises:
            ValidationError: the request breaks a rule.
            ResourceInUseError: there is one of that name.

        """
        definition = self._check(request["MonitoringScheduleConfig"])
        schedule = MonitoringSchedule(request, definition, self._store)
        with self._store.lock:
            if schedule.name in self._store.monitoring_schedules:
                raise ResourceInUseError(f"Monitoring schedule {schedule.arn} already exists.")
            self._store.monitoring_schedules[schedule.name] = schedule
        return schedule

    def find(self, name: str) -> MonitoringSchedule:
        """A schedule by name.

        Raises:
            ResourceNotFoundError: there is none.

        """
        schedule = self._store.monitoring_schedules.get(name)
        if schedule is None:
            own = arn(self._store.region_name, self._store.account_id, f"monitoring-schedule/{name}")
            raise ResourceNotFoundError(f"Monitoring Schedule {own} not found")
        return schedule

    def update(self, request: dict[str, Any]) -> MonitoringSchedule:
        """Change a schedule."""
        schedule = self.find(request["MonitoringScheduleName"])
        schedule.definition = self._check(request["MonitoringScheduleConfig"])
        schedule.config, schedule.modified = request["MonitoringScheduleConfig"], now()
        return schedule

    def set_status(self, name: str, status: str) -> None:
        """Start or stop a schedule."""
        schedule = self.find(name)
        schedule.status, schedule.modified = status, now()

    def delete(self, name: str) -> None:
        """Delete a schedule; what it has written stays."""
        with self._store.lock:
            del self._store.monitoring_schedules[self.find(name).name]

    def _check(self, config: dict[str, Any]) -> JobDefinition:
        if "MonitoringJobDefinition" in config:
            raise ValidationError(
                "The local cloud imitates schedules of a job definition: give MonitoringJobDefinitionName."
            )
        name = config.get("MonitoringJobDefinitionName")
        if name is None or "MonitoringType" not in config:
            raise ValidationError("MonitoringJobDefinitionName and MonitoringType are needed together.")
        if config["MonitoringType"] != "DataQuality":
            raise ValidationError("The local cloud imitates monitoring of the type DataQuality.")
        timing = config.get("ScheduleConfig") or {}
        expression = timing.get("ScheduleExpression", _NOW)
        if expression == _NOW:
            if "DataAnalysisStartTime" not in timing or "DataAnalysisEndTime" not in timing:
                raise ValidationError(
                    "DataAnalysisStartTime and DataAnalysisEndTime are required for the schedule expression NOW."
                )
        elif not expression.startswith("cron(") or not schedules.valid(expression):
            raise ValidationError(
                f"Invalid ScheduleExpression '{expression}': it must be a cron expression, or NOW."
            )
        return self.definition(name)
