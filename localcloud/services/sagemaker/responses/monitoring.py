"""Monitoring schedules and data quality job definitions."""

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.monitoring.schedule import SCHEDULED, STOPPED, Monitoring
from localcloud.services.sagemaker.responses.base import SageMakerBase

_KEYS = {
    "Name": lambda item: item.name,
    "CreationTime": lambda item: item.created,
    "Status": lambda item: item.status,
}


@operations("sagemaker")
class DataQualityResponse(SageMakerBase):
    """Data quality job definitions."""

    @property
    def _monitoring(self) -> Monitoring:
        return Monitoring(self.cloud, self._store)

    def create_data_quality_job_definition(self) -> ActionResult:
        """Create a definition."""
        return ActionResult({"JobDefinitionArn": self._monitoring.define(self._parameters).arn})

    def describe_data_quality_job_definition(self) -> ActionResult:
        """Tell everything about a definition."""
        return ActionResult(self._monitoring.definition(self._parameters["JobDefinitionName"]).describe())

    def list_data_quality_job_definitions(self) -> ActionResult:
        """List definitions."""
        parameters = self._parameters
        found = [
            item
            for item in list(self._store.data_quality_job_definitions.values())
            if listing.named(item.name, parameters.get("NameContains"))
            and parameters.get("EndpointName") in (None, item.endpoint)
        ]
        ordered = listing.ordered(found, parameters, _KEYS, default="CreationTime", descending=True)
        shown, token = listing.page(ordered, parameters)
        return ActionResult({"JobDefinitionSummaries": [item.summary() for item in shown], "NextToken": token})

    def delete_data_quality_job_definition(self) -> ActionResult:
        """Delete a definition."""
        self._monitoring.delete_definition(self._parameters["JobDefinitionName"])
        return EmptyResult()


@operations("sagemaker")
class MonitoringScheduleResponse(SageMakerBase):
    """Monitoring schedules and their executions."""

    @property
    def _monitoring(self) -> Monitoring:
        return Monitoring(self.cloud, self._store)

    def create_monitoring_schedule(self) -> ActionResult:
        """Create a schedule."""
        return ActionResult({"MonitoringScheduleArn": self._monitoring.create(self._parameters).arn})

    def update_monitoring_schedule(self) -> ActionResult:
        """Change a schedule."""
        return ActionResult({"MonitoringScheduleArn": self._monitoring.update(self._parameters).arn})

    def describe_monitoring_schedule(self) -> ActionResult:
        """Tell everything about a schedule."""
        return ActionResult(self._monitoring.find(self._parameters["MonitoringScheduleName"]).describe())

    def list_monitoring_schedules(self) -> ActionResult:
        """List schedules."""
        parameters = self._parameters
        found = [
            item
            for item in list(self._store.monitoring_schedules.values())
            if listing.named(item.name, parameters.get("NameContains"))
            and parameters.get("EndpointName") in (None, item.definition.endpoint)
            and parameters.get("StatusEquals") in (None, item.status)
        ]
        ordered = listing.ordered(found, parameters, _KEYS, default="CreationTime", descending=True)
        shown, token = listing.page(ordered, parameters)
        summaries = [item.summary() for item in shown]
        return ActionResult({"MonitoringScheduleSummaries": summaries, "NextToken": token})

    def list_monitoring_executions(self) -> ActionResult:
        """List what ran, newest first."""
        parameters = self._parameters
        wanted = parameters.get("MonitoringScheduleName")
        found = [
            execution
            for item in list(self._store.monitoring_schedules.values())
            if wanted in (None, item.name)
            for execution in item.executions
            if parameters.get("EndpointName") in (None, execution["EndpointName"])
            and parameters.get("StatusEquals") in (None, execution["MonitoringExecutionStatus"])
        ]
        found.sort(key=lambda item: item["CreationTime"], reverse=parameters.get("SortOrder") != "Ascending")
        shown, token = listing.page(found, parameters)
        return ActionResult({"MonitoringExecutionSummaries": shown, "NextToken": token})

    def start_monitoring_schedule(self) -> ActionResult:
        """Start a stopped schedule."""
        self._monitoring.set_status(self._parameters["MonitoringScheduleName"], SCHEDULED)
        return EmptyResult()

    def stop_monitoring_schedule(self) -> ActionResult:
        """Stop a schedule."""
        self._monitoring.set_status(self._parameters["MonitoringScheduleName"], STOPPED)
        return EmptyResult()

    def delete_monitoring_schedule(self) -> ActionResult:
        """Delete a schedule."""
        self._monitoring.delete(self._parameters["MonitoringScheduleName"])
        return EmptyResult()
