"""GitHub Apps: a signature that is really checked, and tokens that reach no further than they were asked for."""

import base64
import json
import time
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
PERMISSIONS = {"contents": "write", "administration": "write", "pull_requests": "write"}


def web_token(app: int, *, key: rsa.RSAPrivateKey = KEY, algorithm: str = "RS256", **claims: Any) -> str:
    now = int(time.time())
    content = {"iat": now - 60, "exp": now + 540, "iss": str(app), **claims}
    parts = [_encode(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, content)]
    signature = key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, _encode(signature)])


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture
def app(host: Any) -> dict[str, int]:
    """An app that is installed on example-org; its number and its installation's."""
    number = uuid.uuid4().int % 10**9
    wanted = {"id": number, "slug": f"seeder-{number}", "public_key": PUBLIC.decode(), "permissions": PERMISSIONS}
    answer = host.request("POST", "/_localcloud/apps", {**wanted, "account": "example-org"})
    assert answer.status == 201
    return {"id": number, "installation": answer.body["id"]}


def _token(host: Any, app: dict[str, int], **wanted: Any) -> Any:
    path = f"/app/installations/{app['installation']}/access_tokens"
    return host.other(web_token(app["id"])).api("POST", path, wanted)


def test_an_app_knows_itself_and_its_installation(host: Any, app: dict[str, int]) -> None:
    repository = host.create()
    as_app = host.other(web_token(app["id"]))

    assert as_app.api("GET", "/app").body["id"] == app["id"]
    for path in (f"/repos/{repository}/installation", "/orgs/example-org/installation"):
        assert as_app.api("GET", path).body["id"] == app["installation"]
    assert as_app.api("GET", "/repos/example-org/nothing/installation").status == 404
    assert as_app.api("GET", "/users/platform-bot/installation").status == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "could not be decoded"),
        ({"algorithm": "none"}, "could not be decoded"),
        ({"exp": 3600}, "too far in the future"),
        ({"exp": -5}, "must be a numeric value in the future"),
        ({"iat": 300}, "time in the past"),
        ({"exp": "soon"}, "could not be decoded"),
    ],
)
def test_a_wrong_web_token_is_refused(host: Any, app: dict[str, int], change: dict[str, Any], said: str) -> None:
    now = int(time.time())
    claims = {name: now + value if isinstance(value, int) else value for name, value in change.items()}

    answer = host.other(web_token(app["id"], **claims)).api("GET", "/app")

    assert answer.status == 401
    assert said in answer.body["message"]


def test_a_web_token_opens_nothing_else(host: Any, app: dict[str, int]) -> None:
    assert host.other(web_token(app["id"])).api("GET", "/user").status == 401
    assert host.other(web_token(1)).api("GET", "/app").status == 404
    assert host.api("GET", "/app").status == 401
    assert host.other(f"{'a.' * 2}a").api("GET", "/app").status == 401


def test_a_token_reaches_its_repository_and_no_other(host: Any, app: dict[str, int]) -> None:
    mine, other = host.create(), host.create()
    answer = _token(host, app, repositories=[mine.split("/")[1]], permissions={"contents": "write"})

    assert answer.status == 201
    assert answer.body["permissions"] == {"metadata": "read", "contents": "write"}
    assert answer.body["repositories"][0]["full_name"] == mine
    limited = host.other(answer.body["token"])
    limited.push(limited.work(), mine)
    assert limited.api("GET", f"/repos/{other}").status == 404
    assert "not found" in limited.push(limited.work(), other, expect=128)
    refused = limited.api("POST", f"/repos/{mine}/pulls", {"head": "x", "base": "main", "title": "t"})
    assert refused.body["message"] == "Resource not accessible by integration"
    assert limited.api("GET", "/user").status == 403
    assert limited.api("POST", "/orgs/example-org/repos", {"name": "new"}).status == 403


def test_a_token_is_not_given_for_more_than_was_installed(host: Any, app: dict[str, int]) -> None:
    assert "not granted" in _token(host, app, permissions={"workflows": "write"}).body["message"]
    assert "not accessible" in _token(host, app, repositories=["nothing"]).body["message"]
    assert host.other(web_token(app["id"])).api("POST", "/app/installations/1/access_tokens", {}).status == 404


def test_an_app_may_create_for_the_organization(host: Any, app: dict[str, int]) -> None:
    token = _token(host, app, permissions={"administration": "write"}).body["token"]

    answer = host.other(token).api("POST", "/orgs/example-org/repos", {"name": f"a{uuid.uuid4().hex[:8]}"})

    assert answer.status == 201


def test_a_renamed_repository_leads_to_its_installation(host: Any, app: dict[str, int]) -> None:
    repository = host.create()
    number = host.api("GET", f"/repos/{repository}").body["id"]
    host.api("PATCH", f"/repos/{repository}", {"name": f"n{uuid.uuid4().hex[:8]}"})
    as_app = host.other(web_token(app["id"]))

    moved = as_app.api("GET", f"/repos/{repository}/installation")

    assert (moved.status, moved.headers["Location"].endswith(f"/repositories/{number}/installation")) == (
        301,
        True,
    )
    assert as_app.api("GET", f"/repositories/{number}/installation").body["id"] == app["installation"]
