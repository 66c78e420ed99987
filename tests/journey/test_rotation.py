"""The platform's GitHub token is replaced while projects stand: docs/operations.md, "Rotate the GitHub token"."""

import json

import pytest

from tests.journey.rotation import GitHub, Rotated
from tests.journey.stories import Stories
from tests.journey.world import Platform

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def rotated(stories: Stories) -> Rotated:
    """Package 1 was applied with another token; the old one was taken back when nobody needed it any more."""
    return stories.revoked()


def test_only_the_secret_changes(rotated: Rotated) -> None:
    assert set(rotated.changed) == {"aws_secretsmanager_secret_version.github"}


def test_the_secret_is_the_new_token(platform: Platform, rotated: Rotated) -> None:
    secret = platform.engineer("secretsmanager", "get-secret-value", "--secret-id", f"{platform.name}/github")

    assert json.loads(secret["SecretString"]) == {"token": rotated.new}


def test_nothing_of_a_standing_project_is_called(rotated: Rotated) -> None:
    assert rotated.writes == []


def test_the_next_project_is_seeded_with_the_new_token(platform: Platform, rotated: Rotated) -> None:
    github = GitHub(platform)
    before, after = github.opened(rotated.old), github.opened(rotated.new)

    assert any(path.endswith("/penguins.git/git-receive-pack") for path in before)
    assert any(path.endswith("/flowers.git/git-receive-pack") for path in after)
    assert not [path for path in before if "flowers" in path]


def test_the_old_token_opens_nothing_any_more(platform: Platform, rotated: Rotated) -> None:
    github = GitHub(platform)

    assert github.user(rotated.old) is None
    assert github.user(rotated.new) is not None
