"""Pull requests: open, list, close, merge (https://docs.github.com/en/rest/pulls/pulls)."""

import subprocess
from datetime import UTC, datetime
from typing import Any

from dulwich.graph import can_fast_forward, find_merge_base
from dulwich.objects import ObjectID
from dulwich.repo import Repo

from localcloud.githost import git_data
from localcloud.githost.api.answers import Answer, ApiError, not_found, validation_failed
from localcloud.githost.api.call import Call
from localcloud.githost.api.shapes import timestamp
from localcloud.githost.repositories import Repository, git_environment
from localcloud.githost.smart_http import RefUpdate

_CREATE = "/pulls/pulls#create-a-pull-request"


def create(call: Call, owner: str, name: str) -> Answer:
    """POST …/pulls {title, head, base, body, draft}."""
    repository = call.writable(owner, name, "pull_requests")
    head = call.required("head", str).removeprefix(f"{repository.owner.login}:")
    base = call.required("base", str)
    title = call.required("title", str)
    branches = repository.branches()
    for field, branch in (("head", head), ("base", base)):
        if branch not in branches:
            raise validation_failed("PullRequest", field, "invalid")
    with repository.lock, repository.open() as repo:
        if can_fast_forward(repo, git_data.object_id(branches[head]), git_data.object_id(branches[base])):
            raise _custom(f"No commits between {base} and {head}")
        if not find_merge_base(repo, [git_data.object_id(branches[head]), git_data.object_id(branches[base])]):
            raise _custom(f"The {head} branch has no history in common with {base}")
        if any(
            pull["state"] == "open" and (pull["head"], pull["base"]) == (head, base) for pull in repository.pulls
        ):
            raise _custom(f"A pull request already exists for {repository.owner.login}:{head}.")
        now = timestamp(datetime.now(UTC))
        account = call.host.accounts.find(call.signed_in().login)
        number = len(repository.pulls) + 1
        pull: dict[str, Any] = {
            "id": repository.id * 1000 + number,
            "number": number,
            "state": "open",
            "title": title,
            "body": call.field("body", str),
            "draft": call.field("draft", bool, False),
            "head": head,
            "base": base,
            "shas": {head: branches[head], base: branches[base]},
            "user": call.host.shapes.account(account) if account else None,
            "created_at": now,
            "updated_at": now,
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": None,
        }
        repository.pulls.append(pull)
    call.host.pull_changed(repository, pull, "opened")
    shape = call.host.shapes.pull(repository, pull)
    return Answer(shape, status=201, headers={"Location": shape["url"]})


def listing(call: Call, owner: str, name: str) -> Answer:
    """GET …/pulls?state=&head=&base=, newest first."""
    repository = call.readable(owner, name, "pull_requests")
    wanted = call.request.args.get("state", "open")
    head = call.request.args.get("head", "").removeprefix(f"{repository.owner.login}:")
    base = call.request.args.get("base", "")
    found = [
        pull
        for pull in reversed(repository.pulls)
        if wanted in ("all", pull["state"]) and head in ("", pull["head"]) and base in ("", pull["base"])
    ]
    items, headers = call.page(found)
    return Answer([call.host.shapes.pull(repository, item) for item in items], headers=headers)


def get(call: Call, owner: str, name: str, number: int) -> Answer:
    """GET …/pulls/{number}."""
    repository = call.readable(owner, name, "pull_requests")
    return Answer(call.host.shapes.pull(repository, _find(repository, number)))


def update(call: Call, owner: str, name: str, number: int) -> Answer:
    """PATCH …/pulls/{number} {title, body, state}."""
    repository = call.writable(owner, name, "pull_requests")
    pull = _find(repository, number)
    pull["title"] = call.field("title", str, pull["title"])
    pull["body"] = call.field("body", str, pull["body"])
    state = call.field("state", str, pull["state"])
    now = timestamp(datetime.now(UTC))
    pull["updated_at"] = now
    if state != pull["state"] and pull["merged_at"] is None:
        pull["state"] = state
        pull["closed_at"] = now if state == "closed" else None
        call.host.pull_changed(repository, pull, "closed" if state == "closed" else "opened")
    return Answer(call.host.shapes.pull(repository, pull))


def merge(call: Call, owner: str, name: str, number: int) -> Answer:
    """PUT …/pulls/{number}/merge {commit_title, commit_message, merge_method}: merged, or squashed."""
    repository = call.writable(owner, name)
    pull = _find(repository, number)
    if pull["state"] != "open":
        raise ApiError(405, "Pull Request is not mergeable", documentation="/pulls/pulls#merge-a-pull-request")
    method = call.field("merge_method", str, "merge")
    title = call.field("commit_title", str) or f"Merge pull request #{number} from {pull['head']}"
    login = call.signed_in().login
    with repository.lock, repository.open() as repo:
        branches = repository.branches()
        head, base = branches.get(pull["head"]), branches.get(pull["base"])
        if head is None or base is None:
            raise ApiError(405, "Pull Request is not mergeable", documentation="/pulls/pulls#merge-a-pull-request")
        tree = _merged_tree(repository, repo, base, head)
        parents = [git_data.object_id(base)] + ([] if method == "squash" else [git_data.object_id(head)])
        message = f"{title}\n\n{call.field('commit_message', str) or pull['title']}"
        commit = git_data.add_commit(repo, tree, parents, message, author=call.host.signature(login))
        ref = f"refs/heads/{pull['base']}"
        git_data.move_ref(repo, ref, commit.id)
        now = timestamp(datetime.now(UTC))
        sha = commit.id.decode()
        pull["shas"] = {pull["head"]: head, pull["base"]: base}
        pull |= {"state": "closed", "closed_at": now, "merged_at": now, "updated_at": now, "merge_commit_sha": sha}
    call.host.pushed(repository, [RefUpdate(base, sha, ref)], login)
    call.host.pull_changed(repository, pull, "closed")
    return Answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def _merged_tree(repository: Repository, repo: Repo, base: str, head: str) -> ObjectID:
    base_id, head_id = git_data.object_id(base), git_data.object_id(head)
    if can_fast_forward(repo, base_id, head_id):
        commit = git_data.resolve_commit(repo, head)
        if commit is not None:
            return commit.tree
    result = subprocess.run(
        ["git", "merge-tree", "--write-tree", base, head],
        cwd=repository.path,
        env=git_environment(repository.path),
        capture_output=True,
        check=False,
        text=True,
    )
    if result.returncode != 0:
        raise ApiError(405, "Merge conflict", documentation="/pulls/pulls#merge-a-pull-request")
    return git_data.object_id(result.stdout.split()[0])


def _find(repository: Repository, number: int) -> dict[str, Any]:
    if not 1 <= number <= len(repository.pulls):
        raise not_found("/pulls/pulls#get-a-pull-request")
    return repository.pulls[number - 1]


def _custom(message: str) -> ApiError:
    error = {"resource": "PullRequest", "code": "custom", "message": message}
    return ApiError(422, "Validation Failed", errors=[error], documentation=_CREATE)
