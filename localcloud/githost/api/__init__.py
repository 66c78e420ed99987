"""GitHub's REST API, as an Enterprise Server lays it out: everything below `/api/v3`."""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from localcloud.githost.accounts import BadCredentialsError, Token
from localcloud.githost.api import administration, apps, compare, contents, objects, pulls, refs, repos, users
from localcloud.githost.api.answers import Answer, ApiError, not_found
from localcloud.githost.api.call import Call

if TYPE_CHECKING:
    from localcloud.githost.host import GitHost

Handler = Callable[..., Answer]
PREFIX = "/api/v3"
_OF_APPS = re.compile(rf"{PREFIX}/(app(/.*)?|.*/installation)")

_REPOSITORY = "/repos/<owner>/<name>"
_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/meta", users.metadata),
    ("GET", "/rate_limit", users.rate_limit),
    ("GET", "/user", users.current_user),
    ("GET", "/user/orgs", users.organizations),
    ("GET", "/user/repos", repos.list_for_caller),
    ("POST", "/user/repos", repos.create_for_user),
    ("GET", "/users/<login>", users.user),
    ("GET", "/users/<login>/repos", repos.list_for_owner),
    ("GET", "/orgs/<login>", users.organization),
    ("GET", "/orgs/<login>/repos", repos.list_for_owner),
    ("POST", "/orgs/<login>/repos", repos.create_for_organization),
    ("GET", "/app", apps.current_app),
    ("POST", "/app/installations/<int:number>/access_tokens", apps.create_token),
    ("GET", "/orgs/<login>/installation", apps.installation_of_organization),
    ("GET", "/users/<login>/installation", apps.installation_of_user),
    ("GET", f"{_REPOSITORY}/installation", apps.installation_of_repository),
    ("GET", "/repositories/<int:number>/installation", apps.installation_of_repository_by_id),
    ("PUT", "/orgs/<organization>/memberships/<login>", administration.set_membership),
    ("POST", "/admin/users", administration.create_user),
    ("POST", "/admin/organizations", administration.create_organization),
    ("POST", "/admin/users/<login>/authorizations", administration.create_token),
    ("POST", "/credentials/revoke", administration.revoke),
    ("GET", "/repositories/<int:number>", repos.get_by_id),
    ("GET", _REPOSITORY, repos.get),
    ("PATCH", _REPOSITORY, repos.update),
    ("DELETE", _REPOSITORY, repos.delete),
    ("GET", f"{_REPOSITORY}/branches", refs.branches),
    ("GET", f"{_REPOSITORY}/branches/<path:branch>/protection", refs.protection),
    ("PUT", f"{_REPOSITORY}/branches/<path:branch>/protection", refs.protect),
    ("DELETE", f"{_REPOSITORY}/branches/<path:branch>/protection", refs.unprotect),
    ("GET", f"{_REPOSITORY}/branches/<path:branch>", refs.branch),
    ("GET", f"{_REPOSITORY}/commits", refs.commits),
    ("GET", f"{_REPOSITORY}/commits/<path:revision>", refs.commit),
    ("GET", f"{_REPOSITORY}/compare/<base>...<head>", compare.compare),
    ("GET", f"{_REPOSITORY}/git/refs", refs.matching),
    ("GET", f"{_REPOSITORY}/git/matching-refs/<path:prefix>", refs.matching),
    ("GET", f"{_REPOSITORY}/git/ref/<path:ref>", refs.get),
    ("POST", f"{_REPOSITORY}/git/refs", refs.create),
    ("PATCH", f"{_REPOSITORY}/git/refs/<path:ref>", refs.update),
    ("DELETE", f"{_REPOSITORY}/git/refs/<path:ref>", refs.delete),
    ("POST", f"{_REPOSITORY}/git/blobs", objects.create_blob),
    ("GET", f"{_REPOSITORY}/git/blobs/<sha>", objects.get_blob),
    ("POST", f"{_REPOSITORY}/git/trees", objects.create_tree),
    ("GET", f"{_REPOSITORY}/git/trees/<path:sha>", objects.get_tree),
    ("POST", f"{_REPOSITORY}/git/commits", objects.create_commit),
    ("GET", f"{_REPOSITORY}/git/commits/<sha>", objects.get_commit),
    ("GET", f"{_REPOSITORY}/readme", contents.readme),
    ("GET", f"{_REPOSITORY}/contents", contents.get),
    ("GET", f"{_REPOSITORY}/contents/<path:path>", contents.get),
    ("PUT", f"{_REPOSITORY}/contents/<path:path>", contents.put),
    ("DELETE", f"{_REPOSITORY}/contents/<path:path>", contents.delete),
    ("GET", f"{_REPOSITORY}/pulls", pulls.listing),
    ("POST", f"{_REPOSITORY}/pulls", pulls.create),
    ("GET", f"{_REPOSITORY}/pulls/<int:number>", pulls.get),
    ("PATCH", f"{_REPOSITORY}/pulls/<int:number>", pulls.update),
    ("PUT", f"{_REPOSITORY}/pulls/<int:number>/merge", pulls.merge),
]


class RestApi:
    """Routes a request to its handler and dresses the answer as GitHub does."""

    def __init__(self, host: "GitHost") -> None:
        self._host = host
        self._map = Map(
            [Rule(f"{PREFIX}{path}", methods=[method], endpoint=handler) for method, path, handler in _ROUTES],
            strict_slashes=False,
            redirect_defaults=False,
        )

    def answer(self, request: Request) -> Response:
        """Serve one request."""
        token: Token | None = None
        try:
            token = self._authenticate(request)
            answer = self._handle(request, token)
        except ApiError as error:
            payload = error.payload()
            if location := error.headers.get("Location"):
                payload["url"] = location
            answer = Answer(payload, status=error.status, headers=error.headers)
        return self._dress(request, token, answer)

    def _authenticate(self, request: Request) -> Token | None:
        if _OF_APPS.fullmatch(request.path):
            return None  # an app proves itself in another way: api/apps.py
        try:
            return self._host.accounts.authenticate(request.headers.get("Authorization"), request.path)
        except BadCredentialsError as error:
            raise ApiError(401, "Bad credentials") from error

    def _handle(self, request: Request, token: Token | None) -> Answer:
        try:
            handler, arguments = self._map.bind_to_environ(request.environ).match()
        except HTTPException as error:
            raise not_found() from error
        answer: Answer = handler(Call(self._host, request, token), **arguments)
        return answer

    @staticmethod
    def _dress(request: Request, token: Token | None, answer: Answer) -> Response:
        if isinstance(answer.payload, bytes):
            body = answer.payload
        else:
            body = b"" if answer.payload is None else json.dumps(answer.payload).encode()
        headers: dict[str, Any] = {
            "Content-Type": "application/json; charset=utf-8",
            "Server": "GitHub.com",
            "X-GitHub-Request-Id": ":".join(secrets.token_hex(2).upper() for _ in range(5)),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Enterprise-Version": "3.17.0",
            "X-RateLimit-Limit": str(users.RATE_LIMIT),
            "X-RateLimit-Remaining": str(users.RATE_LIMIT),
            "X-RateLimit-Used": "0",
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
            "X-RateLimit-Resource": "core",
        }
        if token is not None and token.kind == "classic":
            headers["X-OAuth-Scopes"] = ", ".join(sorted(token.scopes))
            headers["X-Accepted-OAuth-Scopes"] = "repo" if "/repos" in request.path else ""
        status = answer.status
        if request.method == "GET" and status == 200:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            if request.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        headers.update(answer.headers)
        return Response(body, status=status, headers=headers)
