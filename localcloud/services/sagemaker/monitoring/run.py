"""One execution of a monitoring schedule: ``POST /_localcloud/monitoring {"schedule": "name"}`` is the hour."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError
from localcloud.service_role import ServiceRole
from localcloud.services.cloudwatch import metrics
from localcloud.services.cloudwatch.metrics import Metric
from localcloud.services.sagemaker import roles
from localcloud.services.sagemaker.errors import SageMakerError
from localcloud.services.sagemaker.jobs.transfer import TransferError, keys_under, read_text, split_uri
from localcloud.services.sagemaker.monitoring import quality
from localcloud.services.sagemaker.monitoring.schedule import STOPPED, MonitoringSchedule
from localcloud.services.sagemaker.resources import now
from localcloud.services.sagemaker.store import SageMakerStore, store_of

_log = logging.getLogger(__name__)
_SESSION = "SageMaker"
_NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"


class Execution:
    """Runs a schedule once."""

    def __init__(self, cloud: Cloud, store: SageMakerStore, schedule: MonitoringSchedule) -> None:
        self._cloud = cloud
        self._store = store
        self._schedule = schedule

    def run(self) -> dict[str, Any]:
        """Compare what was captured since the last execution with the baseline.

        Returns:
            The execution's entry in ListMonitoringExecutions.

        """
        schedule = self._schedule
        summary: dict[str, Any] = {
            "MonitoringScheduleName": schedule.name,
            "ScheduledTime": now(),
            "CreationTime": now(),
            "LastModifiedTime": now(),
            "MonitoringExecutionStatus": "InProgress",
            "EndpointName": schedule.definition.endpoint,
            "MonitoringJobDefinitionName": schedule.definition.name,
            "MonitoringType": "DataQuality",
        }
        schedule.executions.append(summary)
        try:
            found = self._compare()
        except (ClientError, TransferError, SageMakerError, quality.UnreadableError) as error:
            summary |= {"MonitoringExecutionStatus": "Failed", "FailureReason": str(error)[:1024]}
        else:
            summary["MonitoringExecutionStatus"] = "CompletedWithViolations" if found else "Completed"
        summary["LastModifiedTime"] = now()
        return summary

    def _compare(self) -> list[dict[str, str]]:
        request = self._schedule.definition.request
        role = roles.assume(
            self._cloud, request["RoleArn"], _SESSION, self._store.region_name, source_arn=self._schedule.arn
        )
        s3 = role.client("s3")
        baseline = request.get("DataQualityBaselineConfig") or {}
        uri = (baseline.get("ConstraintsResource") or {}).get("S3Uri")
        if uri is None:
            raise quality.UnreadableError("AlgorithmError: Error: the job definition names no constraints")
        constraints = json.loads(read_text(s3, uri))
        columns = [feature["name"] for feature in constraints["features"]]
        until = datetime.now(UTC)
        lines = self._captured(s3)
        if not lines:
            raise quality.UnreadableError(
                f"Job inputs had no data in S3 for endpoint {self._schedule.definition.endpoint}"
            )
        data = quality.rows(lines, columns)
        found = quality.violations(data, constraints)
        summary = quality.statistics(data, columns)
        self._write(s3, until, summary, constraints, found)
        self._publish(role, summary)
        self._schedule.looked_until = until
        return found

    def _captured(self, s3: Any) -> list[str]:
        """The lines that were captured since the last execution, of every variant that is no shadow."""
        endpoint = self._store.endpoints.get(self._schedule.definition.endpoint or "")
        capture = endpoint.fleet.capture if endpoint is not None and endpoint.fleet is not None else None
        if endpoint is None or endpoint.fleet is None or capture is None:
            raise quality.UnreadableError(
                f"Endpoint {self._schedule.definition.endpoint} does not exist, or does not capture data"
            )
        bucket, _ = split_uri(capture["DestinationS3Uri"])
        since = self._schedule.looked_until or datetime.now(UTC) - timedelta(days=1)
        lines: list[str] = []
        for variant in endpoint.fleet.variants:
            prefix = f"{capture['DestinationS3Uri'].rstrip('/')}/{endpoint.name}/{variant}/"
            for key, _ in keys_under(s3, prefix):
                item = s3.get_object(Bucket=bucket, Key=key)
                if item["LastModified"].replace(tzinfo=UTC) >= since.replace(microsecond=0):
                    lines += item["Body"].read().decode().splitlines()
        return lines

    def _write(
        self, s3: Any, moment: datetime, summary: Any, constraints: Any, found: list[dict[str, str]]
    ) -> None:
        config = self._schedule.definition.request["DataQualityJobOutputConfig"]
        bucket, prefix = split_uri(config["MonitoringOutputs"][0]["S3Output"]["S3Uri"])
        endpoint = self._schedule.definition.endpoint or ""
        parts = (prefix.strip("/"), endpoint, self._schedule.name, f"{moment:%Y/%m/%d/%H}")
        folder = "/".join(filter(None, parts))
        key = config.get("KmsKeyId")
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        for name, content in (
            ("statistics.json", summary),
            ("constraints.json", constraints),
            ("constraint_violations.json", {"violations": found}),
        ):
            s3.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=json.dumps(content, indent=2), **encryption)

    def _publish(self, role: ServiceRole, summary: dict[str, Any]) -> None:
        """CloudWatch metrics per feature, when the job's environment asks for them and its role may."""
        environment = self._schedule.definition.request["DataQualityAppSpecification"].get("Environment") or {}
        if environment.get("publish_cloudwatch_metrics", "Disabled") != "Enabled":
            return
        if not role.allows("cloudwatch:PutMetricData", "*"):
            role.record("cloudwatch", "PutMetricData", {"Namespace": _NAMESPACE}, error="AccessDenied")
            _log.warning("%s has no metrics: %s", self._schedule.arn, role.denial("cloudwatch:PutMetricData", "*"))
            return
        try:
            role.record("cloudwatch", "PutMetricData", {"Namespace": _NAMESPACE})
        except AccessDeniedError as error:
            _log.warning("%s has no metrics: %s", self._schedule.arn, error.message)
            return
        store = metrics.of(self._store.account_id, self._store.region_name)
        own = metrics.dimensions(
            {"Endpoint": self._schedule.definition.endpoint or "", "MonitoringSchedule": self._schedule.name}
        )
        for feature in summary["features"]:
            numbers = feature.get("numerical_statistics")
            common = (numbers or feature.get("string_statistics"))["common"]
            name = feature["name"]
            store.put(Metric(_NAMESPACE, f"feature_non_null_{name}", own), float(common["num_present"]), "Count")
            if numbers is not None:
                store.put(Metric(_NAMESPACE, f"feature_data_{name}", own), float(numbers["mean"]), "None")


def control(cloud: Cloud, request: Request) -> Response:
    """GET lists the schedules; POST ``{"schedule", "region", "account"}`` runs one now; its execution."""
    wanted = request.get_json(force=True) if request.method == "POST" else {}
    if unknown := sorted(set(wanted) - {"schedule", "region", "account"}):
        return _json({"message": f"unknown fields: {', '.join(unknown)}"}, 400)
    store = store_of(wanted.get("account", cloud.account_id), wanted.get("region", cloud.region))
    if request.method != "POST":
        return _json([schedule.describe() for schedule in list(store.monitoring_schedules.values())])
    schedule = store.monitoring_schedules.get(wanted.get("schedule", ""))
    if schedule is None:
        return _json({"message": f"there is no monitoring schedule {wanted.get('schedule')}"}, 404)
    if schedule.status == STOPPED:
        return _json({"message": f"the monitoring schedule {schedule.name} is stopped"}, 409)
    return _json(Execution(cloud, store, schedule).run())


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status=status, content_type="application/json")
