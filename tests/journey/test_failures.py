"""When something goes wrong: at once, without leftovers, and with the reason where people look."""

import pytest

from tests.journey.clients import CliError
from tests.journey.leftovers import left_of
from tests.journey.stories import Stories
from tests.journey.world import Launch

pytestmark = pytest.mark.journey


def test_an_empty_output_fails_at_once(stories: Stories) -> None:
    reason = stories.silent().reason()

    assert "/command-output.txt" in reason
    assert stories.silent().run_records() == []


def test_creating_again_under_the_same_name_works(stories: Stories) -> None:
    again = stories.obstructed().standing

    assert again.launch.name == stories.silent().name
    assert again.launch.identifier != stories.silent().identifier
    assert again.heads


def test_a_missing_instance_profile_fails_at_once(stories: Stories) -> None:
    launch = stories.unprofiled()

    assert "not a valid Instance Profile" in launch.reason()
    assert launch.stack()["StackStatus"] == "ROLLBACK_COMPLETE"


def test_an_apply_that_fails_takes_back_what_it_made(stories: Stories) -> None:
    launch = stories.collides()

    (record,) = launch.run_records()
    assert record["outcome"] == "failed"
    assert f"{launch.prefix}-build" in record["reason"]
    assert "EntityAlreadyExists" in record["reason"]
    assert record["reason"] in launch.runner_log()
    assert nothing_is_left(launch)
    # Somebody else's role is still somebody else's.
    role = launch.platform.engineer("iam", "get-role", "--role-name", f"{launch.prefix}-build")["Role"]
    assert role["Path"] == "/"


def test_describe_project_says_where_the_reason_is(stories: Stories) -> None:
    launch = stories.collides()

    assert "Either the command failed" in launch.reason()
    assert "LogGroup" in launch.reason()


def test_a_lambda_error_fails_the_project(stories: Stories) -> None:
    launch = stories.refused()

    (record,) = launch.run_records()
    assert record["outcome"] == "failed"
    assert "nobody-at-all" in record["reason"]
    # The function's log was part of the project and went with it; the runner's log keeps the reason.
    assert "nobody-at-all" in launch.runner_log()
    assert nothing_is_left(launch)


def test_a_project_that_never_came_to_be_is_deleted(stories: Stories) -> None:
    launch = stories.refused()

    launch.delete()

    assert left_of(launch) == {}


def nothing_is_left(launch: Launch) -> bool:
    """Neither in the account nor in Terraform's state."""
    assert launch.stack()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert launch.resources() == {}
    with pytest.raises(CliError):
        launch.state()  # put away by the deletion that follows the failed creation
    return True
