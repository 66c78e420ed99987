"""Comparing two commits (https://docs.github.com/en/rest/commits/commits#compare-two-commits)."""

from dulwich.graph import find_merge_base
from dulwich.objects import Commit
from dulwich.repo import Repo

from localcloud.githost import git_data
from localcloud.githost.api.answers import Answer, not_found
from localcloud.githost.api.call import Call

_DOCUMENTATION = "/commits/commits#compare-two-commits"
_LONGEST = 250


def compare(call: Call, owner: str, name: str, base: str, head: str) -> Answer:
    """GET …/compare/{base}...{head}; 404 when one is unknown or they have no history in common."""
    repository = call.readable(owner, name)
    with repository.open() as repo:
        first, second = git_data.resolve_commit(repo, base), git_data.resolve_commit(repo, head)
        if first is None or second is None:
            raise not_found(_DOCUMENTATION)
        common = find_merge_base(repo, [first.id, second.id])
        if not common:
            raise not_found(_DOCUMENTATION)
        ahead, behind = _beyond(repo, second, first), _beyond(repo, first, second)
        items, headers = call.page(list(reversed(ahead[:_LONGEST])))
        shapes = call.host.shapes
        content = {
            "url": f"{call.host.api_url}/repos/{repository.full_name}/compare/{base}...{head}",
            "html_url": f"{call.host.base_url}/{repository.full_name}/compare/{base}...{head}",
            "base_commit": shapes.commit(repository, first),
            "status": _status(len(ahead), len(behind)),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [shapes.commit(repository, item) for item in items],
        }
    return Answer(content, headers=headers)


def _beyond(repo: Repo, commit: Commit, without: Commit) -> list[Commit]:
    """The commits that the history of one has and the other's has not, newest first."""
    walker = repo.get_walker(include=[commit.id], exclude=[without.id])
    return [entry.commit for entry in walker]


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    if ahead:
        return "ahead"
    return "behind" if behind else "identical"
