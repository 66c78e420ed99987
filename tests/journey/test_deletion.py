"""Deleting projects: nothing is left but what was to be kept, and a failure says why and can be repeated."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journey import variants
from tests.journey.clients import Aws, CliError, eventually
from tests.journey.world import LAUNCH_SECONDS, NAME, Launch, Platform

pytestmark = pytest.mark.journey


@dataclass(frozen=True)
class Obstructed:
    """A project whose deletion cannot read the release, until somebody puts it where it is looked for."""

    launch: Launch
    missing: str

    def clear(self) -> None:
        """Put the release there."""
        bucket = self.launch.platform.state_bucket
        real = self.missing.replace("elsewhere", "project-setup")
        self.launch.platform.engineer(
            *("s3api", "copy-object", "--bucket", bucket, "--key", self.missing),
            *("--copy-source", f"{bucket}/{real}"),
        )


@pytest.fixture(scope="module")
def obstructed(platform: Platform) -> Obstructed:
    """A project with a trained model, whose first deletion has failed."""
    engineer, bucket = platform.engineer, platform.state_bucket
    objects = engineer("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "objects/")["Contents"]
    (settings,) = [item["Key"] for item in objects if item["Key"].endswith("/runner-settings")]
    moved = platform.engineer.read(f"s3://{bucket}/{settings}").replace(
        "/project-setup.tar.gz", "/elsewhere.tar.gz"
    )
    (missing,) = re.findall(r"^project_setup_key=(.*)$", moved, re.MULTILINE)
    digest = hashlib.sha256(moved.encode()).hexdigest()
    file = platform.terraform.state / "moved-settings"
    file.write_text(moved)
    engineer(
        *("s3api", "put-object", "--bucket", bucket, "--key", f"objects/{digest}/runner-settings"),
        *("--body", str(file)),
    )
    product = variants.offer(
        platform, "moved", lambda properties: properties.update(SettingsSha256=digest), resource="Teardown"
    )
    launch = platform.launch("short-lived", product=product).completed()
    launch.delivered(0)
    launch.described = ended(launch)
    return Obstructed(launch, missing)


@pytest.fixture(scope="module")
def kept(platform: Platform) -> tuple[Launch, list[dict[str, Any]]]:
    """A project whose models and bucket were to be kept, deleted; and the models that it had."""
    launch = platform.launch("long-lived", ArtifactBucketContents="keep", RegisteredModels="keep").completed()
    launch.delivered(0)
    models = launch.models()
    launch.delete()
    return launch, models


def test_a_failure_says_why(obstructed: Obstructed) -> None:
    launch = obstructed.launch

    assert launch.described["ProjectStatus"] == "DeleteFailed"
    assert f"Could not read s3://{launch.platform.state_bucket}/{obstructed.missing}" in launch.reason()
    assert launch.stack()["StackStatus"] == "DELETE_FAILED"
    (record,) = destroy_records(launch)
    assert record["outcome"] == "failed"
    assert record["reason"] in launch.runner_log()
    assert record["reason"] in launch.reason()


def test_a_deletion_can_be_repeated_and_leaves_nothing(obstructed: Obstructed) -> None:
    obstructed.clear()

    obstructed.launch.delete()

    assert left_of(obstructed.launch) == {}
    _, record = destroy_records(obstructed.launch)
    assert (record["outcome"], record["kept"]) == ("succeeded", [])


def test_the_repository_stays(obstructed: Obstructed) -> None:
    launch = obstructed.launch

    assert list(launch.platform.git.heads(launch.repository)) == ["main"]


def test_the_state_can_still_be_examined(obstructed: Obstructed) -> None:
    launch = obstructed.launch
    versions = launch.platform.engineer(
        *("s3api", "list-object-versions", "--bucket", launch.platform.state_bucket),
        *("--prefix", f"projects/{launch.identifier}/terraform.tfstate"),
    )

    assert versions["Versions"]
    assert versions["DeleteMarkers"][0]["IsLatest"]


def test_what_was_chosen_is_kept(kept: tuple[Launch, list[dict[str, Any]]]) -> None:
    launch, models = kept

    assert left_of(launch) == {"buckets": [launch.artifact_bucket], "model groups": [launch.sagemaker_name]}
    assert models
    assert [model["ModelPackageArn"] for model in launch.models()] == [
        model["ModelPackageArn"] for model in models
    ]
    described = launch.platform.engineer(
        "sagemaker", "describe-model-package", "--model-package-name", models[0]["ModelPackageArn"]
    )
    address = described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, key = address.removeprefix("s3://").split("/", 1)
    assert launch.platform.engineer("s3api", "head-object", "--bucket", bucket, "--key", key)["ContentLength"]
    (record,) = destroy_records(launch)
    assert len(record["kept"]) == 2


def test_models_without_their_files_are_refused_on_the_form(platform: Platform) -> None:
    with pytest.raises(CliError, match="only with the artifact bucket"):
        refused = platform.launch("half-kept", RegisteredModels="keep").failed()
        raise CliError(refused.reason())


def test_a_run_that_nobody_heard_from_leaves_nothing(platform: Platform) -> None:
    """Terraform has applied everything, and then the instance is gone: the rollback destroys what it made."""

    def silence(properties: dict[str, Any]) -> None:
        command = properties["Command"]["Fn::Sub"]
        command[0] = command[0].replace("cp output /command-output.txt", "true")

    launch = platform.launch("unheard", product=variants.offer(platform, "unheard", silence)).failed()

    assert [record["outcome"] for record in launch.run_records()] == ["succeeded"]
    assert [record["outcome"] for record in destroy_records(launch)] == ["succeeded"]
    assert left_of(launch) == {}


def test_a_project_that_never_came_to_be_is_deleted(platform: Platform) -> None:
    launch = platform.launch("stillborn", GitRepoName="nobody-at-all/stillborn").failed()

    launch.delete()

    assert left_of(launch) == {}


def test_no_log_tells_where_answers_go(obstructed: Obstructed) -> None:
    log = obstructed.launch.platform.engineer.log(f"/{NAME}/teardown-function")

    assert "CloudFormation is answered." in log
    assert "X-Amz-Signature" not in log


def ended(launch: Launch) -> dict[str, Any]:
    """Delete a project and wait for the end, whichever it is."""
    launch.platform.scientist("sagemaker", "delete-project", "--project-name", launch.name)

    def over() -> dict[str, Any] | None:
        described = launch.describe()
        return described if described["ProjectStatus"] in ("DeleteFailed", "DeleteCompleted") else None

    return eventually(over, LAUNCH_SECONDS, f"the end of the deletion of {launch.name}")


def destroy_records(launch: Launch) -> list[dict[str, Any]]:
    """The runner's records of its deletions, oldest first."""
    platform = launch.platform
    listed = platform.engineer(
        *("s3api", "list-objects-v2", "--bucket", platform.state_bucket),
        *("--prefix", f"projects/{launch.identifier}/runs/"),
    )
    keys = sorted(item["Key"] for item in listed.get("Contents", []) if item["Key"].endswith("-destroy.json"))
    return [json.loads(platform.engineer.read(f"s3://{platform.state_bucket}/{key}")) for key in keys]


def left_of(launch: Launch) -> dict[str, list[str]]:
    """Everything in the account that has the project's id in its name."""
    return {
        kind: mine
        for kind, names in inventory(launch.platform.engineer, launch).items()
        if (mine := sorted({name for name in names if launch.identifier in name}))
    }


def inventory(aws: Aws, launch: Launch) -> dict[str, list[str]]:
    """Names of everything that projects are made of."""
    locks = aws("dynamodb", "scan", "--table-name", f"{NAME}-locks")["Items"]
    state = aws(
        *("s3api", "list-objects-v2", "--bucket", launch.platform.state_bucket),
        *("--prefix", f"projects/{launch.identifier}/terraform"),
    )
    return {
        "buckets": [bucket["Name"] for bucket in aws("s3api", "list-buckets")["Buckets"]],
        "roles": [role["RoleName"] for role in aws("iam", "list-roles")["Roles"]],
        "policies": [policy["PolicyName"] for policy in aws("iam", "list-policies", "--scope=Local")["Policies"]],
        "log groups": [group["logGroupName"] for group in aws("logs", "describe-log-groups")["logGroups"]],
        "functions": [item["FunctionName"] for item in aws("lambda", "list-functions")["Functions"]],
        "builds": aws("codebuild", "list-projects")["projects"],
        "deliveries": [item["name"] for item in aws("codepipeline", "list-pipelines")["pipelines"]],
        "trainings": [item["PipelineName"] for item in aws("sagemaker", "list-pipelines")["PipelineSummaries"]],
        "model groups": [
            item["ModelPackageGroupName"]
            for item in aws("sagemaker", "list-model-package-groups")["ModelPackageGroupSummaryList"]
        ],
        "repositories": [
            item["CodeRepositoryName"]
            for item in aws("sagemaker", "list-code-repositories")["CodeRepositorySummaryList"]
        ],
        "locks": [item["LockID"]["S"] for item in locks],
        "states": [item["Key"] for item in state.get("Contents", [])],
    }
