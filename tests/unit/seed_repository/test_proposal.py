"""Repositories that hold other work: the seed is proposed in a pull request, once, and nothing is overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest
from seed_repository.errors import PermissionMissing, RequestInvalid, SeedRepositoryError
from seed_repository.events import parse_request

from localcloud.githost.faults import Fault
from tests.unit.seed_repository.conftest import EVENTS, World
from tests.unit.seed_repository.git_server import git
from tests.unit.seed_repository.github_server import GitHubServer

BRANCH = "seed/1.0.0"


@pytest.fixture(autouse=True)
def _policy(world: World) -> None:
    world.event["repository"]["on_existing_content"] = "pull-request"


def _files(github: GitHubServer, branch: str) -> dict[str, str]:
    listed = git("ls-tree", "-r", "-z", branch, cwd=github.repository().path).stdout
    entries = (line.split("\t") for line in listed.split("\0") if line)
    return {path: about for about, path in entries}


def test_seed_is_proposed_on_top_of_other_work(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"theirs.py": "precious\n", "README.md": "# Ours\n", "docs/a.md": "a\n"})
    head = repository.branches()["main"]
    before = _files(github, "main")

    result = world.seed()

    assert (result.status, result.commit_sha) == ("skipped", head)
    assert result.pull_request_url == f"{github.url}/acme/churn/pull/1"
    assert repository.branches()["main"] == head
    assert git("rev-parse", f"{BRANCH}^@", cwd=repository.path).stdout.split() == [head]
    after = _files(github, BRANCH)
    assert before.items() - after.items() == {("README.md", before["README.md"])}
    assert after["theirs.py"] == before["theirs.py"]
    assert after["run.sh"].startswith("100755")
    assert after["latest"].startswith("120000")
    (pull,) = repository.pulls
    assert (pull["head"], pull["base"], pull["state"]) == (BRANCH, "main", "open")
    assert "6 new, 1 changed" in pull["body"]
    checked = git("fsck", "--strict", "--no-dangling", cwd=repository.path)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_proposal_is_made_once(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})

    first, second = world.seed(), world.seed()

    assert first == second
    assert len(repository.pulls) == 1
    assert len(git("rev-list", BRANCH, cwd=repository.path).stdout.split()) == 2


def test_closed_proposal_is_an_answer(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})
    first = world.seed()
    repository.pulls[0]["state"] = "closed"
    with repository.open() as repo:
        del repo.refs[f"refs/heads/{BRANCH}".encode()]

    second = world.seed()

    assert second.pull_request_url == first.pull_request_url
    assert BRANCH not in repository.branches()
    assert len(repository.pulls) == 1


def test_branch_without_its_pull_request_gets_one(world: World, github: GitHubServer) -> None:
    """As if the function had been cut off in between."""
    repository = github.create(**{"theirs.py": "precious\n"})
    world.seed()
    pushed = repository.branches()[BRANCH]
    repository.pulls.clear()

    result = world.seed()

    assert result.pull_request_url is not None
    assert repository.branches()[BRANCH] == pushed


def test_branch_that_has_all_of_the_seed_is_unchanged(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})
    world.seed()
    with repository.open() as repo:
        repo.refs[b"refs/heads/main"] = repo.refs[f"refs/heads/{BRANCH}".encode()]
    repository.pulls.clear()

    result = world.seed()

    assert (result.status, result.pull_request_url) == ("unchanged", None)
    assert repository.pulls == []


def test_file_and_folder_of_one_name(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"docs": "a file\n", "image.bin/part": "a folder\n", "kept": "x\n"})

    world.seed()

    after = _files(github, BRANCH)
    assert {"kept", "image.bin", "run.sh"} <= after.keys()
    assert "docs" not in after
    assert "image.bin/part" not in after
    checked = git("fsck", "--strict", "--no-dangling", cwd=repository.path)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_leaving_alone_is_the_default(world: World, github: GitHubServer) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})
    del world.event["repository"]["on_existing_content"]

    result = world.seed()

    assert (result.status, result.pull_request_url) == ("skipped", None)
    assert list(repository.branches()) == ["main"]


def test_empty_and_seeded_repositories_need_no_proposal(world: World, github: GitHubServer) -> None:
    assert world.seed().status == "created"
    github.write(github.repository(), "work.py", "on top\n")

    result = world.seed()

    assert (result.status, result.pull_request_url) == ("unchanged", None)
    assert list(github.repository().branches()) == ["main"]


def test_incomplete_list_of_files_makes_no_proposal(world: World, github: GitHubServer) -> None:
    """Committing on top of it would delete what is not listed."""
    repository = github.create(**{"theirs.py": "precious\n", "more.py": "more\n"})
    listed = json.dumps({"truncated": False, "tree": []})
    github.host.faults.add(Fault(path=".*/git/trees/.*", status=200, body=listed))

    result = world.seed()

    assert (result.status, result.pull_request_url) == ("skipped", None)
    assert list(repository.branches()) == ["main"]


def test_app_asks_for_the_permission_and_names_it_if_missing(world: World, github: GitHubServer) -> None:
    github.create(**{"theirs.py": "precious\n"})
    world.store_app(github.install_app({"contents": "write"}).id)
    with pytest.raises(PermissionMissing, match="pull_requests: write"):
        world.seed()

    world.store_app(github.install_app().id)
    assert world.seed().pull_request_url is not None


def test_pull_request_that_is_refused_says_why(world: World, github: GitHubServer) -> None:
    github.create(**{"theirs.py": "precious\n"})
    github.host.faults.add(Fault(path=".*/pulls", method="POST", status=422, body="No commits between"))

    with pytest.raises(SeedRepositoryError, match=r"No pull request can be made .*No commits between"):
        world.seed()


@pytest.mark.parametrize("path", [r".*/pulls", r".*/git/trees/.*", r".*/git/commits/.*", r".*/git-receive-pack"])
@pytest.mark.parametrize("kind", ["answer", "drop", "lose_answer"])
def test_faults_are_survived_and_make_one_proposal(
    world: World, github: GitHubServer, path: str, kind: Any
) -> None:
    repository = github.create(**{"theirs.py": "precious\n"})
    github.host.faults.add(Fault(path=path, kind=kind))
    github.host.faults.add(Fault(path=path, kind=kind, method="POST"))

    result = world.seed()

    assert result.pull_request_url == f"{github.url}/acme/churn/pull/1"
    assert len(repository.pulls) == 1
    assert len(git("rev-list", BRANCH, cwd=repository.path).stdout.split()) == 2


def test_plain_git_hosts_have_no_pull_requests() -> None:
    event = json.loads((EVENTS / "plain-git.json").read_text(encoding="utf-8"))
    event["repository"]["on_existing_content"] = "pull-request"

    with pytest.raises(RequestInvalid, match="on GitHub only: choose leave"):
        parse_request(event)


def test_branch_of_proposals_is_not_to_be_seeded(world: World, tmp_path: Path) -> None:
    world.event["repository"]["branch"] = BRANCH

    with pytest.raises(RequestInvalid, match="is kept for proposals"):
        parse_request(world.event)
