"""Repositories: create, look at, change, delete (https://docs.github.com/en/rest/repos/repos)."""

from typing import Any

from localcloud.githost.accounts import Account, Token
from localcloud.githost.api.answers import Answer, ApiError, archived, missing_permission, not_found
from localcloud.githost.api.call import Call
from localcloud.githost.repositories import NameInvalidError, NameTakenError, Repository

_CREATE_FOR_USER = "/repos/repos#create-a-repository-for-the-authenticated-user"
_CREATE_FOR_ORGANIZATION = "/repos/repos#create-an-organization-repository"


def create_for_user(call: Call) -> Answer:
    """POST /user/repos."""
    token = call.signed_in()
    if token.kind == "installation":
        raise missing_permission("administration", "write", kind=token.kind)
    owner = call.host.accounts.find(token.login)
    if owner is None:
        raise not_found(_CREATE_FOR_USER)
    return _create(call, token, owner, _CREATE_FOR_USER)


def create_for_organization(call: Call, login: str) -> Answer:
    """POST /orgs/{login}/repos."""
    token = call.signed_in()
    owner = call.host.accounts.find(login)
    if owner is None or owner.kind != "Organization":
        raise not_found(_CREATE_FOR_ORGANIZATION)
    return _create(call, token, owner, _CREATE_FOR_ORGANIZATION)


def _create(call: Call, token: Token, owner: Account, documentation: str) -> Answer:
    name = call.required("name", str)
    private = call.field("private", bool)
    if private is None:
        private = call.field("visibility", str, "public") != "public"
    if not call.host.permissions.may_create(token, owner, private=private):
        if token.kind != "classic" and not token.grants("administration", "write"):
            raise missing_permission("administration", "write", kind=token.kind)
        if call.host.accounts.role(token.login, owner) is not None:
            # GitHub answers 404 when a classic token lacks the scope; the headers say which it would take.
            raise ApiError(
                404,
                "Not Found",
                documentation=documentation,
                headers={"X-Accepted-OAuth-Scopes": "public_repo, repo"},
            )
        raise ApiError(
            403,
            "You need admin access to the organization before adding a repository to it.",
            documentation=documentation,
        )
    try:
        repository = call.host.repositories.create(
            owner,
            name,
            creator=token.login,
            private=private,
            description=call.field("description", str),
        )
    except NameTakenError as error:
        raise _creation_failed("name already exists on this account", documentation) from error
    except NameInvalidError as error:
        message = "name can only contain ASCII letters, digits, and the characters ., -, and _"
        if len(name) > 100:
            message = "name is too long (maximum is 100 characters)"
        raise _creation_failed(message, documentation) from error
    if call.field("auto_init", bool, False):
        call.host.write_file(
            repository,
            repository.default_branch,
            "README.md",
            f"# {name}\n".encode(),
            message="Initial commit",
            login=token.login,
        )
    if token.installed_on is not None:
        call.host.apps.include(token.installed_on, token.login, name)
    shape = _shape(call, repository)
    return Answer(shape, status=201, headers={"Location": shape["url"]})


def _creation_failed(message: str, documentation: str) -> ApiError:
    error = {"resource": "Repository", "code": "custom", "field": "name", "message": message}
    return ApiError(422, "Repository creation failed.", errors=[error], documentation=documentation)


def get(call: Call, owner: str, name: str) -> Answer:
    """GET /repos/{owner}/{name}."""
    return Answer(_shape(call, call.readable(owner, name, "metadata")))


def get_by_id(call: Call, number: int) -> Answer:
    """GET /repositories/{id}: where a renamed repository's old address leads."""
    repository = call.host.repositories.by_id(number)
    if repository is None:
        raise not_found()
    return Answer(_shape(call, call.readable(repository.owner.login, repository.name, "metadata")))


def update(call: Call, owner: str, name: str) -> Answer:
    """PATCH /repos/{owner}/{name}: name, description, visibility, default branch, archived."""
    token = call.signed_in()
    repository = call.readable(owner, name, "metadata")
    call.require(repository, token, "administration")
    archive = call.field("archived", bool)
    if repository.archived and archive is not False:
        raise archived()
    branch = call.field("default_branch", str)
    if branch is not None:
        if branch not in repository.branches():
            message = (
                f"The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
            )
            error = {"resource": "Repository", "field": "default_branch", "code": "invalid", "message": message}
            raise ApiError(422, "Validation Failed", errors=[error])
        repository.set_default_branch(branch)
    if (new_name := call.field("name", str)) is not None:
        try:
            call.host.repositories.rename(repository, new_name)
        except (NameTakenError, NameInvalidError) as error:
            message = "name already exists on this account"
            if isinstance(error, NameInvalidError):
                message = "name can only contain ASCII letters, digits, and the characters ., -, and _"
            raise _creation_failed(message, "/repos/repos#update-a-repository") from error
    repository.description = call.field("description", str, repository.description)
    private = call.field("private", bool)
    if (visibility := call.field("visibility", str)) is not None:
        private = visibility != "public"
    if private is not None:
        repository.private = private
    if archive is not None:
        repository.archived = archive
    return Answer(_shape(call, repository))


def delete(call: Call, owner: str, name: str) -> Answer:
    """DELETE /repos/{owner}/{name}."""
    token = call.signed_in()
    repository = call.readable(owner, name, "metadata")
    call.require(repository, token, "administration")
    if token.kind == "classic" and "delete_repo" not in token.scopes:
        raise ApiError(
            403, "Must have admin rights to Repository.", headers={"X-Accepted-OAuth-Scopes": "delete_repo"}
        )
    call.host.repositories.delete(repository)
    return Answer(status=204)


def list_for_owner(call: Call, login: str) -> Answer:
    """GET /users/{login}/repos and GET /orgs/{login}/repos."""
    account = call.host.accounts.find(login)
    if account is None:
        raise not_found()
    return _list(call, [item for item in call.host.repositories if item.owner == account])


def list_for_caller(call: Call) -> Answer:
    """GET /user/repos."""
    login = call.signed_in().login
    accounts = call.host.accounts
    return _list(call, [item for item in call.host.repositories if accounts.role(login, item.owner)])


def _list(call: Call, found: list[Repository]) -> Answer:
    visible = [item for item in found if call.host.permissions.visible(call.token, item)]
    items, headers = call.page(sorted(visible, key=lambda item: item.full_name.lower()))
    return Answer([_shape(call, item) for item in items], headers=headers)


def _shape(call: Call, repository: Repository) -> dict[str, Any]:
    if call.token is None:
        return call.host.shapes.repository(repository)
    allows = call.host.permissions.allows
    permissions = {
        "admin": allows(call.token, repository, "administration", "write"),
        "maintain": allows(call.token, repository, "administration", "write"),
        "push": allows(call.token, repository, "contents", "write"),
        "triage": allows(call.token, repository, "contents", "write"),
        "pull": True,
    }
    return call.host.shapes.repository(repository, permissions)
