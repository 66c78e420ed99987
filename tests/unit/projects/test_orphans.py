"""`python -m projects orphans`: what belongs to nobody is named, what belongs to somebody is not."""

import json
from datetime import timedelta
from typing import Any

import pytest

from projects.orphans import find
from tests.unit.projects.conftest import ACCOUNT, BUCKET, REGION, stack_arn

LIVE, GONE = "p-aaaaaaaaaaaa", "p-deaddeaddead"


@pytest.fixture
def whole(world: Any) -> Any:
    """A project with all that belongs to it."""
    world.project(LIVE, "churn")
    world.applied(LIVE)
    world.state(LIVE, "managed")
    world.run(LIVE, "apply", timedelta(hours=1))
    for kind in ("owner", "run", "terraform.tfstate-md5"):
        world.item(LIVE, kind)
    _resources(world, LIVE, "churn")
    return world


def _resources(world: Any, identifier: str, name: str) -> None:
    world.client("logs").create_log_group(logGroupName=f"/aws/codebuild/ml-{identifier}-build")
    world.client("logs").create_log_group(logGroupName=f"/aws/lambda/ml-{identifier}-seed")
    world.client("iam").create_role(
        RoleName=f"ml-{identifier}-build",
        Path="/sagemaker-projects/projects/",
        AssumeRolePolicyDocument="{}",
    )
    world.client("codebuild").create_project(
        name=f"ml-{identifier}-build",
        source={"type": "S3", "location": "bucket/source.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=f"arn:aws:iam::{ACCOUNT}:role/x",
    )
    world.client("sagemaker").create_model_package_group(ModelPackageGroupName=f"{name}-{identifier}")
    bucket = f"ml-{identifier}-{ACCOUNT}-{REGION}"
    world.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    tags = [{"Key": "sagemaker:project-id", "Value": identifier}]
    world.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def _names(found: Any) -> set[tuple[str, str]]:
    return {(orphan.kind, orphan.name) for orphan in found.orphans}


def test_nothing_of_a_project_that_exists_is_an_orphan(whole: Any) -> None:
    found = find(whole.platform)
    assert found.orphans == []
    assert found.kept == []


def test_records_of_runs_stay_and_are_none(world: Any) -> None:
    world.run(GONE, "destroy", timedelta(days=1))
    assert find(world.platform).orphans == []


def test_everything_that_a_vanished_project_left(whole: Any) -> None:
    whole.run(GONE, "apply", timedelta(days=1))
    whole.state(GONE, "managed", "managed", "data")
    whole.applied(GONE)
    whole.item(GONE, "owner", Stack="arn")
    whole.item(GONE, "run", Holder="ec2/i-7", Action="apply", Started="2026-12-01T10:00:00Z")
    whole.item(GONE, "terraform.tfstate-md5", Digest="x")
    _resources(whole, GONE, "old")

    found = find(whole.platform)

    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
    assert _names(found) == {
        ("state", f"s3://{BUCKET}/projects/{GONE}/terraform.tfstate"),
        ("record", f"s3://{BUCKET}/projects/{GONE}/applied"),
        ("owner", f"{BUCKET}/projects/{GONE}/owner"),
        ("lease", f"{BUCKET}/projects/{GONE}/run"),
        ("checksum", f"{BUCKET}/projects/{GONE}/terraform.tfstate-md5"),
        ("codebuild project", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ml-{GONE}-build"),
        ("iam role", f"arn:aws:iam::{ACCOUNT}:role/sagemaker-projects/projects/ml-{GONE}-build"),
        ("logs log-group", f"{logs}/aws/codebuild/ml-{GONE}-build"),
        ("logs log-group", f"{logs}/aws/lambda/ml-{GONE}-seed"),
        ("s3 bucket", f"arn:aws:s3:::ml-{GONE}-{ACCOUNT}-{REGION}"),
        ("sagemaker model-package-group", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/old-{GONE}"),
    }
    by_kind = {orphan.kind: orphan for orphan in found.orphans}
    assert by_kind["state"].reason == "no SageMaker project has this id, and 2 resources are in it"
    assert "What belongs to nobody" in by_kind["state"].advice
    assert by_kind["iam role"].advice == "goes with its state, which is listed too"
    assert "ec2/i-7 has it since 2026-12-01T10:00:00Z" in by_kind["lease"].reason
    assert by_kind["lease"].advice.startswith("when ec2/i-7 has ended: aws dynamodb delete-item")


def test_what_somebody_chose_to_keep_is_none(whole: Any) -> None:
    _resources(whole, GONE, "old")
    kept = [f"artifact bucket of {GONE} with its contents", f"model package group old-{GONE} with 2 models"]
    whole.run(GONE, "destroy", timedelta(days=2), kept=kept, outcome="failed", reason="A role was in use.")
    whole.run(GONE, "destroy", timedelta(days=1))

    found = find(whole.platform)

    assert {resource.kind for resource in found.kept} == {"s3 bucket", "sagemaker model-package-group"}
    assert {orphan.kind for orphan in found.orphans} == {"codebuild project", "iam role", "logs log-group"}


def test_what_a_deletion_could_not_know_is_named_with_the_reason(whole: Any) -> None:
    """A newer release had made it, and died; an older one restored the project, and deleted it."""
    group = f"/aws/codebuild/ml-{GONE}-second"
    whole.client("logs").create_log_group(logGroupName=group)
    whole.run(GONE, "destroy", timedelta(days=1), left=["release 2.0.0@0123456789ab, run of 2026-11-20T10:00:00Z"])

    [orphan] = find(whole.platform).orphans

    assert orphan.name.endswith(f":{group}")
    assert orphan.reason == (
        "no SageMaker project has this id; its deletion did not know all that was made by "
        "release 2.0.0@0123456789ab, run of 2026-11-20T10:00:00Z"
    )


def test_a_provisioned_product_without_its_project(world: Any) -> None:
    world.product(GONE, "old")
    world.stack(GONE)

    [orphan] = find(world.platform).orphans

    assert (orphan.kind, orphan.name) == ("provisioned product", f"pp-{GONE}")
    assert orphan.advice.endswith(f"terminate-provisioned-product --provisioned-product-id pp-{GONE}")


def test_other_products_are_nobodys_business(world: Any) -> None:
    world.product("x", "vpc-for-p")  # named like a project's, perhaps, but with no stack and no records of ours
    world.provisioned["pp-x"]["Name"] = "network-p-value"
    world.client("sagemaker").create_model_package_group(ModelPackageGroupName="study-p-value")
    world.client("iam").create_role(RoleName="sagemaker-studio", AssumeRolePolicyDocument="{}")
    assert find(world.platform).orphans == []


def test_a_stack_without_its_provisioned_product(world: Any) -> None:
    world.stack(GONE)
    [orphan] = find(world.platform).orphans
    assert (orphan.kind, orphan.name) == ("stack", stack_arn(GONE))


def test_a_project_that_lost_its_state_or_its_product(whole: Any) -> None:
    whole.client("s3").delete_object(Bucket=BUCKET, Key=f"projects/{LIVE}/terraform.tfstate")
    del whole.provisioned[f"pp-{LIVE}"]
    del whole.stacks[LIVE]

    reasons = [orphan.reason for orphan in find(whole.platform).orphans]

    assert reasons == [
        "its provisioned product is gone, so nothing deletes its resources any more",
        f"its state s3://{BUCKET}/projects/{LIVE}/terraform.tfstate is gone",
    ]


@pytest.mark.parametrize("status", ["CreateInProgress", "CreateFailed", "DeleteInProgress"])
def test_a_project_on_its_way_is_left_alone(world: Any, status: str) -> None:
    world.project(LIVE, "churn", status)
    world.applied(LIVE)
    assert find(world.platform).orphans == []


def test_states_that_are_empty_or_damaged(world: Any) -> None:
    world.state(GONE, "data")
    world.put("projects/p-damaged/terraform.tfstate", "{")

    found = {orphan.project: orphan for orphan in find(world.platform).orphans}

    assert (found[GONE].kind, found[GONE].advice[:9]) == ("empty state", "aws s3 rm")
    assert "it cannot be read" in found["p-damaged"].reason


def test_a_project_that_is_made_meanwhile_is_no_orphan(whole: Any) -> None:
    """Its resources are seen before the project is: the list is taken again at the end."""
    asked: list[Any] = []
    listed = dict(whole.listed)

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        asked.append(1)
        return {"ProjectSummaryList": list(listed.values()) if len(asked) > 1 else []}

    whole.answers("sagemaker", "ListProjects", answer)
    assert find(whole.platform).orphans == []


def test_finished_work_cannot_be_deleted_and_is_none(world: Any) -> None:
    arns = [
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/pipelines-1",
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/x/execution/1",
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:project/old",
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/SC-1/2",
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/old",
    ]
    tags = [{"Key": "sagemaker:project-id", "Value": GONE}]
    world.answers(
        "resourcegroupstaggingapi",
        "GetResources",
        lambda _: {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": tags} for arn in arns]},
    )

    [orphan] = find(world.platform).orphans

    assert (orphan.kind, orphan.name) == ("sagemaker endpoint", arns[-1])
    assert json.loads(json.dumps(orphan.advice)).startswith("delete it by hand")
