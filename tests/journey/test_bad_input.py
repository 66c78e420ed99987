"""What the form refuses, and that nothing typed into it is ever executed."""

import pytest

from tests.journey.clients import CliError
from tests.journey.stories import Stories
from tests.journey.world import Platform

pytestmark = pytest.mark.journey

LONG = "x" * 500
CANARY = "/tmp/sagemaker-projects-canary"
REPOSITORY, BRANCH, URL, CONNECTION = "GitRepoName", "GitBranchName", "GitRepoURL", "CodeStarConnectionArn"

# One of each through the AWS CLI, SageMaker and Service Catalog; thousands more meet the form in tests/hostile.
BAD = [
    (REPOSITORY, ""),
    (REPOSITORY, "owner/.."),
    (REPOSITORY, f"owner/{LONG}"),
    (REPOSITORY, "besitzer/größe"),
    (REPOSITORY, "owner/name\nGitBranchName=other"),
    (REPOSITORY, f"owner/$(touch {CANARY})"),
    (REPOSITORY, "owner/${AWS::AccountId}"),
    (REPOSITORY, "owner/name\u202e"),
    (BRANCH, "--force"),
    (BRANCH, f"main\ntouch {CANARY}"),
    (URL, "https://token@github.com/owner/name"),
    (CONNECTION, "arn:aws:iam::123456789012:role/" + "x" * 60),
]


@pytest.mark.parametrize(("parameter", "value"), BAD, ids=lambda value: repr(value)[:40])
def test_the_form_refuses(platform: Platform, stories: Stories, parameter: str, value: str) -> None:
    with pytest.raises(CliError) as refusal:
        platform.launch("refused", **{parameter: value})

    message = str(refusal.value)
    # SageMaker's own API refuses line breaks before any template is looked at, and counts instead of naming.
    assert ("provisioningParameters" if "\n" in value else parameter) in message
    assert "ValidationException" in message
    # The constraint's own description, not the pattern: a person reads it.
    assert "(?" not in message


def test_a_repository_is_needed(platform: Platform) -> None:
    product = platform.product["ProductId"]

    with pytest.raises(CliError, match="GitRepoName"):
        platform.scientist(
            *("sagemaker", "create-project", "--project-name", "refused"),
            *("--service-catalog-provisioning-details", f"ProductId={product}"),
        )


def test_the_form_has_no_other_fields(platform: Platform) -> None:
    with pytest.raises(CliError, match="Surprise"):
        platform.launch("refused", Surprise="!")


def test_what_sagemaker_fills_in_is_not_for_people(platform: Platform) -> None:
    with pytest.raises(CliError, match="SageMakerProjectId"):
        platform.launch("refused", SageMakerProjectId="p-abcdefghijkl")


@pytest.mark.parametrize("name", ["-begins", "x" * 33, "under_score", "$(id)"])
def test_a_project_has_a_name_that_everything_can_carry(platform: Platform, name: str) -> None:
    with pytest.raises(CliError, match=r"(?i)projectname|validation"):
        platform.launch(name, GitRepoName="example-org/refused")


def test_a_refusal_leaves_nothing(platform: Platform) -> None:
    with pytest.raises(CliError):
        platform.launch("refused", GitRepoName=f"example-org/$(touch {CANARY})")

    projects = platform.scientist("sagemaker", "list-projects")["ProjectSummaryList"]
    assert "refused" not in [project["ProjectName"] for project in projects]
    launched = platform.engineer("servicecatalog", "search-provisioned-products")["ProvisionedProducts"]
    assert not [product for product in launched if product["Name"].startswith("refused-")]


def test_strings_that_look_like_commands_are_only_names(stories: Stories) -> None:
    """Options, where a program might take them for its own: they pass the form, and are names to the end."""
    project = stories.obstructed().standing

    assert project.launch.repository == "example-org/--upload-pack_touch"
    assert list(project.heads) == ["feature/--exec/id"]
    source = project.inventory["pipeline"]["stages"][0]["actions"][0]["configuration"]
    assert source["FullRepositoryId"] == "example-org/--upload-pack_touch"
    assert source["BranchName"] == "feature/--exec/id"
    assert project.record["outcome"] == "succeeded"
