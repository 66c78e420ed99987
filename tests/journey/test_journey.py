"""The journey of README's table from top to bottom, with the AWS CLI and git as the only clients."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.journey.plans import plan_of_package_1, plan_of_package_2
from tests.journey.stories import Stories
from tests.journey.world import RUNNER_LOG, Delivered, Launch, Platform

pytestmark = pytest.mark.journey

COMMIT = re.compile(r"[0-9a-f]{40}")
ALL_STEPS = ["Preprocess", "Train", "Evaluate", "QualityGate", "RegisterModel"]


# --- 0: the platform engineer has applied package 1 -----------------------------------------------


def test_the_product_is_offered(platform: Platform) -> None:
    found = platform.engineer("servicecatalog", "search-products-as-admin")["ProductViewDetails"]

    summaries = [detail["ProductViewSummary"] for detail in found]
    product = next(item for item in summaries if item["Name"] == "Model build with GitHub and Terraform")
    described = platform.engineer("servicecatalog", "describe-product-as-admin", "--id", product["ProductId"])
    assert {"Key": "sagemaker:studio-visibility", "Value": "true"} in described["Tags"]


def test_the_form_asks_for_one_thing(platform: Platform) -> None:
    fields = {field["ParameterKey"]: field for field in form(platform)}

    filled_in_by_sagemaker = {"SageMakerProjectName", "SageMakerProjectId"}
    asked = {name for name, field in fields.items() if "DefaultValue" not in field} - filled_in_by_sagemaker
    assert asked == {"GitRepoName"}
    assert fields["GitBranchName"]["DefaultValue"] == "main"
    assert all(field["Description"] for field in fields.values())
    assert all(field["ParameterConstraints"].get("ConstraintDescription") for field in fields.values())


# --- 1, 2: a project is created, Service Catalog launches it --------------------------------------


def test_the_project_is_complete(first: Launch) -> None:
    described = first.describe()

    assert described["ProjectStatus"] == "CreateCompleted"
    assert first.arn.endswith(":project/penguins")
    assert first.stack()["StackStatus"] == "CREATE_COMPLETE"


def test_the_stack_says_where_everything_is(first: Launch) -> None:
    outputs = {output["OutputKey"]: output["OutputValue"] for output in first.stack()["Outputs"]}

    assert outputs["RepositoryUrl"].endswith("/example-org/penguins")
    assert outputs["PipelineName"] == f"{first.prefix}-build"
    assert outputs["ModelPackageGroup"] == first.sagemaker_name
    assert outputs["Result"] in seed_commits(first)


# --- 3: the runner applied package 2 with the project's own state ---------------------------------


def test_the_run_is_on_record(first: Launch) -> None:
    (record,) = first.run_records()

    assert record["outcome"] == "succeeded"
    assert record["action"] == "apply"
    assert record["project"] == {"id": first.identifier, "name": "penguins"}
    assert datetime.fromisoformat(record["start"]) <= datetime.fromisoformat(record["end"])
    assert record["log"]["group"] == RUNNER_LOG


def test_the_state_is_the_projects_own(first: Launch) -> None:
    state = first.state()

    assert state["terraform_version"] == "1.11.4"
    assert first.platform.terraform.handout.environment["GITHUB_TOKEN"] not in json.dumps(state)


# --- 4: what package 2 made carries the project's name and tags -----------------------------------


def test_everything_is_tagged(first: Launch) -> None:
    resources = first.resources()

    kinds = {arn.split(":")[2] for arn in resources}
    assert {"s3", "lambda", "sagemaker", "logs"} <= kinds
    assert all(tags["sagemaker:project-name"] == "penguins" for tags in resources.values())
    (build,) = first.inventory()["build"]
    assert {"key": "sagemaker:project-id", "value": first.identifier} in build["tags"]
    roles = [f"{first.prefix}-{name}" for name in ("seed", "build", "pipeline", "execution")]
    for role in roles:
        tags = first.platform.engineer("iam", "list-role-tags", "--role-name", role)["Tags"]
        assert {"Key": "sagemaker:project-id", "Value": first.identifier} in tags


# --- 5: one commit in a new repository ------------------------------------------------------------


def test_the_repository_has_one_commit(first: Launch, tmp_path: Path) -> None:
    clone = first.platform.git.clone(first.repository, tmp_path / "clone")

    history = first.platform.git.log(clone)

    # The push of another test may stand above it.
    assert len([subject for subject in history if subject != "Try gradient boosting"]) == 1
    assert (clone / "README.md").exists()
    assert "@{" not in (clone / "pipeline.toml").read_text()


# --- 6: a push starts a new execution -------------------------------------------------------------


@pytest.fixture(scope="module")
def pushed(stories: Stories) -> Delivered:
    """A data scientist has changed the estimator and pushed; both pipelines have run to their end."""
    commit, delivered = stories.pushed()
    assert revision(delivered) == commit
    return delivered


def test_a_push_starts_a_new_execution(first: Launch, pushed: Delivered) -> None:
    earlier, later = first.executions()

    assert later["pipelineExecutionId"] == pushed.execution["pipelineExecutionId"]
    assert earlier["status"] == later["status"] == "Succeeded"
    assert earlier["pipelineExecutionId"] != later["pipelineExecutionId"]


def test_the_pipeline_tells_its_state(first: Launch, pushed: Delivered) -> None:
    state = first.platform.engineer("codepipeline", "get-pipeline-state", "--name", f"{first.prefix}-build")

    assert [stage["stageName"] for stage in state["stageStates"]] == ["Source", "Build"]
    for stage in state["stageStates"]:
        assert stage["latestExecution"]["status"] == "Succeeded"
        assert stage["latestExecution"]["pipelineExecutionId"] == pushed.execution["pipelineExecutionId"]


def test_the_build_tells_its_phases(first: Launch, pushed: Delivered) -> None:
    build = last_build(first)

    assert build["buildStatus"] == "SUCCEEDED"
    assert build["resolvedSourceVersion"] == revision(pushed)
    phases = {phase["phaseType"]: phase.get("phaseStatus") for phase in build["phases"]}
    assert phases["BUILD"] == "SUCCEEDED"
    assert phases["DOWNLOAD_SOURCE"] == "SUCCEEDED"


# --- 7: the SageMaker pipeline ran, the model waits in the registry -------------------------------


def test_the_training_tells_its_steps(first: Launch, pushed: Delivered) -> None:
    steps = first.platform.engineer(
        *("sagemaker", "list-pipeline-execution-steps"),
        *("--pipeline-execution-arn", pushed.training["PipelineExecutionArn"]),
    )["PipelineExecutionSteps"]

    assert pushed.training["PipelineExecutionStatus"] == "Succeeded"
    in_order = sorted(steps, key=lambda step: step["StartTime"])
    assert [step["StepName"] for step in in_order] == ALL_STEPS
    assert {step["StepStatus"] for step in steps} == {"Succeeded"}


def test_both_models_wait_in_the_registry(first: Launch, pushed: Delivered) -> None:
    packages = first.models()

    assert [package["ModelPackageVersion"] for package in packages] == [1, 2]
    assert {package["ModelApprovalStatus"] for package in packages} == {"PendingManualApproval"}
    described = first.platform.engineer(
        "sagemaker", "describe-model-package", "--model-package-name", packages[-1]["ModelPackageArn"]
    )
    evaluation = json.loads(
        first.platform.engineer.read(described["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    )
    error = evaluation["regression_metrics"]["rmse"]["value"]
    assert 200 < error < 450
    assert error < evaluation["best_constant_predictor"]["rmse"]["value"] / 2
    assert described["CustomerMetadataProperties"]["commit"] == revision(pushed)


# --- the logs -------------------------------------------------------------------------------------


def test_cloudwatch_has_the_runners_log(first: Launch) -> None:
    (record,) = first.run_records()

    log = first.platform.engineer.log(RUNNER_LOG, record["log"]["stream"])

    assert "Apply complete!" in log
    assert first.platform.terraform.handout.environment["GITHUB_TOKEN"] not in log


def test_cloudwatch_has_the_functions_log(first: Launch) -> None:
    log = first.platform.engineer.log(f"/aws/lambda/{first.prefix}-seed")

    assert "example-org/penguins" in log
    assert first.platform.terraform.handout.environment["GITHUB_TOKEN"] not in log


def test_cloudwatch_has_the_builds_log(first: Launch, pushed: Delivered) -> None:
    build = last_build(first)

    log = first.platform.engineer.log(build["logs"]["groupName"], build["logs"]["streamName"])

    assert first.sagemaker_name in log


@pytest.mark.parametrize(
    ("group", "words"),
    [("/aws/sagemaker/ProcessingJobs", "regression_metrics"), ("/aws/sagemaker/TrainingJobs", "validation:rmse=")],
)
def test_cloudwatch_has_the_steps_logs(first: Launch, group: str, words: str) -> None:
    assert words in first.platform.engineer.log(group)


# --- afterwards -----------------------------------------------------------------------------------


def test_a_second_plan_of_package_1_changes_nothing(package_1: Platform, stories: Stories) -> None:
    stories.rotated()  # which has locked the state
    outcome = plan_of_package_1(package_1)

    assert outcome.code == 0, outcome.output


def test_a_second_plan_of_package_2_changes_nothing(first: Launch, tmp_path: Path) -> None:
    outcome = plan_of_package_2(first, tmp_path)

    assert outcome.word == "no-changes", outcome.output


def test_nothing_was_asked_for_that_the_local_cloud_lacks(first: Launch, pushed: Delivered) -> None:
    opener = build_opener(ProxyHandler({}))
    address = f"{first.platform.terraform.handout.endpoint}/_localcloud/unsupported"
    with opener.open(address, timeout=10) as answer:
        assert json.load(answer) == {}


def test_the_local_cloud_stays_small(first: Launch, pushed: Delivered) -> None:
    status = Path(f"/proc/{first.platform.pid}/status")
    if not status.exists():
        pytest.skip("the memory of a process is read from /proc")
    kilobytes = int(re.search(r"^VmRSS:\s+(\d+) kB$", status.read_text(), re.MULTILINE)[1])
    assert kilobytes < 400 * 1024


def form(platform: Platform) -> list[dict[str, Any]]:
    """The fields of the product's newest version, as the console's form shows them."""
    product = platform.product["ProductId"]
    artifacts = platform.scientist("servicecatalog", "describe-product", "--id", product)["ProvisioningArtifacts"]
    newest = max(artifacts, key=lambda artifact: artifact["CreatedTime"])
    (path,) = platform.scientist("servicecatalog", "list-launch-paths", "--product-id", product)[
        "LaunchPathSummaries"
    ]
    return platform.scientist(
        *("servicecatalog", "describe-provisioning-parameters", "--product-id", product),
        *("--provisioning-artifact-id", newest["Id"], "--path-id", path["Id"]),
    )["ProvisioningArtifactParameters"]


def seed_commits(launch: Launch) -> set[str]:
    """Commits that the pipeline was given so far."""
    return {revision(Delivered(execution, {})) for execution in launch.executions()}


def revision(delivered: Delivered) -> str:
    """The commit of an execution."""
    (source,) = delivered.execution["sourceRevisions"]
    assert COMMIT.fullmatch(source["revisionId"])
    return str(source["revisionId"])


def last_build(launch: Launch) -> dict[str, Any]:
    """The build of the newest execution."""
    engineer = launch.platform.engineer
    newest = engineer("codebuild", "list-builds-for-project", "--project-name", f"{launch.prefix}-build")["ids"][0]
    return dict(engineer("codebuild", "batch-get-builds", "--ids", newest)["builds"][0])
