"""Clear away what training and processing jobs leave behind, and what nobody gave a retention.

SageMaker makes jobs, their log groups and their half-written outputs at run time: Terraform knows none of it. A
Systems Manager automation calls ``handler`` once a day; its result is the automation's output.
"""

from datetime import UTC, datetime, timedelta

# What a completed job wrote is a model's provenance and stays.
_ENDED_BADLY = ("Failed", "Stopped")
_ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"


def handler(events, _context, clients=None):
    """Look, and unless ``mode`` is ``delete`` only report.

    ``events``: mode (report or delete), older_than_days, retention_days, output_prefixes (``bucket/prefix``).
    Returns what was found, as lists of names: jobs, outputs, log_groups_without_endpoint,
    log_groups_without_retention.
    """
    if clients is None:
        import boto3  # noqa: PLC0415 - there when the automation runs, and not needed to read this file

        clients = {name: boto3.client(name) for name in ("sagemaker", "s3", "logs")}
    delete = events["mode"] == "delete"
    before = datetime.now(UTC) - timedelta(days=int(events["older_than_days"]))
    jobs, outputs = _jobs(clients, before, events["output_prefixes"], delete)
    gone, endless = _log_groups(clients, int(events["retention_days"]), before, delete)
    return {
        "mode": events["mode"],
        "jobs": jobs,
        "outputs": outputs,
        "log_groups_without_endpoint": gone,
        "log_groups_without_retention": endless,
    }


def _jobs(clients, before, prefixes, delete):
    sagemaker, jobs, outputs = clients["sagemaker"], [], []
    for kind in ("Training", "Processing"):
        lower = kind.lower()
        for status in _ENDED_BADLY:
            pages = sagemaker.get_paginator(f"list_{lower}_jobs").paginate(
                StatusEquals=status, LastModifiedTimeBefore=before
            )
            for job in [job for page in pages for job in page[kind + "JobSummaries"]]:
                name = job[kind + "JobName"]
                described = getattr(sagemaker, f"describe_{lower}_job")(**{kind + "JobName": name})
                found = _outputs(clients["s3"], _places(described, name), prefixes, delete)
                outputs += found
                jobs.append(f"{lower}-job/{name}")
                remove = getattr(sagemaker, f"delete_{lower}_job", None)
                # An older boto3 cannot; the job's record is then left, and costs nothing.
                if delete and remove is not None:
                    remove(**{kind + "JobName": name})
    return jobs, outputs


def _places(job, name):
    """Addresses below which this job alone wrote: those that carry its name."""
    given = [job.get("OutputDataConfig", {}).get("S3OutputPath"), job.get("CheckpointConfig", {}).get("S3Uri")]
    given += [
        output["S3Output"]["S3Uri"]
        for output in job.get("ProcessingOutputConfig", {}).get("Outputs", [])
        if "S3Output" in output
    ]
    places = []
    for address in filter(None, given):
        parts = address.split("://", 1)[1].rstrip("/").split("/")
        # SageMaker puts a training job's output into a folder of the job's name.
        places.append("/".join([*parts, ""] if name in parts[1:] else [*parts, name, ""]))
    return places


def _outputs(s3, places, prefixes, delete):
    found = []
    for place in places:
        if not any(place.startswith(prefix.rstrip("/") + "/") for prefix in prefixes):
            continue
        bucket, prefix = place.split("/", 1)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            keys = [item["Key"] for item in page.get("Contents", [])]
            found += [f"s3://{bucket}/{key}" for key in keys]
            if delete and keys:
                answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
                if answer.get("Errors"):
                    raise RuntimeError("not deleted: {}".format(answer["Errors"]))
    return found


def _log_groups(clients, retention_days, before, delete):
    logs = clients["logs"]
    pages = clients["sagemaker"].get_paginator("list_endpoints").paginate()
    endpoints = {endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]}
    gone, endless = [], []
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/sagemaker/"):
        for group in page["logGroups"]:
            name = group["logGroupName"]
            old = group["creationTime"] < before.timestamp() * 1000
            if name.startswith(_ENDPOINT_LOGS) and name[len(_ENDPOINT_LOGS) :] not in endpoints and old:
                gone.append(name)
                if delete:
                    logs.delete_log_group(logGroupName=name)
            elif "retentionInDays" not in group:
                endless.append(name)
                if delete:
                    logs.put_retention_policy(logGroupName=name, retentionInDays=retention_days)
    return gone, endless
