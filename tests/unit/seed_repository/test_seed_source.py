"""Where the seed and the credential come from: S3 and Secrets Manager, and what they refuse."""

import json
import traceback
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from seed_repository.credentials import Credential
from seed_repository.errors import (
    CredentialUnavailable,
    SeedCorrupt,
    SeedInvalid,
    SeedRepositoryError,
    SeedUnavailable,
)
from seed_repository.secret import read_secret

from tests.unit.seed_repository.conftest import BUCKET, World
from tests.unit.seed_repository.git_server import TOKEN


class Refusing:
    """A client whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_object(self, **_: Any) -> Any:
        raise self._error

    get_secret_value = get_object


def _denied(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "not for you"}}, "Operation")


def test_seed_that_was_changed_is_refused(world: World) -> None:
    world.s3.put_object(Bucket=BUCKET, Key=world.event["seed"]["key"], Body=b"something else")

    with pytest.raises(SeedCorrupt, match="was asked for"):
        world.seed()
    assert world.server.requests == []


def test_seed_that_is_not_there(world: World) -> None:
    world.s3.delete_object(Bucket=BUCKET, Key=world.event["seed"]["key"])

    with pytest.raises(SeedUnavailable, match=r"does not exist: apply the platform's package"):
        world.seed()


def test_seed_that_may_not_be_read_names_the_permission(world: World) -> None:
    world.s3 = Refusing(_denied("AccessDenied"))

    with pytest.raises(SeedUnavailable, match=r"s3:GetObject .* kms:Decrypt"):
        world.seed()


def test_seed_that_cannot_be_reached(world: World) -> None:
    world.s3 = Refusing(EndpointConnectionError(endpoint_url="https://s3"))

    with pytest.raises(SeedUnavailable, match="could not be read"):
        world.seed()


def test_seed_that_is_too_large_is_not_downloaded(world: World) -> None:
    with pytest.raises(SeedInvalid, match="at most 10 are accepted"):
        world.seed(max_archive_bytes=10)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", "secretsmanager:GetSecretValue .* kms:Decrypt"),
        ("ResourceNotFoundException", "missing or empty: set the platform's github_token"),
        ("InternalServiceError", "could not be read"),
    ],
)
def test_secret_that_cannot_be_read(code: str, advice: str) -> None:
    with pytest.raises(CredentialUnavailable, match=advice):
        read_secret(Refusing(_denied(code)), "arn:secret")


@pytest.mark.parametrize(
    "text",
    [
        "s3cr3t-that-is-not-json",
        '"s3cr3t"',
        "[]",
        '{"password": "s3cr3t"}',
        '{"token": ""}',
        '{"token": "s3cr3t\\r\\nX-Injected: 1"}',
        '{"token": 3}',
        '{"token": "s3cr3t", "username": "a:b"}',
    ],
)
def test_secret_of_another_shape_is_explained_and_not_shown(world: World, text: str) -> None:
    world.secrets.put_secret_value(SecretId=world.event["credential"]["secret_arn"], SecretString=text)

    with pytest.raises(CredentialUnavailable, match="set the platform's github_token anew") as caught:
        world.seed()
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_credential_shows_itself_nowhere() -> None:
    credential = Credential(TOKEN)

    assert TOKEN not in repr(credential)
    assert TOKEN not in str(credential)
    for form in (
        credential.bearer,
        credential.basic,
        "https://x:ghp_s3cr3t%2Btoken%2Ffor%3Dtests@host/",  # pragma: allowlist secret - made up
    ):
        assert "redacted" in credential.redact(form)
        assert TOKEN not in credential.redact(form)


@pytest.mark.parametrize("kind", [ValueError, KeyError, SeedUnavailable])
def test_exception_of_any_library_leaves_without_the_token(kind: type[Exception]) -> None:
    def fail() -> None:
        try:
            int(f"https://x-access-token:{TOKEN}@host")
        except ValueError as cause:
            raise kind(f"wrapped: {TOKEN}") from cause

    with pytest.raises(SeedRepositoryError) as caught:
        Credential(TOKEN).shield(fail)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert "redacted" in str(caught.value)
    assert caught.value.__context__ is None


def test_exception_without_the_token_leaves_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        Credential(TOKEN).shield(lambda: 1 / 0)


def test_token_in_a_json_secret_is_what_git_and_rest_get(world: World) -> None:
    secret = read_secret(world.secrets, world.event["credential"]["secret_arn"])
    assert secret.token is not None
    credential = Credential(secret.token.get_secret_value(), secret.username)

    assert credential.bearer == f"Bearer {TOKEN}"
    assert json.dumps(credential.basic).startswith('"Basic ')
