"""Branches, commits and refs (https://docs.github.com/en/rest/branches, /commits, /git/refs)."""

from dulwich.repo import Repo

from localcloud.githost import git_data
from localcloud.githost.api.answers import Answer, ApiError, empty_repository, not_found, validation_failed
from localcloud.githost.api.call import Call
from localcloud.githost.repositories import Repository
from localcloud.githost.smart_http import RefUpdate

_ZERO = "0" * 40
_LIMIT = 1000


def branches(call: Call, owner: str, name: str) -> Answer:
    """GET …/branches; an empty repository has an empty list."""
    repository = call.readable(owner, name)
    items, headers = call.page(list(repository.branches().items()))
    return Answer([call.host.shapes.branch(repository, *item) for item in items], headers=headers)


def branch(call: Call, owner: str, name: str, branch: str) -> Answer:
    """GET …/branches/{branch}."""
    repository = call.readable(owner, name)
    sha = repository.branches().get(branch)
    if sha is None:
        raise ApiError(404, "Branch not found", documentation="/branches/branches#get-a-branch")
    with repository.open() as repo:
        commit = git_data.resolve_commit(repo, sha)
    if commit is None:
        raise ApiError(404, "Branch not found", documentation="/branches/branches#get-a-branch")
    shape = call.host.shapes.branch(repository, branch, sha)
    return Answer({**shape, "commit": call.host.shapes.commit(repository, commit)})


def protect(call: Call, owner: str, name: str, branch: str) -> Answer:
    """PUT …/branches/{branch}/protection: whatever the rules, direct pushes are refused from now on."""
    repository = call.writable(owner, name, "administration")
    if branch not in repository.branches():
        raise ApiError(404, "Branch not found", documentation="/branches/branch-protection")
    repository.protect(branch)
    return Answer({"url": f"{call.host.api_url}/repos/{repository.full_name}/branches/{branch}/protection"})


def protection(call: Call, owner: str, name: str, branch: str) -> Answer:
    """GET …/branches/{branch}/protection."""
    repository = call.readable(owner, name)
    if branch not in repository.protected_branches:
        raise ApiError(404, "Branch not protected", documentation="/branches/branch-protection")
    return Answer({"url": f"{call.host.api_url}/repos/{repository.full_name}/branches/{branch}/protection"})


def unprotect(call: Call, owner: str, name: str, branch: str) -> Answer:
    """DELETE …/branches/{branch}/protection."""
    repository = call.writable(owner, name, "administration")
    if branch not in repository.protected_branches:
        raise ApiError(404, "Branch not protected", documentation="/branches/branch-protection")
    repository.protect(branch, protected=False)
    return Answer(status=204)


def commits(call: Call, owner: str, name: str) -> Answer:
    """GET …/commits?sha=&path=."""
    repository = call.readable(owner, name)
    if repository.empty():
        raise empty_repository("/commits/commits#list-commits")
    revision = call.request.args.get("sha") or repository.default_branch
    with repository.open() as repo:
        start = git_data.resolve_commit(repo, revision)
        if start is None:
            raise not_found("/commits/commits#list-commits")
        found = git_data.history(repo, start, call.request.args.get("path"), _LIMIT)
        items, headers = call.page(found)
        return Answer([call.host.shapes.commit(repository, item) for item in items], headers=headers)


def commit(call: Call, owner: str, name: str, revision: str) -> Answer:
    """GET …/commits/{ref}."""
    repository = call.readable(owner, name)
    if repository.empty():
        raise empty_repository("/commits/commits#get-a-commit")
    with repository.open() as repo:
        found = git_data.resolve_commit(repo, revision)
        if found is None:
            raise ApiError(
                422, f"No commit found for SHA: {revision}", documentation="/commits/commits#get-a-commit"
            )
        return Answer(call.host.shapes.commit(repository, found))


def matching(call: Call, owner: str, name: str, prefix: str = "") -> Answer:
    """GET …/git/matching-refs/{prefix} and …/git/refs."""
    repository = call.readable(owner, name)
    if repository.empty():
        raise empty_repository("/git/refs")
    with repository.open() as repo:
        found = [
            (ref.decode(), sha.decode())
            for ref, sha in sorted(repo.get_refs().items())
            if ref.decode().startswith(f"refs/{prefix}") and ref != b"HEAD"
        ]
        items, headers = call.page(found)
        return Answer([_shape(call, repository, repo, *item) for item in items], headers=headers)


def get(call: Call, owner: str, name: str, ref: str) -> Answer:
    """GET …/git/ref/{ref}, with `ref` as heads/main."""
    repository = call.readable(owner, name)
    if repository.empty():
        raise empty_repository("/git/refs#get-a-reference")
    with repository.open() as repo:
        sha = git_data.read_ref(repo, f"refs/{ref}")
        if sha is None:
            raise not_found("/git/refs#get-a-reference")
        return Answer(_shape(call, repository, repo, f"refs/{ref}", sha.decode()))


def create(call: Call, owner: str, name: str) -> Answer:
    """POST …/git/refs {ref, sha}."""
    repository = call.writable(owner, name)
    ref, sha = call.required("ref", str), call.required("sha", str)
    if repository.empty():
        raise empty_repository("/git/refs#create-a-reference")
    with repository.lock, repository.open() as repo:
        if git_data.find_object(repo, sha) is None:
            raise ApiError(422, "Object does not exist", documentation="/git/refs#create-a-reference")
        try:
            git_data.create_ref(repo, ref, git_data.object_id(sha))
        except git_data.RefExistsError as error:
            raise ApiError(
                422, "Reference already exists", documentation="/git/refs#create-a-reference"
            ) from error
        except git_data.InvalidRefError as error:
            raise ApiError(
                422,
                f"{ref} is not a valid ref name."
                if ref.startswith("refs/")
                else "Reference name must start with 'refs/'.",
                documentation="/git/refs#create-a-reference",
            ) from error
        shape = _shape(call, repository, repo, ref, sha)
    call.host.pushed(repository, [RefUpdate(_ZERO, sha, ref)], call.signed_in().login)
    return Answer(shape, status=201, headers={"Location": str(shape["url"])})


def update(call: Call, owner: str, name: str, ref: str) -> Answer:
    """PATCH …/git/refs/{ref} {sha, force}."""
    repository = call.writable(owner, name)
    sha, force = call.required("sha", str), call.field("force", bool, False)
    full = f"refs/{ref}"
    _refuse_protected(repository, full)
    with repository.lock, repository.open() as repo:
        if git_data.read_ref(repo, full) is None:
            raise ApiError(422, "Reference does not exist", documentation="/git/refs#update-a-reference")
        if git_data.find_object(repo, sha) is None:
            raise ApiError(422, "Object does not exist", documentation="/git/refs#update-a-reference")
        try:
            old = git_data.move_ref(repo, full, git_data.object_id(sha), force=bool(force))
        except git_data.RefMovedError as error:
            raise ApiError(
                422, "Update is not a fast forward", documentation="/git/refs#update-a-reference"
            ) from error
        shape = _shape(call, repository, repo, full, sha)
    call.host.pushed(repository, [RefUpdate(old.decode(), sha, full)], call.signed_in().login)
    return Answer(shape)


def delete(call: Call, owner: str, name: str, ref: str) -> Answer:
    """DELETE …/git/refs/{ref}."""
    repository = call.writable(owner, name)
    full = f"refs/{ref}"
    _refuse_protected(repository, full)
    if full == f"refs/heads/{repository.default_branch}":
        raise validation_failed("Reference", "ref", "custom", message="Cannot delete the default branch")
    with repository.lock, repository.open() as repo:
        old = git_data.read_ref(repo, full)
        if old is None:
            raise ApiError(422, "Reference does not exist", documentation="/git/refs#delete-a-reference")
        repo.refs.remove_if_equals(git_data.checked_ref(full), old)
    call.host.pushed(repository, [RefUpdate(old.decode(), _ZERO, full)], call.signed_in().login)
    return Answer(status=204)


def _refuse_protected(repository: Repository, ref: str) -> None:
    if ref.removeprefix("refs/heads/") in repository.protected_branches:
        raise ApiError(422, "Changes must be made through a pull request.", documentation="/git/refs")


def _shape(call: Call, repository: Repository, repo: Repo, ref: str, sha: str) -> dict[str, object]:
    kind = repo[sha.encode()].type_name.decode()
    return call.host.shapes.reference(repository, ref, sha, kind)
