"""Steps 1 to 5: the data scientist creates a project, and everybody watches it come into being."""

import re
from typing import Any

from botocore.exceptions import ClientError

from demo import evidence, repository
from demo.errors import DemoError
from demo.platform import WAITING
from demo.report.model import Delivery
from demo.scene import Activity, Scene, until

PRODUCT = "Model build, train and deploy with GitHub and Terraform"
DESCRIPTION = "Body mass of penguins from measurements of bill and flipper"
_APPLIED = re.compile(r"Apply complete! Resources: (\d+) added")
_RUNNER = "AWSUtility::CloudFormation::CommandRunner"


def create(scene: Scene) -> Activity:
    """Step 1, and the way to ``CreateCompleted``."""
    yield from until(lambda: scene.offered)
    step = scene.journey.step(1)
    scene.journey.start(step, "choosing the template")
    product = _product(scene)
    sagemaker = scene.scientist("sagemaker")
    answer = sagemaker.create_project(
        ProjectName=scene.project.name,
        ProjectDescription=DESCRIPTION,
        ServiceCatalogProvisioningDetails={
            "ProductId": product["ProductId"],
            "ProvisioningParameters": [{"Key": "GitRepoName", "Value": f"example-org/{scene.project.name}"}],
        },
    )
    scene.project.arn, scene.project.identifier = answer["ProjectArn"], answer["ProjectId"]
    scene.project.repository = f"{scene.handout.git_url}/example-org/{scene.project.name}"
    scene.journey.finish(
        step,
        f"Template “{product['Name']}”, one thing typed: example-org/{scene.project.name}",
        f"Project {scene.project.name} has the id {scene.project.identifier}",
    )
    while True:
        described = sagemaker.describe_project(ProjectName=scene.project.name)
        scene.project.state = described["ProjectStatus"]
        if scene.project.state == "CreateCompleted":
            return
        if scene.project.state not in {"CreateInProgress", "Pending"}:
            raise evidence.of_failed_project(scene, described)
        yield


def watch(scene: Scene) -> Activity:
    """Steps 2 to 5, each told by what can be seen from outside."""
    yield from until(lambda: bool(scene.project.identifier))
    yield from _launch(scene)
    yield from _run(scene)
    yield from _made(scene)


def seeded(scene: Scene) -> Activity:
    """Step 5, while step 4 goes on."""
    step = scene.journey.step(5)
    yield from until(lambda: bool(scene.project.identifier))
    yield from until(lambda: _logged(scene))
    scene.journey.start(step, f"{scene.prefix}-seed runs")
    commits: list[repository.Commit] = []
    while not commits:
        yield
        commits = repository.history(scene, scene.project.branch)
    if len(commits) != 1:
        raise DemoError(f"The new repository was to have one commit and has {len(commits)}.")
    commit = commits[0]
    scene.report.deliveries.append(Delivery(commit.sha, commit.subject, commit.author))
    scene.journey.finish(
        step,
        f"{scene.project.repository} has one commit, {commit.sha[:10]} “{commit.subject}”, {commit.files} files",
    )


def _product(scene: Scene) -> dict[str, Any]:
    found = scene.scientist("servicecatalog").search_products()["ProductViewSummaries"]
    for product in found:
        if product["Name"] == PRODUCT:
            return dict(product)
    names = ", ".join(product["Name"] for product in found) or "none"
    raise DemoError(
        f"The data scientist's role does not see the product “{PRODUCT}” in Service Catalog, but {names}."
    )


def _launch(scene: Scene) -> Activity:
    step = scene.journey.step(2)
    scene.journey.start(step, "Service Catalog launches the product")
    stack = None
    while stack is None:
        yield
        stack = _stack(scene)
    scene.project.stack = stack["StackId"]
    events = scene.engineer("cloudformation").describe_stack_events
    while not any(
        event["ResourceType"] == _RUNNER for event in events(StackName=scene.project.stack)["StackEvents"]
    ):
        yield
    role = str(stack.get("RoleARN", "")).rsplit("/", 1)[-1]
    scene.journey.finish(step, f"Stack {stack['StackName']}" + (f", launched as {role}" if role else ""))


def _stack(scene: Scene) -> dict[str, Any] | None:
    described = scene.engineer("sagemaker").describe_project(ProjectName=scene.project.name)
    product = described.get("ServiceCatalogProvisionedProductDetails", {}).get("ProvisionedProductId")
    if not product:
        return None
    try:
        found = scene.engineer("cloudformation").describe_stacks(StackName=f"SC-{scene.report.account}-{product}")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # CloudFormation's way to say: no such stack yet
            return None
        raise
    return dict(found["Stacks"][0])


def _run(scene: Scene) -> Activity:
    """Step 3 lasts until the project's bucket stands: by then the release was fetched, verified and planned."""
    step = scene.journey.step(3)
    scene.journey.start(step, "the runner fetches and verifies the release, Terraform plans")
    while not _exists(scene):
        yield
    scene.journey.finish(
        step, f"State key projects/{scene.project.identifier}/terraform.tfstate in {scene.state_bucket}"
    )


def _exists(scene: Scene) -> bool:
    buckets = scene.engineer("s3").list_buckets()["Buckets"]
    return any(bucket["Name"] == scene.artifact_bucket for bucket in buckets)


def _made(scene: Scene) -> Activity:
    step = scene.journey.step(4)
    scene.journey.start(step)
    while scene.project.state != "CreateCompleted":
        if scene.delivery(0) is None:
            scene.journey.note(step, f"{_tagged(scene)} resources with the project's tags so far")
        else:
            scene.journey.note(step, f"everything anybody waits for is there; {WAITING}")
        yield
    record = evidence.run_record(scene)
    scene.project.record = record.location if record else ""
    scene.project.resources = _applied(scene)
    scene.journey.finish(
        step, f"{scene.project.resources} resources, named {scene.prefix}…; project {scene.project.state}"
    )


def _applied(scene: Scene) -> int:
    """How many resources Terraform says it made."""
    lines = evidence.log_lines(scene, evidence.RUNNER_LOG, stream=f"{scene.project.identifier}/")
    return next((int(match[1]) for line in lines if (match := _APPLIED.search(line.words))), 0)


def _tagged(scene: Scene) -> int:
    tagging = scene.engineer("resourcegroupstaggingapi")
    wanted = [{"Key": "sagemaker:project-id", "Values": [scene.project.identifier]}]
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=wanted)
    return sum(len(page["ResourceTagMappingList"]) for page in pages)


def _logged(scene: Scene) -> bool:
    return bool(evidence.log_lines(scene, f"/aws/lambda/{scene.prefix}-seed", limit=1))
