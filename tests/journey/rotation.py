"""A new GitHub token for the platform while projects stand: docs/operations.md, "Rotate the GitHub token"."""

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from localcloud.githost.accounts import PLATFORM_SCOPES
from tests.journey.installed import vary
from tests.journey.world import Launch, Platform

_SECONDS = 300
_READING = re.compile(r"(Get|List|Describe|Head|BatchGet|Search|Filter|Scan|Query|Lookup)")
_PLANNED = re.compile(r"^  # (\S+) (?:will be|must be) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Rotated:
    """A rotation.

    Attributes:
        first: the project that stood before it.
        changed: what Terraform has planned to change, by address: what was to become of it.
        writes: the platform engineer's calls meanwhile that name the project and change something.
        old: the token of before; ``new`` the one since then.

    """

    first: Launch
    changed: dict[str, str]
    writes: list[str]
    old: str
    new: str


class GitHub:
    """The git host, as whoever has a token of it sees it; without a page, by REST."""

    def __init__(self, platform: Platform) -> None:
        self._url = platform.terraform.handout.git_url
        self._opener = build_opener(ProxyHandler({}))

    def new_token(self, token: str, login: str) -> str:
        """Another token of the user to whom the platform's belongs."""
        path = f"/api/v3/admin/users/{login}/authorizations"
        return str(self._ask("POST", path, token, scopes=sorted(PLATFORM_SCOPES))["token"])

    def user(self, token: str) -> str | None:
        """Whose token it is; None when it is not accepted."""
        try:
            return str(self._ask("GET", "/api/v3/user", token)["login"])
        except HTTPError as error:
            assert error.code == 401
            return None

    def revoke(self, token: str) -> None:
        """Take a token back."""
        self._ask("POST", "/api/v3/credentials/revoke", None, credentials=[token])

    def opened(self, token: str) -> list[str]:
        """What a token has opened so far: paths."""
        digest = sha256(token.encode()).hexdigest()
        return sorted(self._ask("GET", "/_localcloud/tokens", None).get(digest, {}))

    def _ask(self, method: str, path: str, token: str | None, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = json.dumps(body).encode() if body else None
        request = Request(  # noqa: S310 - the address of the tests' own host
            f"{self._url}{path}", method=method, data=data, headers=headers
        )
        with self._opener.open(request, timeout=30) as answer:
            return json.loads(answer.read())


def rotate(platform: Platform, first: Launch) -> Rotated:
    """Apply package 1 with another token and the version after; the old one is not taken back yet.

    Raises:
        AssertionError: Terraform fails; with what it said.

    """
    terraform, github = platform.terraform, GitHub(platform)
    old = terraform.handout.environment["GITHUB_TOKEN"]
    new = github.new_token(old, str(github.user(old)))
    platform.planted.plant("the platform's GitHub token after its rotation", new)
    begun = datetime.now(UTC).isoformat(timespec="milliseconds")
    vary(terraform.handout, github_token_version=2)
    done = subprocess.run(
        [
            *(str(terraform.binary), f"-chdir={terraform.package}", "apply"),
            *("-input=false", "-no-color", "-auto-approve", *terraform.arguments),
        ],
        env=terraform.environment | {"TF_VAR_github_token": new},
        cwd=terraform.package,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return Rotated(first, dict(_PLANNED.findall(done.stdout)), _writes(platform, first, begun), old, new)


def _writes(platform: Platform, launch: Launch, since: str) -> list[str]:
    found = []
    with (platform.terraform.handout.directory / "calls.jsonl").open(encoding="utf-8") as log:
        for line in log:
            if launch.identifier not in line:
                continue
            call = json.loads(line)
            mine = call["time"] >= since and str(call["role_arn"]).endswith(":role/administrator")
            if mine and not _READING.match(call["operation"]):
                found.append(f"{call['service']}:{call['operation']}")
    return found
