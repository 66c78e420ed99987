"""GitHub Apps: who am I, where am I installed, and a token for there (https://docs.github.com/en/rest/apps/apps)."""

from collections.abc import Mapping
from typing import Any

from localcloud.githost.accounts import Account
from localcloud.githost.api.answers import Answer, ApiError, not_found
from localcloud.githost.api.call import Call
from localcloud.githost.apps import App, AppTokenError, Installation
from localcloud.githost.repositories import Repository

_TOKEN = "/apps/apps#create-an-installation-access-token-for-an-app"  # nosec B105 # noqa: S105 - a part of an address
_LEVELS = ("read", "write", "admin")


def current_app(call: Call) -> Answer:
    """GET /app."""
    app = _app(call)
    return Answer({"id": app.id, "slug": app.slug, "name": app.slug, "html_url": f"{call.host.base_url}/apps"})


def installation_of_repository(call: Call, owner: str, name: str) -> Answer:
    """GET /repos/{owner}/{name}/installation; 301 leads to a renamed repository's."""
    app = _app(call)
    repositories = call.host.repositories
    repository = repositories.find(owner, name)
    if repository is None:
        moved = repositories.moved(owner, name)
        if moved is not None and _covering(call, app, moved) is not None:
            location = f"{call.host.api_url}/repositories/{moved.id}/installation"
            raise ApiError(301, "Moved Permanently", headers={"Location": location})
    return _installation(call, app, repository)


def installation_of_repository_by_id(call: Call, number: int) -> Answer:
    """GET /repositories/{id}/installation: where a renamed repository's old address leads."""
    return _installation(call, _app(call), call.host.repositories.by_id(number))


def installation_of_organization(call: Call, login: str) -> Answer:
    """GET /orgs/{login}/installation."""
    return _installation_on(call, login, "Organization")


def installation_of_user(call: Call, login: str) -> Answer:
    """GET /users/{login}/installation."""
    return _installation_on(call, login, "User")


def create_token(call: Call, number: int) -> Answer:
    """POST /app/installations/{id}/access_tokens {repositories, repository_ids, permissions}."""
    app = _app(call)
    installation = call.host.apps.find(number)
    if installation is None or installation.app != app:
        raise not_found(_TOKEN)
    permissions = _permissions(call, installation)
    chosen = _repositories(call, installation)
    token = call.host.apps.issue(
        installation, permissions, None if chosen is None else frozenset(one.id for one in chosen)
    )
    expires = token.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ") if token.expires_at else None
    content: dict[str, Any] = {"token": token.value, "expires_at": expires, "permissions": dict(permissions)}
    content["repository_selection"] = "all" if chosen is None and installation.selected is None else "selected"
    if chosen is not None:
        content["repositories"] = [call.host.shapes.repository(one) for one in chosen]
    return Answer(content, status=201)


def _app(call: Call) -> App:
    try:
        return call.host.apps.authenticate(call.request.headers.get("Authorization"))
    except AppTokenError as error:
        status = 404 if str(error) == "Integration not found" else 401
        raise ApiError(status, str(error)) from error


def _covering(call: Call, app: App, repository: Repository | None) -> Installation | None:
    if repository is None:
        return None
    installation = call.host.apps.installation_on(app, repository.owner)
    return installation if installation is not None and installation.covers(repository.name) else None


def _installation(call: Call, app: App, repository: Repository | None) -> Answer:
    installation = _covering(call, app, repository)
    if installation is None:
        raise not_found("/apps/apps#get-a-repository-installation-for-the-authenticated-app")
    return Answer(_shape(call, installation))


def _installation_on(call: Call, login: str, kind: str) -> Answer:
    app = _app(call)
    account: Account | None = call.host.accounts.find(login)
    installation = call.host.apps.installation_on(app, account) if account else None
    if account is None or account.kind != kind or installation is None:
        raise not_found("/apps/apps")
    return Answer(_shape(call, installation))


def _permissions(call: Call, installation: Installation) -> Mapping[str, str]:
    asked = call.field("permissions", dict)
    if asked is None:
        return installation.permissions
    granted = {"metadata": "read", **installation.permissions}
    for name, level in asked.items():
        if level not in _LEVELS:
            raise ApiError(422, "Invalid request.", documentation=_TOKEN)
        if name not in granted or _LEVELS.index(granted[name]) < _LEVELS.index(level):
            raise ApiError(
                422, "The permissions requested are not granted to this installation.", documentation=_TOKEN
            )
    return {"metadata": "read", **asked}


def _repositories(call: Call, installation: Installation) -> list[Repository] | None:
    names = call.field("repositories", list)
    numbers = call.field("repository_ids", list)
    if names is None and numbers is None:
        return None
    repositories = call.host.repositories
    found = [repositories.find(installation.account.login, str(name)) for name in names or []]
    found += [repositories.by_id(int(number)) for number in numbers or []]
    chosen = [one for one in found if one and one.owner == installation.account and installation.covers(one.name)]
    if len(chosen) != len(found):
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise ApiError(422, message, documentation=_TOKEN)
    return chosen


def _shape(call: Call, installation: Installation) -> dict[str, Any]:
    return {
        "id": installation.id,
        "app_id": installation.app.id,
        "app_slug": installation.app.slug,
        "account": call.host.shapes.account(installation.account),
        "permissions": dict(installation.permissions),
        "repository_selection": "all" if installation.selected is None else "selected",
        "access_tokens_url": f"{call.host.api_url}/app/installations/{installation.id}/access_tokens",
    }
