"""GitHub as a GitHub App: no person's token, but one of its own, for an hour and for no more than is needed.

Calls besides those of github.py: get a repository's, an organization's or a user's installation; create an
installation access token (docs.github.com/en/rest/apps/apps). They are signed, not sent with a token.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from seed_repository.credentials import Credential
from seed_repository.errors import (
    CredentialRejected,
    CredentialUnavailable,
    HostAnswerUnexpected,
    PermissionMissing,
    RepositoryMissing,
    SeedRepositoryError,
)
from seed_repository.events import RepositoryRequest
from seed_repository.git_host import Repository
from seed_repository.github import CREATED, OK, UNPROCESSABLE, GitHubHost, json_object, path_of
from seed_repository.refusals import NOT_FOUND, UNAUTHORIZED, refusal
from seed_repository.secret import GitHubApp
from seed_repository.signature import UnusableKey, sign_rs256
from seed_repository.transport import Answer, Transport

_CLOCK_MAY_LAG = 60
_LIFE = 540
"""Seconds: GitHub takes web tokens of at most ten minutes, and advises to date them a minute back."""

_BY_NUMBER = re.compile(r"/repositories/(\d+)/installation$")
_SHORTEST_LINE = 16


class GitHubAppCredential(Credential):
    """A GitHub App's key. It shows itself no more than a token does."""

    def __init__(self, app: GitHubApp, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.app = app
        self._clock = clock
        key = app.private_key.get_secret_value()
        self.hide(key, *(line for line in key.splitlines() if len(line) > _SHORTEST_LINE and "-----" not in line))

    def web_token(self) -> str:
        """A JSON web token that proves, for some minutes, to be this app (RFC 7519).

        Raises:
            CredentialUnavailable: if the private key is of no use.

        """
        now = int(self._clock())
        claims = {"iat": now - _CLOCK_MAY_LAG, "exp": now + _LIFE, "iss": self.app.app_id}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        try:
            signature = sign_rs256(self.app.private_key.get_secret_value(), signed.encode("ascii"))
        except UnusableKey as error:
            raise CredentialUnavailable(
                f"The GitHub App's private key cannot be used: {error}. Set the platform's github_app_private_key "
                "to the content of the .pem file that GitHub offers for download."
            ) from None
        token = f"{signed}.{_encode(signature)}"
        self.hide(token)
        return token


class GitHubAppHost(GitHubHost):
    """A GitHub, as an app that is installed there.

    Looking for a repository also gets the token for it: limited to this repository and to ``permissions``.
    """

    def __init__(
        self,
        transport: Transport,
        credential: GitHubAppCredential,
        *,
        base_url: str,
        api_url: str,
        permissions: Mapping[str, str],
    ) -> None:
        super().__init__(transport, base_url=base_url, api_url=api_url)
        self._credential = credential
        self._permissions = {"metadata": "read", **permissions}

    def _find(self, full_name: str) -> Repository | None:
        answer = self._as_app("GET", f"{path_of(full_name)}/installation")
        if answer.status == NOT_FOUND:
            return None
        installation = _installation(answer)
        chosen = self._credential.app.installation_id
        if chosen is not None and installation != chosen:
            raise PermissionMissing(
                f"{full_name} belongs to another installation ({installation}) of the GitHub App than the "
                f"platform's ({chosen}). Choose a repository of the platform's own organization."
            )
        # A renamed repository is reached by its number, which GitHub's redirect tells.
        number = _BY_NUMBER.search(urlsplit(answer.url).path)
        only = {"repository_ids": [int(number[1])]} if number else {"repositories": [full_name.partition("/")[2]]}
        described = self._use_token(installation, self._permissions, only).get("repositories")
        if isinstance(described, list) and len(described) == 1 and described[0].get("created_at"):
            return self._repository(described[0], just_created=False)
        return super()._find(described[0].get("full_name", full_name) if described else full_name)

    def _create(self, wanted: RepositoryRequest) -> Repository:
        # A repository that does not exist cannot be named as the token's limit.
        owner = wanted.full_name.partition("/")[0]
        installation = self._credential.app.installation_id or self._installation_of(owner)
        self._use_token(installation, {**self._permissions, "administration": "write"}, {})
        return super()._create(wanted)

    def _belongs_to_credential(self, owner: str) -> bool:  # noqa: ARG002 - part of the overridden signature
        return False  # an app is nobody; for a person's account it cannot create repositories

    def _repository(self, content: Mapping[str, Any], *, just_created: bool) -> Repository:
        # GitHub describes here what a user may do, and an app is none: the token's own permissions count.
        described = {name: value for name, value in content.items() if name != "permissions"}
        return super()._repository(described, just_created=just_created)

    def _installation_of(self, owner: str) -> int:
        answer = self._as_app("GET", f"/orgs/{quote(owner)}/installation")
        if answer.status == NOT_FOUND:
            raise PermissionMissing(
                f"The GitHub App is not installed on an organization named {owner}, so it cannot create "
                "repositories there. Install it, or choose another owner. (Personal accounts: GitHub lets no app "
                "create repositories for a person.)"
            )
        return _installation(answer)

    def _use_token(
        self, installation: int, permissions: Mapping[str, str], only: Mapping[str, object]
    ) -> dict[str, Any]:
        path = f"/app/installations/{installation}/access_tokens"
        answer = self._as_app("POST", path, {"permissions": dict(permissions), **only})
        if answer.status != CREATED:
            raise _no_token(answer, permissions)
        content = json_object(answer)
        token = content.get("token")
        if not isinstance(token, str) or not token:
            raise HostAnswerUnexpected(f"{answer.url} answers without a token.")
        self._credential.use(token)
        return content

    def _as_app(self, method: str, path: str, content: Mapping[str, object] | None = None) -> Answer:
        answer = self.call(method, path, content, authorization=f"Bearer {self._credential.web_token()}")
        if answer.status == UNAUTHORIZED or (answer.status == NOT_FOUND and "integration" in answer.said.lower()):
            raise CredentialRejected(
                "GitHub does not know the GitHub App by this app_id and private key "
                f"(HTTP {answer.status}). Check that both belong together and that the key was not deleted. "
                f'The host says: "{answer.said}"'
            )
        return answer


def _installation(answer: Answer) -> int:
    if answer.status != OK:
        raise refusal(
            answer, what="ask where the GitHub App is installed", needs="an installation on this account"
        )
    number = json_object(answer).get("id")
    if not isinstance(number, int):
        raise HostAnswerUnexpected(f"{answer.url} describes an installation without its id.")
    return number


def _no_token(answer: Answer, permissions: Mapping[str, str]) -> SeedRepositoryError:
    asked = ", ".join(f"{name}: {level}" for name, level in sorted(permissions.items()))
    if answer.status == UNPROCESSABLE and "permissions" in answer.said:
        return PermissionMissing(
            f"The GitHub App lacks a permission. It needs {asked}: grant them in the app's settings, and let an "
            f'owner of the organization accept the change. The host says: "{answer.said}"'
        )
    if answer.status in {UNPROCESSABLE, NOT_FOUND}:
        return RepositoryMissing(
            "The GitHub App's installation does not reach the repository: add it to the installation, or correct "
            f'installation_id. The host says: "{answer.said}"'
        )
    return refusal(answer, what="get a token for the GitHub App", needs=asked)


def _part(content: Mapping[str, object]) -> str:
    return _encode(json.dumps(content, separators=(",", ":")).encode("utf-8"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
