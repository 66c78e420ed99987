"""GitHub's REST API as far as it is used, and as it refuses."""

import base64
from hashlib import sha256
from typing import Any

import pytest


def test_who_am_i(host: Any) -> None:
    answer = host.api("GET", "/user")

    assert (answer.status, answer.body["login"], answer.body["type"]) == (200, "platform-bot", "User")
    assert answer.headers["X-GitHub-Request-Id"]
    assert "repo" in answer.headers["X-OAuth-Scopes"]
    assert host.api("GET", "/user", If_None_Match=answer.headers["ETag"]).status == 304
    assert host.api("GET", "/rate_limit").body["resources"]["core"]["remaining"] == 5000


def test_bad_credentials_are_named_as_such(host: Any) -> None:
    assert host.other("wrong").api("GET", "/user").body == {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }
    assert host.other(None).api("GET", "/user").body["message"] == "Requires authentication"


def test_a_repository_is_created_once(host: Any) -> None:
    repository = host.create(description="Ours")
    name = repository.split("/")[1]

    again = host.api("POST", "/orgs/example-org/repos", {"name": name.upper()})

    assert again.status == 422
    assert again.body["message"] == "Repository creation failed."
    assert again.body["errors"][0]["message"] == "name already exists on this account"
    found = host.api("GET", f"/repos/{repository}").body
    assert (found["private"], found["visibility"], found["description"]) == (True, "private", "Ours")
    assert found["clone_url"] == f"{host.url}/{repository}.git"
    assert found["permissions"] == {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True}


@pytest.mark.parametrize(
    ("name", "said"), [("a b", "can only contain"), ("x" * 101, "too long"), ("..", "can only")]
)
def test_illegal_names_are_refused(host: Any, name: str, said: str) -> None:
    answer = host.api("POST", "/user/repos", {"name": name})

    assert answer.status == 422
    assert said in answer.body["errors"][0]["message"]


def test_malformed_requests_are_refused(host: Any) -> None:
    assert host.api("POST", "/user/repos", b"{no").body["message"] == "Problems parsing JSON"
    assert "wasn't supplied" in host.api("POST", "/user/repos", {}).body["message"]
    assert "is not a boolean" in host.api("POST", "/user/repos", {"name": "x", "private": "yes"}).body["message"]
    assert host.api("GET", "/nothing/here").body["message"] == "Not Found"
    assert host.api("POST", "/orgs/nobody/repos", {"name": "x"}).status == 404


def test_tokens_without_the_scope_are_told_so(cloud: Any, host: Any) -> None:
    token = host.api("POST", "/admin/users/platform-bot/authorizations", {"scopes": ["read:org"]}).body["token"]
    repository = host.create()

    refused = host.other(token).api("POST", "/orgs/example-org/repos", {"name": "unscoped"})

    assert (refused.status, refused.headers["X-Accepted-OAuth-Scopes"]) == (404, "public_repo, repo")
    assert refused.headers["X-OAuth-Scopes"] == "read:org"
    assert host.other(token).api("GET", f"/repos/{repository}").status == 404


def test_an_empty_repository_has_no_git_database(host: Any) -> None:
    repository = host.create()

    assert host.api("GET", f"/repos/{repository}/branches").body == []
    for method, path, body in (
        ("GET", "commits", None),
        ("POST", "git/blobs", {"content": "x"}),
        ("POST", "git/trees", {"tree": []}),
        ("GET", "git/ref/heads/main", None),
    ):
        answer = host.api(method, f"/repos/{repository}/{path}", body)
        assert (answer.status, answer.body["message"]) == (409, "Git Repository is empty."), path


def test_the_contents_api_makes_the_first_commit(host: Any) -> None:
    repository = host.create()
    content = base64.b64encode(b"hello\n").decode()
    path = f"/repos/{repository}/contents/docs/README.md"

    created = host.api("PUT", path, {"message": "First", "content": content})

    assert created.status == 201
    assert created.body["commit"]["parents"] == []
    found = host.api("GET", path).body
    assert base64.b64decode(found["content"]) == b"hello\n"
    assert host.api("PUT", path, {"message": "Again", "content": content}).status == 422
    assert host.api("PUT", path, {"message": "Again", "content": content, "sha": "0" * 40}).status == 409
    assert host.api("PUT", path, {"message": "Again", "content": content, "sha": found["sha"]}).status == 200
    assert host.api("DELETE", path, {"message": "Gone", "sha": found["sha"]}).status == 200
    messages = [commit["commit"]["message"] for commit in host.api("GET", f"/repos/{repository}/commits").body]
    assert messages == ["Gone", "Again", "First"]


def test_the_git_database_builds_what_git_would(cloud: Any, host: Any) -> None:
    pushes: list[dict[str, Any]] = []
    cloud.internal.events.subscribe("git.push", pushes.append)
    repository, work = host.create(), host.work(README="hello\n")
    host.push(work, repository)
    base = f"/repos/{repository}/git"
    head = host.api("GET", f"{base}/ref/heads/main").body["object"]["sha"]

    blob = host.api("POST", f"{base}/blobs", {"content": "aGkK", "encoding": "base64"}).body["sha"]
    entries = [
        {"path": "a/b/hi", "mode": "100755", "type": "blob", "sha": blob},
        {"path": "new", "mode": "100644", "type": "blob", "content": "text\n"},
        {"path": "README", "sha": None, "mode": "100644"},
    ]
    tree = host.api("POST", f"{base}/trees", {"base_tree": head, "tree": entries}).body["sha"]
    commit = host.api("POST", f"{base}/commits", {"message": "Made", "tree": tree, "parents": [head]}).body["sha"]
    moved = host.api("PATCH", f"{base}/refs/heads/main", {"sha": commit})

    assert moved.body["object"]["sha"] == commit
    assert pushes[-1]["commit"] == commit
    host.git("clone", "--quiet", host.address(repository), "copy")
    copy = host.folder / "copy"
    assert host.git("rev-parse", "HEAD^{tree}", folder=copy).strip() == tree
    assert sorted(host.git("ls-tree", "-r", "HEAD", folder=copy).split("\n"))[1:] == [
        f"100644 blob {host.git('rev-parse', 'HEAD:new', folder=copy).strip()}\tnew",
        f"100755 blob {blob}\ta/b/hi",
    ]
    assert (
        host.api("PATCH", f"{base}/refs/heads/main", {"sha": head}).body["message"]
        == "Update is not a fast forward"
    )
    assert host.api("POST", f"{base}/refs", {"ref": "refs/heads/main", "sha": head}).status == 422
    assert host.api("POST", f"{base}/refs", {"ref": "refs/heads/side", "sha": head}).status == 201
    assert host.api("DELETE", f"{base}/refs/heads/side").status == 204


def test_pull_requests_are_opened_and_merged(host: Any) -> None:
    repository, work = host.create(), host.work()
    host.push(work, repository)
    host.commit(work, other="side\n")
    host.push(work, repository, "main:side")
    pulls = f"/repos/{repository}/pulls"

    opened = host.api("POST", pulls, {"title": "Side", "head": "side", "base": "main"})

    assert (opened.status, opened.body["state"], opened.body["head"]["ref"]) == (201, "open", "side")
    again = host.api("POST", pulls, {"title": "Side", "head": "side", "base": "main"})
    assert again.body["errors"][0]["message"] == "A pull request already exists for example-org:side."
    nothing = host.api("POST", pulls, {"title": "None", "head": "main", "base": "side"})
    assert nothing.body["errors"][0]["message"] == "No commits between side and main"
    merged = host.api("PUT", f"{pulls}/1/merge", {})
    assert merged.body["merged"]
    assert host.api("GET", f"{pulls}/1").body["merged"]
    assert host.api("GET", f"/repos/{repository}/branches/main").body["commit"]["sha"] == merged.body["sha"]
    assert host.api("GET", f"{pulls}?state=all").body[0]["number"] == 1


def test_archived_repositories_refuse_changes(host: Any) -> None:
    repository = host.create()
    host.api("PATCH", f"/repos/{repository}", {"archived": True})

    refused = host.api("PUT", f"/repos/{repository}/contents/x", {"message": "x", "content": ""})

    assert (refused.status, refused.body["message"]) == (403, "Repository was archived so is read-only.")


def test_lists_come_in_pages(host: Any) -> None:
    repository, work = host.create(), host.work()
    for number in range(4):
        host.commit(work, README=f"{number}\n")
    host.push(work, repository)

    first = host.api("GET", f"/repos/{repository}/commits?per_page=2")

    assert len(first.body) == 2
    assert 'rel="next"' in first.headers["Link"]
    assert len(host.api("GET", f"/repos/{repository}/commits?per_page=2&page=3").body) == 1


def test_a_token_is_taken_back(host: Any) -> None:
    token = host.api("POST", "/admin/users/platform-bot/authorizations", {"scopes": ["repo"]}).body["token"]
    assert host.other(token).api("GET", "/user").status == 200

    answer = host.other(None).api("POST", "/credentials/revoke", {"credentials": [token]})

    assert answer.status == 202
    assert host.other(token).api("GET", "/user").status == 401
    assert host.api("GET", "/user").status == 200


def test_the_host_says_what_a_token_has_opened(host: Any) -> None:
    token = host.api("POST", "/admin/users/platform-bot/authorizations", {"scopes": ["repo"]}).body["token"]
    repository = host.create()
    host.other(token).push(host.work(), repository)

    used = host.request("GET", "/_localcloud/tokens").body[sha256(token.encode()).hexdigest()]

    assert {path: times > 0 for path, times in used.items()} == {
        f"/{repository}.git/info/refs": True,
        f"/{repository}.git/git-receive-pack": True,
    }
    assert token not in str(host.request("GET", "/_localcloud/tokens").body)
