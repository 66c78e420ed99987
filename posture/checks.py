"""What each resource has to have. A row says of a resource and a check whether it holds, and what it rests on."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from posture.plans import Resource

CUSTOMER_KEY = "a customer key at rest"
ROTATION = "the key rotates"
TLS = "TLS only"
PRIVATE = "no public access"
RETENTION = "logs end some day"
UNPRIVILEGED = "no privileged mode"
IMDSV2 = "IMDSv2 only"
IMAGE = "a pinned image"
VPC = "in the network when one is given"


@dataclass(frozen=True)
class Row:
    """One check of one thing.

    Attributes:
        check: what has to hold.
        subject: of what: package and address, or file and command.
        met: whether it does.
        rests_on: by which arguments, as name of the resource and path of the argument; an empty path is all of it.
        worse: what the argument would be if somebody took the check's cause away.

    """

    check: str
    subject: str
    met: bool
    rests_on: tuple[str, str] = ("", "")
    worse: Any = None


Good = Callable[[Any], bool]


@dataclass(frozen=True)
class Wanted:
    """An argument that a type of resource has to have."""

    check: str
    type: str
    path: str
    good: Good
    worse: Any = None


def _given(value: Any) -> bool:
    return value not in (None, "", [], {})


def _is(wanted: Any) -> Good:
    return lambda value: bool(value == wanted)


def _is_not(wanted: Any) -> Good:
    return lambda value: bool(value != wanted)


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0


def _pinned(image: Any) -> bool:
    """A digest, or a tag of AWS's images with a date; what only begins a version is moved by others."""
    return bool(re.search(r"@sha256:[0-9a-f]{64}$|:[\d.]+-\d\d\.\d\d\.\d\d$", str(image)))


_KEY_OF = (
    ("aws_cloudwatch_log_group", "kms_key_id"),
    ("aws_codebuild_project", "encryption_key"),
    ("aws_codepipeline", "artifact_store.0.encryption_key.0.id"),
    ("aws_dynamodb_table", "server_side_encryption.0.kms_key_arn"),
    ("aws_efs_file_system", "kms_key_id"),
    ("aws_lambda_function", "kms_key_arn"),
    ("aws_rds_cluster", "kms_key_id"),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id",
    ),
    ("aws_s3_object", "kms_key_id"),
    ("aws_sagemaker_data_quality_job_definition", "job_resources.0.cluster_config.0.volume_kms_key_id"),
    ("aws_sagemaker_domain", "kms_key_id"),
    ("aws_sagemaker_endpoint_configuration", "kms_key_arn"),
    ("aws_sagemaker_notebook_instance", "kms_key_id"),
    ("aws_secretsmanager_secret", "kms_key_id"),
    ("aws_sns_topic", "kms_master_key_id"),
    ("aws_sqs_queue", "kms_master_key_id"),
)
_KEYS = dict(_KEY_OF)
WANTED = (
    *(Wanted(CUSTOMER_KEY, kind, path, _given) for kind, path in _KEYS.items()),
    Wanted(ROTATION, "aws_kms_key", "enable_key_rotation", _is(True)),
    Wanted(RETENTION, "aws_cloudwatch_log_group", "retention_in_days", _positive),
    Wanted(UNPRIVILEGED, "aws_codebuild_project", "environment.0.privileged_mode", _is_not(True), worse=True),
    Wanted(IMAGE, "aws_codebuild_project", "environment.0.image", _pinned, worse="somebody/image:latest"),
    Wanted(VPC, "aws_codebuild_project", "vpc_config.0.subnets", _given),
    Wanted(VPC, "aws_lambda_function", "vpc_config.0.subnet_ids", _given),
    Wanted(VPC, "aws_sagemaker_notebook_instance", "subnet_id", _given),
    Wanted(PRIVATE, "aws_rds_cluster_instance", "publicly_accessible", _is_not(True), worse=True),
    Wanted(PRIVATE, "aws_sagemaker_notebook_instance", "direct_internet_access", _is("Disabled")),
    Wanted(PRIVATE, "aws_sagemaker_domain", "app_network_access_type", _is("VpcOnly")),
    Wanted(PRIVATE, "aws_subnet", "map_public_ip_on_launch", _is_not(True), worse=True),
    Wanted(
        IMDSV2,
        "aws_sagemaker_notebook_instance",
        "instance_metadata_service_configuration.0.minimum_instance_metadata_service_version",
        _is("2"),
    ),
    Wanted(IMDSV2, "aws_instance", "metadata_options.0.http_tokens", _is("required")),
    Wanted(IMDSV2, "aws_launch_template", "metadata_options.0.http_tokens", _is("required")),
)
_A_KEY = re.compile(r"kms_(master_)?key|^encryption_key$")
_NOT_AT_REST = {
    "aws_rds_cluster_instance": "performance figures only; the cluster has the data",
    "aws_sagemaker_endpoint": "its configuration has the key",
}


def rows(resources: Iterable[Resource]) -> list[Row]:
    """Every check of every resource that it is about."""
    known = {item.name: item for item in resources}
    return [*_arguments(known), *_buckets_and_topics(known), *_machines(known), *_unknown(known)]


def argument(values: Any, path: str) -> Any:
    """A nested argument, such as ``rule.0.id``; None where there is none."""
    for part in path.split("."):
        if isinstance(values, list):
            values = values[int(part)] if part.isdecimal() and int(part) < len(values) else None
        else:
            values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _arguments(known: Mapping[str, Resource]) -> Iterator[Row]:
    for item in known.values():
        for wanted in WANTED:
            if item.type == wanted.type:
                met = wanted.good(argument(item.values, wanted.path))
                yield Row(wanted.check, item.name, met, (item.name, wanted.path), wanted.worse)


def _unknown(known: Mapping[str, Resource]) -> Iterator[Row]:
    """Types that can have a key and that the table above does not know: somebody has to look at them."""
    for item in known.values():
        if item.type not in _KEYS and item.type not in _NOT_AT_REST and any(map(_A_KEY.search, item.values)):
            yield Row(CUSTOMER_KEY, item.name, met=False)


_COMPANIONS: dict[str, tuple[tuple[str, str, Good], ...]] = {
    "aws_s3_bucket": (
        (TLS, "aws_s3_bucket_policy", lambda values: denies_plain_text(values.get("policy"), "s3:*")),
        (
            PRIVATE,
            "aws_s3_bucket_public_access_block",
            lambda values: all(
                values.get(name) is True
                for name in (
                    "block_public_acls",
                    "block_public_policy",
                    "ignore_public_acls",
                    "restrict_public_buckets",
                )
            ),
        ),
        (CUSTOMER_KEY, "aws_s3_bucket_server_side_encryption_configuration", _given),
    ),
    "aws_sns_topic": (
        (TLS, "aws_sns_topic_policy", lambda values: denies_plain_text(values.get("policy"), "sns:Publish")),
    ),
    "aws_sqs_queue": (
        (TLS, "aws_sqs_queue_policy", lambda values: denies_plain_text(values.get("policy"), "sqs:*")),
    ),
}


def _buckets_and_topics(known: Mapping[str, Resource]) -> Iterator[Row]:
    """What stands beside a bucket or a topic under the same name."""
    for item in known.values():
        for check, kind, good in _COMPANIONS.get(item.type, ()):
            beside = known.get(f"{item.package} {item.beside(kind)}")
            met = beside is not None and good(beside.values)
            yield Row(check, item.name, met, (f"{item.package} {item.beside(kind)}", ""))


def _machines(known: Mapping[str, Resource]) -> Iterator[Row]:
    """Roles of machines that Terraform does not start: their credentials are good for nothing through IMDSv1."""
    for item in known.values():
        if item.type == "aws_iam_instance_profile":
            place = f"{item.package} {item.beside('aws_iam_role_policy')}"
            met = place in known and refuses_the_first_metadata_service(known[place].values.get("policy"))
            yield Row(IMDSV2, item.name, met, (place, ""))


def _statements(policy: Any) -> list[Mapping[str, Any]]:
    found = json.loads(policy or "{}").get("Statement", [])
    return found if isinstance(found, list) else [found]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _about_all(resources: Any, action: str) -> bool:
    """Whether a statement is about a bucket and its objects too; None is what is unknown before the apply."""
    if resources is None or not action.startswith("s3:"):
        return True
    named = [str(one) for one in _list(resources)]
    return "*" in named or {one.endswith("/*") for one in named} == {True, False}


def denies_plain_text(policy: Any, action: str) -> bool:
    """Whether a resource's policy refuses everybody who comes without TLS."""
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and action in _list(statement.get("Action"))
        and _about_all(statement.get("Resource"), action)
        and _list((statement.get("Condition", {}).get("Bool") or {}).get("aws:SecureTransport")) == ["false"]
        and len(statement["Condition"]) == 1
        for statement in _statements(policy)
    )


def refuses_the_first_metadata_service(policy: Any) -> bool:
    """Whether a role's policy denies everything to credentials that IMDSv1 handed out."""
    return any(
        (statement["Effect"], statement.get("Action"), statement.get("Resource")) == ("Deny", "*", "*")
        and statement.get("Condition") == {"NumericLessThan": {"ec2:RoleDelivery": "2.0"}}
        for statement in _statements(policy)
    )


def unnoticed(resources: Iterable[Resource]) -> list[Row]:
    """Rows that hold, and would seem to if what they rest on were taken away: checks that check nothing."""
    all_of_them = list(resources)
    by_name = {item.name: item for item in all_of_them}
    found = []
    for row in rows(all_of_them):
        if row.met:
            name, path = row.rests_on
            left = {key: item for key, item in by_name.items() if key in (name, row.subject)}
            if path:
                left[name] = replace(left[name], values=_changed(left[name].values, path.split("."), row.worse))
            else:
                del left[name]
            if any(
                again.met
                for again in rows(left.values())
                if (again.check, again.subject) == (row.check, row.subject)
            ):
                found.append(row)
    return found


def _changed(values: Any, path: list[str], new: Any) -> Any:
    first, *rest = path
    if first.isdecimal():
        items = values or [None]
        return [_next(item, rest, new) if index == int(first) else item for index, item in enumerate(items)]
    return {**(values or {}), first: _next((values or {}).get(first), rest, new)}


def _next(value: Any, rest: list[str], new: Any) -> Any:
    return _changed(value, rest, new) if rest else new
