"""What the secret holds: a token, or the key of a GitHub App. Checked, and never quoted."""

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from seed_repository.credentials import TOKEN_USER
from seed_repository.errors import CredentialUnavailable

if TYPE_CHECKING:
    SecretsManagerClient = Any

_PRINTABLE = re.compile(r"[!-~]+")
_SHAPES = '{"token": "…"} or {"github_app": {"app_id": …, "installation_id": …, "private_key": "…"}}'


def _one_word(value: object) -> object:
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        raise ValueError("is missing, empty, or holds spaces or line breaks")
    return value


def _no_colon(value: object) -> object:
    if isinstance(value, str) and ":" in value:
        raise ValueError("holds a colon")
    return _one_word(value)


def _lines(value: object) -> object:
    # A key that went through a shell or a form often arrives in one line, with \n written out.
    return value.replace("\\n", "\n").strip() + "\n" if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class GitHubApp(_Part):
    """A GitHub App, and where it is installed. Without ``installation_id`` GitHub is asked for it."""

    app_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,64}$", coerce_numbers_to_str=True)]
    installation_id: Annotated[int, Field(gt=0)] | None = None
    private_key: Annotated[SecretStr, BeforeValidator(_lines), Field(min_length=2)]


class Secret(_Part):
    """The secret's value. ``username`` is for hosts whose git wants another one than GitHub's."""

    token: Annotated[SecretStr, BeforeValidator(_one_word)] | None = None
    username: Annotated[str, BeforeValidator(_no_colon)] = TOKEN_USER
    github_app: GitHubApp | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Secret":
        if (self.token is None) == (self.github_app is None):
            raise ValueError("exactly one of token and github_app is needed")
        return self


def read_secret(secrets: "SecretsManagerClient", secret_arn: str) -> Secret:
    """Read the secret: JSON text, ``{"token": "…"}`` or ``{"github_app": {…}}``.

    Raises:
        CredentialUnavailable: if the secret cannot be read or does not hold this; never quotes what it holds.

    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see handler._clients

    try:
        text = secrets.get_secret_value(SecretId=secret_arn).get("SecretString")
    except ClientError as error:
        raise CredentialUnavailable(
            _reason(error.response["Error"].get("Code", ""), secret_arn, str(error))
        ) from error
    except BotoCoreError as error:
        raise CredentialUnavailable(f"The secret {secret_arn} could not be read: {error}") from error
    try:
        return Secret.model_validate_json(text or "")
    except ValidationError as error:
        problems = "; ".join(
            ": ".join(filter(None, [".".join(str(part) for part in problem["loc"]), _said(problem)]))
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        )
    raise CredentialUnavailable(
        f"The secret {secret_arn} should hold {_SHAPES}, but does not ({problems}): "
        "set the platform's github_token anew, or its github_app_private_key."
    )


def _said(problem: Any) -> str:
    # The JSON parser's own words quote what it stumbled over.
    return "not JSON" if problem["type"] == "json_invalid" else str(problem["msg"]).removeprefix("Value error, ")


def _reason(code: str, secret_arn: str, detail: str) -> str:
    if code in {"AccessDeniedException", "AccessDenied"}:
        return (
            f"The secret {secret_arn} may not be read. The function's role needs "
            f"secretsmanager:GetSecretValue on it, and kms:Decrypt on its key. ({detail})"
        )
    if code == "ResourceNotFoundException":
        return f"The secret {secret_arn} is missing or empty: set the platform's github_token. ({detail})"
    return f"The secret {secret_arn} could not be read: {detail}"
