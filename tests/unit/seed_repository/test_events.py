"""Requests: what is accepted, and how a wrong one is explained."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from seed_repository.errors import RequestInvalid
from seed_repository.events import SeedResult, parse_request
from seed_repository.service import placeholder_values
from seed_repository.snapshot import build_snapshot, build_tree

from tests.unit.seed_repository.conftest import EVENTS


def _event(name: str = "github-com") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_recorded_event_is_accepted(path: Any) -> None:
    request = parse_request(json.loads(path.read_text(encoding="utf-8")))

    assert request.project.id == "p-abc123def456"
    assert request.is_deletion == (path.stem == "terraform-delete")


def _set(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        *parents, last = path
        for parent in parents:
            event = event[parent]
        event[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("project", "id", value="x"), r"project\.id"),
        (_set("project", "name", value="a b"), r"project\.name"),
        (_set("project", "name", value="a" + "-" * 32 + "b"), r"project\.name"),
        (_set("repository", "full_name", value="churn"), "must be owner/name"),
        (_set("repository", "full_name", value="acme/../x"), "letters, digits"),
        (_set("repository", "full_name", value="acme/ch urn"), "letters, digits"),
        (_set("repository", "full_name", value="acme/churn.git"), r"must not end in \.git"),
        (_set("repository", "full_name", value="acme/team/churn"), "the repository's address must be"),
        (_set("repository", "branch", value="a..b"), "not a name that git accepts"),
        (_set("repository", "branch", value="-x"), "not a name that git accepts"),
        (_set("repository", "branch", value="a b"), "not a name that git accepts"),
        (
            _set("repository", "url", value="https://evil.example.com/acme/churn"),
            "must be https://github.com/acme/churn",
        ),
        (_set("repository", "visibility", value="secret"), r"repository\.visibility"),
        (_set("host", "base_url", value="http://github.com"), "must begin with https://"),
        (_set("host", "base_url", value="httpS://github.com"), "must begin with https://"),
        (_set("host", "api_url", value="http://10.0.0.1/api"), "must begin with https://"),
        (
            _set("host", "base_url", value="https://me:pass@github.com"),  # pragma: allowlist secret - made up
            "must not hold a user name",
        ),
        (_set("host", "api_url", value=None), "api_url is needed"),
        (_set("seed", "sha256", value="abc"), r"seed\.sha256"),
        (_set("unknown", value=1), "unknown"),
        (_set("context", "region", value=None), r"context\.region"),
    ],
)
def test_wrong_request_is_explained(change: Callable[[dict[str, Any]], None], problem: str) -> None:
    event = _event()
    change(event)

    with pytest.raises(RequestInvalid, match=problem) as caught:
        parse_request(event)
    assert "pass" not in str(caught.value).replace("password", "")


def test_missing_parts_are_all_named() -> None:
    with pytest.raises(RequestInvalid, match=r"project: .*repository: .*credential: "):
        parse_request({})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:3000"])
def test_plain_http_is_for_this_machine_only(url: str) -> None:
    event = _event()
    event["host"] = {"base_url": url, "api_url": f"{url}/api/v3"}
    event["repository"]["url"] = f"{url}/acme/churn"

    assert parse_request(event).host.base_url == url


def test_context_may_bring_values_for_custom_seeds() -> None:
    event = _event()
    event["context"]["team"] = "risk"

    values = placeholder_values(parse_request(event))

    assert values["team"] == "risk"
    assert {"project_name", "project_id", "repository", "branch", "region", "release"} <= values.keys()
    assert {"model_package_group_name", "pipeline_name", "artifact_bucket"} <= values.keys()


def test_context_cannot_replace_what_the_request_says() -> None:
    event = _event()
    event["context"]["project_name"] = "Other"

    assert placeholder_values(parse_request(event))["project_name"] == "Churn"


def test_result_is_what_terraform_reads() -> None:
    result = SeedResult(status="created", commit_sha="a" * 40, repository_url="https://x/y", branch="main")

    assert result.model_dump(mode="json") == {
        "status": "created",
        "commit_sha": "a" * 40,
        "repository_url": "https://x/y",
        "branch": "main",
        "pull_request_url": None,
    }


def test_same_request_makes_the_same_commit_and_another_project_another() -> None:
    event = _event()
    tree = build_tree([])
    first = build_snapshot(tree, parse_request(event), None)
    second = build_snapshot(tree, parse_request(event), None)
    event["project"]["id"] = "p-other"
    third = build_snapshot(tree, parse_request(event), None)

    assert first.commit.id == second.commit.id != third.commit.id
