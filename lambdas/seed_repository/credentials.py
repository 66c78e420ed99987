"""The credential for the git host: read from Secrets Manager, used for two kinds of request, never shown."""

import base64
import json
import re
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from seed_repository.errors import CredentialUnavailable, SeedRepositoryError

if TYPE_CHECKING:
    SecretsManagerClient = Any

TOKEN_USER = "x-access-token"  # noqa: S105 - what GitHub calls the user of a token in git's basic authentication
REDACTED = "[redacted]"
Result = TypeVar("Result")
_PRINTABLE = re.compile(r"[!-~]+")


class Credential:
    """A token, and the user name that git presents it with."""

    def __init__(self, token: str, user: str = TOKEN_USER) -> None:
        self._token = token
        self._basic = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
        # Longest first, so that no shorter form leaves the rest of a longer one behind.
        self._forms = sorted({token, quote(token, safe=""), self._basic}, key=len, reverse=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({REDACTED})"

    @property
    def bearer(self) -> str:
        """The ``Authorization`` header for a REST API."""
        return f"Bearer {self._token}"

    @property
    def basic(self) -> str:
        """The ``Authorization`` header for git over HTTP."""
        return f"Basic {self._basic}"

    def redact(self, text: str) -> str:
        """The text without the credential, in whatever form it appears."""
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return text

    def shield(self, work: Callable[[], Result]) -> Result:
        """Do some work, and let no exception leave that shows the credential: in message, cause or context."""
        try:
            return work()
        except Exception as error:
            shown = "".join(traceback.format_exception(error))
            if self.redact(shown) == shown:
                raise
            leak = self._without_secret(error)
        # Outside the except block, where it would carry its context along.
        raise leak

    def _without_secret(self, error: Exception) -> SeedRepositoryError:
        kind = type(error) if isinstance(error, SeedRepositoryError) else SeedRepositoryError
        message = self.redact(str(error))
        if kind is SeedRepositoryError:
            message = f"{type(error).__name__}: {message}"
        replacement = kind.__new__(kind)
        replacement.__dict__.update(
            {name: value for name, value in vars(error).items() if not isinstance(value, str)}
        )
        replacement.args = (message,)
        return replacement


def read_credential(secrets: "SecretsManagerClient", secret_arn: str) -> Credential:
    """Read the credential: JSON text ``{"token": "…"}``, with ``"username"`` where git needs one.

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
        content = json.loads(text or "")
    except json.JSONDecodeError:
        raise CredentialUnavailable(_shape(secret_arn, "its value is not JSON")) from None
    if not isinstance(content, dict):
        raise CredentialUnavailable(_shape(secret_arn, "its value is not a JSON object"))
    token, user = content.get("token"), content.get("username", TOKEN_USER)
    if not isinstance(token, str) or not _PRINTABLE.fullmatch(token):
        raise CredentialUnavailable(
            _shape(secret_arn, 'its "token" is missing, empty, or holds spaces or line breaks')
        )
    if not isinstance(user, str) or not _PRINTABLE.fullmatch(user) or ":" in user:
        raise CredentialUnavailable(_shape(secret_arn, 'its "username" is empty, or holds spaces or a colon'))
    return Credential(token, user)


def _reason(code: str, secret_arn: str, detail: str) -> str:
    if code in {"AccessDeniedException", "AccessDenied"}:
        return (
            f"The secret {secret_arn} may not be read. The function's role needs "
            f"secretsmanager:GetSecretValue on it, and kms:Decrypt on its key. ({detail})"
        )
    if code == "ResourceNotFoundException":
        return f"The secret {secret_arn} is missing or empty: set the platform's github_token. ({detail})"
    return f"The secret {secret_arn} could not be read: {detail}"


def _shape(secret_arn: str, problem: str) -> str:
    return (
        f'The secret {secret_arn} should hold {{"token": "…"}}, but {problem}: '
        "set the platform's github_token anew."
    )
