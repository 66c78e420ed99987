"""Seeding as a GitHub App: signatures that GitHub checks, tokens that reach one repository, nothing shown."""

import json
import logging
import traceback
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from seed_repository.errors import (
    CredentialRejected,
    CredentialUnavailable,
    PermissionMissing,
    RepositoryMissing,
)
from seed_repository.signature import UnusableKey, sign_rs256

from localcloud.githost.faults import Fault
from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import git
from tests.unit.seed_repository.github_server import KEY, PRIVATE_KEY, GitHubServer

_PEM = serialization.Encoding.PEM
_PKCS8 = serialization.PrivateFormat.PKCS8
_PLAIN = serialization.NoEncryption()


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
@pytest.mark.parametrize("form", [serialization.PrivateFormat.TraditionalOpenSSL, _PKCS8])
def test_signature_is_what_another_library_verifies(bits: int, form: serialization.PrivateFormat) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    signature = sign_rs256(key.private_bytes(_PEM, form, _PLAIN).decode(), b"header.claims")

    assert len(signature) == bits // 8
    key.public_key().verify(signature, b"header.claims", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("nothing", "not a private key in PEM form"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "not a private key"),
        (ec.generate_private_key(ec.SECP256R1()).private_bytes(_PEM, _PKCS8, _PLAIN).decode(), "not an RSA key"),
        (KEY.private_bytes(_PEM, _PKCS8, serialization.BestAvailableEncryption(b"x")).decode(), "is encrypted"),
    ],
)
def test_key_of_another_kind_is_refused(key: str, problem: str) -> None:
    with pytest.raises(UnusableKey, match=problem):
        sign_rs256(key, b"anything")


def test_existing_repository_is_seeded_with_a_token_for_it_alone(world: World, github: GitHubServer) -> None:
    github.create()
    github.create("other")
    world.store_app(github.install_app().id)

    result = world.seed()

    assert result.status == "created"
    assert github.requests == [
        "GET /api/v3/repos/acme/churn/installation",
        f"POST /api/v3/app/installations/{github.install_app().id}/access_tokens",
        "GET /acme/churn.git/info/refs",
        "POST /acme/churn.git/git-receive-pack",
    ]
    (token,) = [one for one in github.host.accounts._tokens.values() if one.kind == "installation"]
    assert token.repositories == {github.repository().id}
    assert token.permissions == {"metadata": "read", "contents": "write"}
    assert token.expires_at is not None


def test_missing_repository_is_created_and_seeded_in_four_requests(world: World, github: GitHubServer) -> None:
    world.store_app(github.install_app().id)

    result = world.seed()

    assert result.status == "created"
    assert len(github.requests) == 4
    assert github.repository().branches() == {"main": result.commit_sha}
    (token,) = [one for one in github.host.accounts._tokens.values() if one.kind == "installation"]
    assert token.permissions == {"metadata": "read", "contents": "write", "administration": "write"}
    checked = git("fsck", "--strict", "--no-dangling", cwd=github.repository().path)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_app_and_token_make_the_same_commit(world: World, github: GitHubServer) -> None:
    github.create()
    by_token = world.seed()
    world.store_app(github.install_app().id)

    by_app = world.seed()

    assert (by_app.status, by_app.commit_sha) == ("unchanged", by_token.commit_sha)


def test_installation_is_looked_up_where_it_is_not_given(world: World, github: GitHubServer) -> None:
    github.install_app()
    world.store_app()

    assert world.seed().status == "created"
    assert world.seed().status == "unchanged"
    assert github.requests[1] == "GET /api/v3/orgs/acme/installation"


def test_renamed_repository_is_reached_by_its_number(world: World, github: GitHubServer) -> None:
    repository = github.create()
    github.host.repositories.rename(repository, "customer-churn")
    world.store_app(github.install_app().id)

    result = world.seed()

    assert result.status == "created"
    assert result.repository_url == f"{github.url}/acme/customer-churn"
    assert repository.branches() == {"main": result.commit_sha}
    assert github.host.repositories.find("acme", "churn") is None


def test_workflows_are_asked_for_only_by_seeds_that_hold_some(
    world: World, github: GitHubServer, seed_folder: Any
) -> None:
    github.create()
    world.store_app(github.install_app().id)
    place = seed_folder / "repo/.github/workflows"
    place.mkdir(parents=True)
    (place / "check.yml").write_text("on: push\n")
    world.upload(seed_folder)

    world.seed()

    (token,) = [one for one in github.host.accounts._tokens.values() if one.kind == "installation"]
    assert token.permissions["workflows"] == "write"


@pytest.mark.parametrize(
    ("granted", "advice"),
    [({"contents": "read"}, "It needs contents: write, metadata: read"), ({}, "grant them in the app's settings")],
)
def test_missing_permission_of_the_app_is_named(
    world: World, github: GitHubServer, granted: dict[str, str], advice: str
) -> None:
    github.create()
    world.store_app(github.install_app(granted).id)

    with pytest.raises(PermissionMissing, match=advice):
        world.seed()


def test_permission_to_create_is_named(world: World, github: GitHubServer) -> None:
    world.store_app(github.install_app({"contents": "write"}).id)

    with pytest.raises(PermissionMissing, match="administration: write"):
        world.seed()


def test_repository_that_was_not_selected_is_explained(world: World, github: GitHubServer) -> None:
    github.create()
    world.store_app(github.install_app(only=["other"]).id)

    with pytest.raises(PermissionMissing, match="exists already, but the credential may not see it"):
        world.seed()
    world.event["repository"]["create"] = False
    with pytest.raises(RepositoryMissing, match="does not exist"):
        world.seed()


def test_repository_of_another_installation_is_refused(world: World, github: GitHubServer) -> None:
    github.create()
    github.install_app()
    world.store_app(1)

    with pytest.raises(PermissionMissing, match="belongs to another installation"):
        world.seed()


def test_owner_without_the_app_is_explained(world: World, github: GitHubServer) -> None:
    github.install_app()
    world.store_app()
    world.event["repository"].update(full_name="somebody/churn", url=f"{github.url}/somebody/churn")

    with pytest.raises(PermissionMissing, match="not installed on an organization named somebody"):
        world.seed()


def test_wrong_key_or_number_is_explained(world: World, github: GitHubServer) -> None:
    github.install_app()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    world.store_app(private_key=other.private_bytes(_PEM, _PKCS8, _PLAIN).decode())
    with pytest.raises(CredentialRejected, match=r"app_id and private key.*could not be decoded"):
        world.seed()

    world.store_app(app_id=1)
    with pytest.raises(CredentialRejected, match="Integration not found"):
        world.seed()

    world.store_app(private_key="-----BEGIN RSA PRIVATE KEY-----\nQUFBQQ==\n-----END RSA PRIVATE KEY-----")
    with pytest.raises(CredentialUnavailable, match=r"private key cannot be used.*\.pem file"):
        world.seed()


def test_key_that_came_in_one_line_is_understood(world: World, github: GitHubServer) -> None:
    github.create()
    world.store_app(github.install_app().id, private_key=PRIVATE_KEY.replace("\n", "\\n"))

    assert world.seed().status == "created"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ({"github_app": {}}, r"github_app\.app_id: Field required"),
        ({"github_app": {"app_id": 1}}, "private_key"),
        ({"github_app": {"app_id": "a b", "private_key": "x"}}, r"github_app\.app_id"),
        ({"github_app": {"app_id": 1, "installation_id": -1, "private_key": "x"}}, "installation_id"),
        (
            {"token": "t0ken", "github_app": {"app_id": 1, "private_key": "x"}},
            "exactly one of token and github_app",
        ),
        ({}, "exactly one of token and github_app"),
    ],
)
def test_secret_of_another_shape_is_explained(world: World, secret: dict[str, Any], problem: str) -> None:
    arn = world.event["credential"]["secret_arn"]
    world.secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(secret))

    with pytest.raises(CredentialUnavailable, match=problem) as caught:
        world.seed()
    assert "t0ken" not in "".join(traceback.format_exception(caught.value))


def test_app_cannot_open_a_plain_git_host(world: World, github: GitHubServer) -> None:
    world.store_app()
    world.event["host"] = {"base_url": github.url, "kind": "git"}

    with pytest.raises(CredentialUnavailable, match="opens GitHub only"):
        world.seed()


@pytest.mark.parametrize(
    "path", [r".*/installation", r".*/access_tokens", r".*/info/refs", r".*/git-receive-pack"]
)
@pytest.mark.parametrize("kind", ["answer", "drop", "lose_answer"])
def test_faults_are_survived_and_make_one_commit(world: World, github: GitHubServer, path: str, kind: Any) -> None:
    github.create()
    world.store_app(github.install_app().id)
    github.host.faults.add(Fault(path=path, kind=kind))

    result = world.seed()

    assert result.status == "created"
    assert github.repository().branches() == {"main": result.commit_sha}


@pytest.mark.parametrize("path", [r".*/installation", r".*/access_tokens", r".*/info/refs"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500])
def test_nothing_of_the_app_is_shown(
    world: World, github: GitHubServer, path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The host echoes the Authorization header of every request in its refusals."""
    github.create()
    world.store_app(github.install_app().id)
    caplog.set_level(logging.DEBUG)
    answer = github.application

    def echo(environ: dict[str, Any], start_response: Any) -> Any:
        github.host.faults.clear()
        github.host.faults.add(Fault(path=path, status=status, body=environ.get("HTTP_AUTHORIZATION", "")))
        return answer(environ, start_response)

    github.application = echo  # type: ignore[assignment]
    world.event["repository"]["create"] = False

    with pytest.raises(Exception, match=r".") as caught:
        world.seed(attempts=2)

    shown = "".join(traceback.format_exception(caught.value))
    shown += "".join(record.getMessage() for record in caplog.records if not record.name.startswith("botocore"))
    secrets = {line for line in PRIVATE_KEY.splitlines() if "-----" not in line and len(line) > 16}
    secrets |= {header.partition(" ")[2] for header in github.authorizations}
    assert not [secret for secret in secrets if secret and secret in shown]
