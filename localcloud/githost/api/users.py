"""Who am I, who is that, and how much may I still ask."""

import time

from localcloud.githost.api.answers import Answer, missing_permission, not_found
from localcloud.githost.api.call import Call

RATE_LIMIT = 5000


def current_user(call: Call) -> Answer:
    """GET /user."""
    token = call.signed_in()
    if token.kind == "installation":
        raise missing_permission("profile", "read", kind=token.kind)
    account = call.host.accounts.find(token.login)
    if account is None:
        raise not_found("/users/users#get-the-authenticated-user")
    shape = call.host.shapes.account(account)
    return Answer({**shape, "name": account.login, "two_factor_authentication": True})


def user(call: Call, login: str) -> Answer:
    """GET /users/{login}."""
    account = call.host.accounts.find(login)
    if account is None:
        raise not_found("/users/users#get-a-user")
    return Answer(call.host.shapes.account(account))


def organization(call: Call, login: str) -> Answer:
    """GET /orgs/{login}."""
    account = call.host.accounts.find(login)
    if account is None or account.kind != "Organization":
        raise not_found("/orgs/orgs#get-an-organization")
    return Answer(call.host.shapes.account(account))


def organizations(call: Call) -> Answer:
    """GET /user/orgs."""
    found = call.host.accounts.organizations_of(call.signed_in().login)
    items, headers = call.page(found)
    return Answer([call.host.shapes.account(item) for item in items], headers=headers)


def rate_limit(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    """GET /rate_limit: this host counts nothing, so the whole allowance is always left."""
    core = {"limit": RATE_LIMIT, "remaining": RATE_LIMIT, "used": 0, "reset": int(time.time()) + 3600}
    return Answer({"resources": {"core": core}, "rate": core})


def metadata(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    """GET /meta: what says that this is an Enterprise Server."""
    return Answer({"installed_version": "3.17.0"})
