from typing import Any

from demo import evidence
from tests.unit.demo.account import Logs, Service, bucket, scene

RECORD = {"outcome": "failed", "reason": "terraform apply failed: the seed was not put into example-org/penguins"}
DESCRIBED = {
    "ProjectStatus": "CreateFailed",
    "ServiceCatalogProvisionedProductDetails": {"ProvisionedProductStatusMessage": "Errors from CloudFormation"},
}
NO_EVENTS = Service(describe_stack_events={"StackEvents": []})


def failed_event(reason: str) -> Service:
    event = {"ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason}
    return Service(describe_stack_events={"StackEvents": [event]})


def test_the_runs_own_reason_comes_first() -> None:
    runs = {
        "projects/p-abc123/runs/20261120T093000Z-apply.json": {"reason": "an older one"},
        "projects/p-abc123/runs/20261120T093100Z-apply.json": RECORD,
    }
    logs = Logs(
        ("/sagemaker-projects/runner", "p-abc123/apply/1", 1, "Error: no\nFAILED: no"),
        ("/sagemaker-projects/runner", "p-other/apply/1", 1, "somebody else's"),
        ("/aws/lambda/ml-p-abc123-seed", "1", 2, "RepositoryNotFound"),
    )

    error = evidence.of_failed_project(
        scene(cloudformation=failed_event("The command failed"), s3=bucket(runs), logs=logs), DESCRIBED
    )

    assert str(error) == f"The project ended as CreateFailed. {RECORD['reason']}"
    assert error.log == ["Error: no", "FAILED: no", "RepositoryNotFound"]


def test_without_a_run_the_stack_has_the_reason() -> None:
    found = scene(cloudformation=failed_event("not a valid Instance Profile"), s3=bucket({}), logs=Logs())

    assert "not a valid Instance Profile" in str(evidence.of_failed_project(found, DESCRIBED))


def test_without_events_service_catalog_has_the_reason() -> None:
    found = scene(cloudformation=NO_EVENTS, s3=bucket({}), logs=Logs())

    assert "Errors from CloudFormation" in str(evidence.of_failed_project(found, DESCRIBED))


def test_a_failed_build_tells_its_phase_and_the_end_of_its_log() -> None:
    group = "/aws/codebuild/ml-p-abc123-build"
    build: dict[str, Any] = {
        "id": "ml-p-abc123-build:1",
        "buildStatus": "FAILED",
        "phases": [
            {"phaseType": "INSTALL", "phaseStatus": "SUCCEEDED", "contexts": []},
            {
                "phaseType": "PRE_BUILD",
                "phaseStatus": "FAILED",
                "contexts": [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": "exit status 1: pytest"}],
            },
            {"phaseType": "COMPLETED"},
        ],
        "logs": {"groupName": group, "streamName": "1"},
    }

    error = evidence.of_failed_build(scene(logs=Logs((group, "1", 1, "1 failed, 89 passed"))), build)

    assert str(error) == "The build ml-p-abc123-build:1 ended as FAILED. PRE_BUILD: exit status 1: pytest"
    assert error.log == ["1 failed, 89 passed"]
