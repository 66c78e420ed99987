"""The site administrator's calls, by which accounts and tokens are added while the host runs.

https://docs.github.com/en/enterprise-server/rest/enterprise-admin: users, orgs. Every token is an administrator's
here: the host belongs to the person who started it.
"""

from localcloud.githost.api.answers import Answer, ApiError, not_found
from localcloud.githost.api.call import Call


def create_user(call: Call) -> Answer:
    """POST /admin/users {login}."""
    call.signed_in()
    login = call.required("login", str)
    _refuse_taken(call, login)
    return Answer(call.host.shapes.account(call.host.accounts.add_user(login)), status=201)


def create_organization(call: Call) -> Answer:
    """POST /admin/organizations {login, admin}."""
    call.signed_in()
    login, admin = call.required("login", str), call.required("admin", str)
    _refuse_taken(call, login)
    if call.host.accounts.find(admin) is None:
        raise not_found()
    account = call.host.accounts.add_organization(login, admins=[admin])
    return Answer(call.host.shapes.account(account), status=201)


def create_token(call: Call, login: str) -> Answer:
    """POST /admin/users/{login}/authorizations {scopes}: an impersonation token."""
    call.signed_in()
    if call.host.accounts.find(login) is None:
        raise not_found()
    scopes = call.field("scopes", list, []) or []
    token = call.host.accounts.issue_token(login, scopes=[str(scope) for scope in scopes])
    return Answer({"id": abs(hash(token.value)), "token": token.value, "scopes": scopes}, status=201)


def revoke(call: Call) -> Answer:
    """POST /credentials/revoke {credentials}: tokens that are not to be accepted any more, without signing in.

    https://docs.github.com/en/rest/credentials/revoke
    """
    for value in call.required("credentials", list):
        call.host.accounts.revoke_token(str(value))
    return Answer({}, status=202)


def set_membership(call: Call, organization: str, login: str) -> Answer:
    """PUT /orgs/{organization}/memberships/{login} {role}."""
    call.signed_in()
    owner, member = call.host.accounts.find(organization), call.host.accounts.find(login)
    if owner is None or owner.kind != "Organization" or member is None:
        raise not_found()
    role = call.field("role", str, "member") or "member"
    call.host.accounts.add_member(owner.login, member.login, role)
    return Answer({"state": "active", "role": role, "user": call.host.shapes.account(member)})


def _refuse_taken(call: Call, login: str) -> None:
    if call.host.accounts.find(login) is not None:
        raise ApiError(422, "Login has already been taken")
