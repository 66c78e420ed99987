"""What carries a project's id in the account: by tag, by name, by path, in the bucket and in the table."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from projects import catalog, locks
from projects.catalog import Provisioned
from projects.locks import Item
from projects.overview import summaries
from projects.platform import PROJECT_ID, Platform, everything, workers
from projects.records import Records

TAG = "sagemaker:project-id"

_OWN_NAME = re.compile(r"ml-(p-[a-z0-9]{1,18})-[a-z0-9-]+")
_LOG_GROUP = re.compile(r"/aws/(?:codebuild|lambda)/ml-(p-[a-z0-9]{1,18})-[a-z]+")
_SHOWN_NAME = re.compile(r".+-(p-[a-z0-9]{1,18})")
_STACK_NAME = "SC-"
_ENDED = ("DELETE_COMPLETE", "DELETE_IN_PROGRESS")

# Finished work that cannot be deleted, and what is looked at by itself.
_HISTORY = re.compile(
    r":sagemaker:[^:]*:[^:]*:(?:[a-z-]+-job|pipeline/[^/]+/execution|project)/|:(?:servicecatalog|catalog|cloudformation):"
)


@dataclass(frozen=True)
class Stack:
    """A stack that was made for a project."""

    arn: str
    project: str
    status: str


@dataclass(frozen=True)
class Resource:
    """Something that carries a project's id.

    Attributes:
        kind: what it is, for a person.
        name: its ARN, or its name where it has none that is known.
        certain: whether the id is one for certain; a name that merely ends like one may be anybody's.

    """

    kind: str
    name: str
    project: str
    certain: bool = True


@dataclass(frozen=True)
class Inventory:
    """Everything, as of one moment.

    Attributes:
        live: id and status of the projects that exist.
        stored: keys in the state bucket, without run records; by project.
        known: ids that the state bucket has ever seen.

    """

    live: dict[str, str]
    names: dict[str, str]
    provisioned: dict[str, Provisioned]
    stacks: list[Stack]
    stored: dict[str, set[str]]
    known: set[str]
    items: list[Item]
    resources: list[Resource]


def take(platform: Platform) -> Inventory:
    """Look at everything, sixteen requests at a time.

    What comes or goes meanwhile is no orphan: projects are listed before and after everything else.
    """
    before = summaries(platform)
    with workers() as pool:
        provisioned = pool.submit(catalog.provisioned, platform)
        stacks = pool.submit(lambda: list(_stacks(platform)))
        items = pool.submit(locks.items, platform)
        stored = pool.submit(lambda: list(Records(platform).keys()))
        known = pool.submit(lambda: set(_folders(platform)))
        listings: list[Callable[[Platform], Iterable[Resource]]] = [_tagged, *_BY_NAME]
        named = list(pool.map(lambda listing: list(listing(platform)), listings))
        inventory = Inventory(
            live={},
            names={},
            provisioned=provisioned.result(),
            stacks=stacks.result(),
            stored=_by_project(stored.result()),
            known=known.result(),
            items=items.result(),
            resources=_once(resource for resources in named for resource in resources),
        )
    for item in [*before, *summaries(platform)]:
        inventory.live[item["ProjectId"]] = item["ProjectStatus"]
        inventory.names[item["ProjectId"]] = item["ProjectName"]
    return inventory


def project_of(name: str) -> str | None:
    """The id of the project for which a provisioned product is named (``<project name>-<project id>``)."""
    match = _SHOWN_NAME.fullmatch(name)
    return match[1] if match else None


def _once(resources: Iterable[Resource]) -> list[Resource]:
    """Each resource once; what is found by tag and by name is certain."""
    found: dict[str, Resource] = {}
    for resource in resources:
        if resource.name not in found or resource.certain:
            found[resource.name] = resource
    return list(found.values())


def _by_project(keys: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key in keys:
        _, project, name = key.split("/", 2)
        found.setdefault(project, set()).add(name)
    return found


def _folders(platform: Platform) -> Iterator[str]:
    pages = platform.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=platform.state_bucket, Prefix="projects/", Delimiter="/"):
        for folder in page.get("CommonPrefixes", []):
            yield folder["Prefix"].split("/")[1]


def _stacks(platform: Platform) -> Iterator[Stack]:
    for stack in everything(platform.client("cloudformation"), "describe_stacks", "Stacks"):
        parameters = {item["ParameterKey"]: item.get("ParameterValue", "") for item in stack.get("Parameters", [])}
        project = parameters.get("SageMakerProjectId", "")
        ours = stack["StackName"].startswith(_STACK_NAME) and PROJECT_ID.fullmatch(project)
        if ours and stack["StackStatus"] not in _ENDED:
            yield Stack(stack["StackId"], project, stack["StackStatus"])


def _tagged(platform: Platform) -> Iterator[Resource]:
    found = everything(
        platform.client("resourcegroupstaggingapi"),
        "get_resources",
        "ResourceTagMappingList",
        TagFilters=[{"Key": TAG}],
        ResourcesPerPage=100,
    )
    for resource in found:
        arn = resource["ResourceARN"]
        values = [tag["Value"] for tag in resource.get("Tags", []) if tag["Key"] == TAG]
        if values and PROJECT_ID.fullmatch(values[0]) and not _HISTORY.search(arn):
            yield Resource(_kind(arn), _whole(arn), values[0])


def _whole(arn: str) -> str:
    # Log groups come with and without ":*", functions never with a version.
    return arn.removesuffix(":*")


def _kind(arn: str) -> str:
    """What an ARN is of: its service and type, such as ``sagemaker endpoint``."""
    _, _, service, _, _, rest = arn.split(":", 5)
    words = re.split(r"[/:]", rest, maxsplit=1)
    return f"{service} {words[0]}" if len(words) > 1 else {"s3": "s3 bucket"}.get(service, service)


def _arn(platform: Platform, service: str, rest: str) -> str:
    partition = platform.client("sts").meta.partition
    return f"arn:{partition}:{service}:{platform.region}:{platform.account_id}:{rest}"


def _builds(platform: Platform) -> Iterator[Resource]:
    for page in platform.client("codebuild").get_paginator("list_projects").paginate():
        for name in page["projects"]:
            if match := _OWN_NAME.fullmatch(name):
                yield Resource("codebuild project", _arn(platform, "codebuild", f"project/{name}"), match[1])


def _pipelines(platform: Platform) -> Iterator[Resource]:
    for item in everything(platform.client("codepipeline"), "list_pipelines", "pipelines"):
        if match := _OWN_NAME.fullmatch(item["name"]):
            yield Resource("codepipeline pipeline", _arn(platform, "codepipeline", item["name"]), match[1])


def _roles(platform: Platform) -> Iterator[Resource]:
    for role in everything(platform.client("iam"), "list_roles", "Roles", PathPrefix=platform.role_path):
        if match := _OWN_NAME.fullmatch(role["RoleName"]):
            yield Resource("iam role", role["Arn"], match[1])


def _log_groups(platform: Platform) -> Iterator[Resource]:
    for prefix in ("/aws/codebuild/ml-p-", "/aws/lambda/ml-p-"):
        groups = everything(platform.client("logs"), "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        for group in groups:
            if match := _LOG_GROUP.fullmatch(group["logGroupName"]):
                yield Resource("logs log-group", _whole(group["arn"]), match[1])


def _buckets(platform: Platform) -> Iterator[Resource]:
    partition = platform.client("sts").meta.partition
    for bucket in platform.client("s3").list_buckets()["Buckets"]:
        match = _OWN_NAME.fullmatch(bucket["Name"])
        if match and bucket["Name"].endswith(f"-{platform.account_id}-{platform.region}"):
            yield Resource("s3 bucket", f"arn:{partition}:s3:::{bucket['Name']}", match[1])


def _shown(operation: str, member: str, name: str, kind: str) -> Callable[[Platform], Iterator[Resource]]:
    """Resources that people see, named ``<project name>-<project id>``."""

    def listing(platform: Platform) -> Iterator[Resource]:
        for item in everything(platform.client("sagemaker"), operation, member):
            if project := project_of(item[f"{name}Name"]):
                yield Resource(f"sagemaker {kind}", item[f"{name}Arn"], project, certain=False)

    return listing


def _code_repositories(platform: Platform) -> Iterator[Resource]:
    found: Iterator[dict[str, Any]] = everything(
        platform.client("sagemaker"), "list_code_repositories", "CodeRepositorySummaryList"
    )
    for item in found:
        if match := _OWN_NAME.fullmatch(item["CodeRepositoryName"]):
            yield Resource("sagemaker code-repository", item["CodeRepositoryArn"], match[1])


_BY_NAME = (
    _builds,
    _pipelines,
    _roles,
    _log_groups,
    _buckets,
    _code_repositories,
    _shown(
        "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroup", "model-package-group"
    ),
    _shown("list_pipelines", "PipelineSummaries", "Pipeline", "pipeline"),
)
