"""Clear away what training and processing jobs leave behind, and what nobody gave a retention.

SageMaker makes jobs, their log groups and their half-written outputs at run time: Terraform knows none of it. A
Systems Manager automation calls ``handler`` once a day; its result is the automation's output.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

# What a completed job wrote is a model's provenance and stays.
_ENDED_BADLY = ("Failed", "Stopped")
_ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
_PROJECT = "sagemaker:project-id"
# SageMaker uploads a job's last files around the time that it gives as the job's end.
_MARGIN = timedelta(minutes=15)


def handler(events: Json, _context: Any, clients: Json | None = None) -> Json:
    """Look, and unless ``mode`` is ``delete`` only report.

    ``events``: mode (report or delete), older_than_days, retention_days, output_prefixes (``bucket/prefix``),
    kept_log_groups (names of groups that Terraform owns).
    Returns what was found, as lists of names: jobs, outputs, log_groups_without_endpoint,
    log_groups_without_retention.
    """
    if clients is None:
        import boto3  # noqa: PLC0415 - there when the automation runs, and not needed to read this file

        clients = {name: boto3.client(name) for name in ("sagemaker", "s3", "logs")}
    delete = events["mode"] == "delete"
    before = datetime.now(UTC) - timedelta(days=int(events["older_than_days"]))
    jobs, outputs = _jobs(clients, before, events["output_prefixes"], delete)
    gone = _logs_of_endpoints(clients, before, set(events["kept_log_groups"]), delete)
    return {
        "mode": events["mode"],
        "jobs": jobs,
        "outputs": outputs,
        "log_groups_without_endpoint": gone,
        "log_groups_without_retention": _endless_logs(
            clients["logs"], int(events["retention_days"]), gone, delete
        ),
    }


def _jobs(clients: Json, before: datetime, prefixes: list[str], delete: bool) -> tuple[list[str], list[str]]:
    sagemaker = clients["sagemaker"]
    jobs: list[str] = []
    outputs: list[str] = []
    for kind in ("Training", "Processing"):
        lower = kind.lower()
        for status in _ENDED_BADLY:
            pages = sagemaker.get_paginator(f"list_{lower}_jobs").paginate(
                StatusEquals=status, LastModifiedTimeBefore=before
            )
            for job in [job for page in pages for job in page[kind + "JobSummaries"]]:
                name = job[kind + "JobName"]
                described = getattr(sagemaker, f"describe_{lower}_job")(**{kind + "JobName": name})
                # Stopped by its time limit or by a tuning, it may have left a model that somebody registered.
                if described.get("ModelArtifacts", {}).get("S3ModelArtifacts"):
                    continue
                for place in _places(described, name):
                    outputs += _outputs(clients["s3"], place, prefixes, _lifetime(described, kind), delete)
                jobs.append(f"{lower}-job/{name}")
                remove = getattr(sagemaker, f"delete_{lower}_job", None)
                # An older boto3 cannot; the job's record is then left, and costs nothing.
                if delete and remove is not None:
                    remove(**{kind + "JobName": name})
    return jobs, outputs


def _lifetime(job: Json, kind: str) -> tuple[datetime, datetime]:
    ended = job.get(kind + "EndTime") or job["LastModifiedTime"]
    # S3 tells seconds, SageMaker their fractions too.
    return job["CreationTime"].replace(microsecond=0), ended + _MARGIN


def _places(job: Json, name: str) -> list[str]:
    """Addresses that are the job's by their name: its folder below a training's output, or what it was given."""
    places = []
    training = job.get("OutputDataConfig", {}).get("S3OutputPath")
    if training:
        # SageMaker puts it into a folder of the job's name, whatever the address is.
        places.append(_address(training) + name + "/")
    given = [job.get("CheckpointConfig", {}).get("S3Uri")]
    given += [
        output["S3Output"]["S3Uri"]
        for output in job.get("ProcessingOutputConfig", {}).get("Outputs", [])
        if "S3Output" in output
    ]
    places += [place for place in map(_address, filter(None, given)) if name in place.split("/")[1:]]
    return places


def _address(uri: str) -> str:
    return uri.split("://", 1)[1].rstrip("/") + "/"


def _outputs(
    s3: Any, place: str, prefixes: list[str], lifetime: tuple[datetime, datetime], delete: bool
) -> list[str]:
    """What lies there, if nothing of it was written when the job did not run: a name alone proves nothing."""
    if not any(place.startswith(prefix.rstrip("/") + "/") for prefix in prefixes):
        return []
    bucket, prefix = place.split("/", 1)
    keys = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            if not lifetime[0] <= item["LastModified"] <= lifetime[1]:
                return []
            keys.append(item["Key"])
    for first in range(0, len(keys) if delete else 0, 1000):
        batch = [{"Key": key} for key in keys[first : first + 1000]]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch})
        if answer.get("Errors"):
            raise RuntimeError("not deleted: {}".format(answer["Errors"]))
    return [f"s3://{bucket}/{key}" for key in keys]


def _groups(logs: Any, prefix: str) -> list[Json]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [group for page in pages for group in page["logGroups"]]


def _logs_of_endpoints(clients: Json, before: datetime, kept: set[str], delete: bool) -> list[str]:
    logs = clients["logs"]
    gone: list[str] = []
    pages = clients["sagemaker"].get_paginator("list_endpoints").paginate()
    endpoints = {endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]}
    for group in _groups(logs, _ENDPOINT_LOGS):
        name = group["logGroupName"]
        if name in kept or name[len(_ENDPOINT_LOGS) :] in endpoints or not _silent_since(logs, group, before):
            continue
        # A project's group goes with its deployment.
        if _PROJECT in logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*")).get("tags", {}):
            continue
        gone.append(name)
        if delete:
            logs.delete_log_group(logGroupName=name)
    return gone


def _silent_since(logs: Any, group: Json, before: datetime) -> bool:
    newest = logs.describe_log_streams(
        logGroupName=group["logGroupName"], orderBy="LastEventTime", descending=True, limit=1
    )["logStreams"]
    times = [group["creationTime"], *(stream.get("lastEventTimestamp", 0) for stream in newest)]
    return bool(max(times) < before.timestamp() * 1000)


def _endless_logs(logs: Any, retention_days: int, gone: list[str], delete: bool) -> list[str]:
    endless = [
        group["logGroupName"]
        for group in _groups(logs, "/aws/sagemaker/")
        if "retentionInDays" not in group and group["logGroupName"] not in gone
    ]
    for name in endless if delete else ():
        logs.put_retention_policy(logGroupName=name, retentionInDays=retention_days)
    return endless
