"""Archiving the repository of a project that is deleted, on the local cloud's GitHub."""

from typing import Any

import pytest
from seed_repository import handler
from seed_repository.errors import PermissionMissing, RequestInvalid

from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.github_server import GitHubServer
from tests.unit.seed_repository.test_handler import LambdaContext


@pytest.fixture
def request_to_archive(world: World, github: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    handler._clients.cache_clear()
    monkeypatch.setenv("SEED_ARCHIVE_REPOSITORY", "acme/churn")
    monkeypatch.setenv("SEED_BASE_URL", github.url)
    monkeypatch.setenv("SEED_API_URL", f"{github.url}/api/v3")
    repository = {name: world.event["repository"][name] for name in ("full_name", "url")}
    kept = {name: world.event[name] for name in ("project", "host", "credential")}
    return {"action": "archive", "repository": repository, **kept}


def ask(event: dict[str, Any]) -> dict[str, Any]:
    return dict(handler.handler(event, LambdaContext()))


def test_a_repository_is_archived_once_and_stays_so(
    github: GitHubServer, request_to_archive: dict[str, Any]
) -> None:
    repository = github.create(**{"README.md": "precious"})

    assert ask(request_to_archive) == {"status": "archived", "repository_url": f"{github.url}/acme/churn"}
    assert repository.archived
    github.requests.clear()

    assert ask(request_to_archive)["status"] == "unchanged"
    assert github.requests == ["GET /api/v3/repos/acme/churn"]
    assert set(repository.branches()) == {"main"}


def test_a_renamed_repository_is_found(github: GitHubServer, request_to_archive: dict[str, Any]) -> None:
    repository = github.create()
    github.host.repositories.rename(repository, "churn-model")

    assert ask(request_to_archive)["status"] == "archived"
    assert repository.archived


def test_a_repository_that_is_gone_is_told(github: GitHubServer, request_to_archive: dict[str, Any]) -> None:
    assert ask(request_to_archive)["status"] == "missing"


def test_an_app_archives_with_the_one_permission_that_it_takes(
    world: World, github: GitHubServer, request_to_archive: dict[str, Any]
) -> None:
    repository = github.create()
    github.install_app()
    world.store_app()

    assert ask(request_to_archive)["status"] == "archived"
    assert repository.archived


def test_an_app_without_the_permission_is_told_so(
    world: World, github: GitHubServer, request_to_archive: dict[str, Any]
) -> None:
    repository = github.create()
    github.install_app({"contents": "write"})
    world.store_app()

    with pytest.raises(PermissionMissing, match="administration: write"):
        ask(request_to_archive)
    assert not repository.archived


@pytest.mark.parametrize("allowed", [None, "acme/other"])
def test_nobody_but_the_project_chooses_what_is_archived(
    github: GitHubServer,
    request_to_archive: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    allowed: str | None,
) -> None:
    repository = github.create()
    monkeypatch.delenv("SEED_ARCHIVE_REPOSITORY")
    if allowed:
        monkeypatch.setenv("SEED_ARCHIVE_REPOSITORY", allowed)

    with pytest.raises(RequestInvalid, match="did not choose to archive acme/churn"):
        ask(request_to_archive)
    assert github.requests == []
    assert not repository.archived


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"host": {"base_url": "https://evil.example", "api_url": "https://evil.example"}}, "address must be"),
        ({"repository": {"full_name": "acme/churn", "url": "https://evil.example/acme/churn"}}, "address must be"),
        ({"action": "delete"}, "not valid"),
        ({"seed": {}}, "seed: Extra inputs"),
    ],
)
def test_other_requests_are_refused(
    github: GitHubServer, request_to_archive: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    github.create()

    with pytest.raises(RequestInvalid, match=reason):
        ask(request_to_archive | change)
    assert github.requests == []


def test_the_credential_goes_to_the_platforms_host_only(
    github: GitHubServer, request_to_archive: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED_API_URL", "https://api.github.com")

    with pytest.raises(RequestInvalid, match=r"host\.api_url must be https://api\.github\.com"):
        ask(request_to_archive)
    assert github.requests == []


def test_only_github_can_archive(request_to_archive: dict[str, Any]) -> None:
    host = {"base_url": request_to_archive["host"]["base_url"], "kind": "git"}

    with pytest.raises(RequestInvalid, match="only GitHub can archive"):
        ask(request_to_archive | {"host": host})
