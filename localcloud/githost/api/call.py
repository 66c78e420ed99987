"""One call of the REST API: who, with which body, on which repository."""

from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from localcloud.githost.accounts import Token
from localcloud.githost.api.answers import ApiError, archived, missing_permission, not_found
from localcloud.githost.repositories import Repository

if TYPE_CHECKING:
    from localcloud.githost.host import GitHost

Value = TypeVar("Value")
_MAXIMUM_PAGE = 100


class Call:
    """What a handler gets: the host, the caller and the request."""

    def __init__(self, host: "GitHost", request: Request, token: Token | None) -> None:
        self.host = host
        self.request = request
        self.token = token

    def signed_in(self) -> Token:
        """The caller's token; anonymous callers are refused."""
        if self.token is None:
            raise ApiError(401, "Requires authentication")
        return self.token

    def body(self) -> dict[str, Any]:
        """The request's JSON object; a missing body is an empty one."""
        if not self.request.get_data():
            return {}
        try:
            body = self.request.get_json(force=True)
        except BadRequest as error:
            raise ApiError(400, "Problems parsing JSON") from error
        if not isinstance(body, dict):
            raise ApiError(400, "Body should be a JSON object")
        return body

    def field(self, name: str, kind: type[Value], default: Value | None = None) -> Value | None:
        """A member of the body, checked for its type; null counts as absent."""
        value = self.body().get(name)
        if value is None:
            return default
        if not isinstance(value, kind):
            expected = {str: "a string", bool: "a boolean", list: "an array", dict: "an object"}
            wanted = expected.get(kind, "an integer")
            raise ApiError(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not {wanted}.")
        return value

    def required(self, name: str, kind: type[Value]) -> Value:
        """A member of the body that has to be there."""
        value = self.field(name, kind)
        if value is None:
            raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return value

    def page(self, items: list[Value]) -> tuple[list[Value], dict[str, str]]:
        """The part of a list that `page` and `per_page` ask for, and the Link header for the rest."""
        size = min(max(self.request.args.get("per_page", 30, type=int), 1), _MAXIMUM_PAGE)
        number = max(self.request.args.get("page", 1, type=int), 1)
        last = max((len(items) + size - 1) // size, 1)
        links = []
        if number < last:
            links = [self._link(number + 1, size, "next"), self._link(last, size, "last")]
        if number > 1:
            links += [self._link(number - 1, size, "prev"), self._link(1, size, "first")]
        headers = {"Link": ", ".join(links)} if links else {}
        return items[(number - 1) * size : number * size], headers

    def _link(self, number: int, size: int, relation: str) -> str:
        return f'<{self.request.base_url}?per_page={size}&page={number}>; rel="{relation}"'

    def readable(self, owner: str, name: str, permission: str = "contents") -> Repository:
        """A repository that the caller may read; 404 hides the others, 301 leads to a renamed one."""
        repository = self.host.repositories.find(owner, name)
        if repository is None:
            moved = self.host.repositories.moved(owner, name)
            if moved is None or not self.host.permissions.visible(self.token, moved):
                raise not_found("/repos/repos#get-a-repository")
            raise self._moved(owner, name, moved)
        if not self.host.permissions.visible(self.token, repository):
            raise not_found("/repos/repos#get-a-repository")
        if self.token is not None and not self.host.permissions.allows(self.token, repository, permission, "read"):
            raise missing_permission(permission, "read", kind=self.token.kind)
        return repository

    def writable(self, owner: str, name: str, permission: str = "contents") -> Repository:
        """A repository that the caller may change, and that is not archived."""
        token = self.signed_in()
        repository = self.readable(owner, name, "metadata" if permission == "administration" else permission)
        self.require(repository, token, permission)
        if repository.archived:
            raise archived()
        return repository

    def require(self, repository: Repository, token: Token, permission: str) -> None:
        """Refuse callers without write permission as GitHub does for their kind of token."""
        if self.host.permissions.allows(token, repository, permission, "write"):
            return
        if token.kind != "classic" and not token.grants(permission, "write"):
            raise missing_permission(permission, "write", kind=token.kind)
        if permission == "administration":
            raise ApiError(403, "Must have admin rights to Repository.")
        raise not_found()

    def _moved(self, owner: str, name: str, target: Repository) -> ApiError:
        tail = self.request.path.split(f"/repos/{owner}/{name}", 1)[1]
        location = f"{self.host.api_url}/repositories/{target.id}{tail}"
        error = ApiError(301, "Moved Permanently", headers={"Location": location})
        error.errors = None
        return error
