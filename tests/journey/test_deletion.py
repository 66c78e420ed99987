"""Deleting projects: nothing is left but what was to be kept, and a failure says why and can be repeated."""

import pytest

from tests.journey.clients import CliError
from tests.journey.leftovers import left_of
from tests.journey.stories import Obstructed, Stories
from tests.journey.world import NAME, Platform

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def obstructed(stories: Stories) -> Obstructed:
    """A project with a trained model, whose first deletion has failed, and which then was deleted again."""
    return stories.obstructed()


def test_a_failure_says_why(obstructed: Obstructed) -> None:
    launch = obstructed.launch

    assert launch.described["ProjectStatus"] == "DeleteFailed"
    assert f"Could not read s3://{launch.platform.state_bucket}/{obstructed.missing}" in launch.reason()
    assert obstructed.stack_status == "DELETE_FAILED"
    (record,) = obstructed.records
    assert record["outcome"] == "failed"
    assert record["reason"] in obstructed.log
    assert record["reason"] in launch.reason()


def test_a_deletion_can_be_repeated_and_leaves_nothing(obstructed: Obstructed) -> None:
    assert left_of(obstructed.launch) == {}
    _, record = obstructed.launch.run_records("destroy")
    assert (record["outcome"], record["kept"]) == ("succeeded", [])


def test_the_repository_stays(obstructed: Obstructed) -> None:
    launch = obstructed.launch

    assert launch.platform.git.heads(launch.repository) == obstructed.standing.heads


def test_the_state_can_still_be_examined(obstructed: Obstructed) -> None:
    launch = obstructed.launch
    versions = launch.platform.engineer(
        *("s3api", "list-object-versions", "--bucket", launch.platform.state_bucket),
        *("--prefix", f"projects/{launch.identifier}/terraform.tfstate"),
    )

    assert versions["Versions"]
    assert versions["DeleteMarkers"][0]["IsLatest"]


def test_what_was_chosen_is_kept(stories: Stories) -> None:
    launch, models = stories.kept().launch, stories.kept().models

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
    (record,) = launch.run_records("destroy")
    assert len(record["kept"]) == 2


def test_models_without_their_files_are_refused_on_the_form(platform: Platform) -> None:
    with pytest.raises(CliError, match="only with the artifact bucket"):
        refused = platform.launch("half-kept", RegisteredModels="keep").failed()
        raise CliError(refused.reason())


def test_a_run_that_nobody_heard_from_leaves_nothing(stories: Stories) -> None:
    """Terraform has applied everything, and then the instance is gone: the rollback destroys what it made."""
    launch = stories.unheard()

    assert [record["outcome"] for record in launch.run_records()] == ["succeeded"]
    assert [record["outcome"] for record in launch.run_records("destroy")] == ["succeeded"]
    assert left_of(launch) == {}


def test_no_log_tells_where_answers_go(obstructed: Obstructed) -> None:
    log = obstructed.launch.platform.engineer.log(f"/{NAME}/teardown-function")

    assert "CloudFormation is answered." in log
    assert "X-Amz-Signature" not in log
