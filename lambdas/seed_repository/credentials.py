"""The credential for the git host: used for two kinds of request, never shown."""

import base64
import traceback
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from seed_repository.errors import CredentialUnavailable, SeedRepositoryError

TOKEN_USER = "x-access-token"  # nosec B105 # noqa: S105 - what GitHub calls the user of a token in git's basic authentication
REDACTED = "[redacted]"
Result = TypeVar("Result")


class Credential:
    """The token of the moment, and the user name that git presents it with.

    A GitHub App has none to begin with; every token it is given, and every other secret that is told to
    :meth:`hide`, stays hidden for good.
    """

    def __init__(self, token: str | None = None, user: str = TOKEN_USER) -> None:
        self._user = user
        self._token: str | None = None
        self._forms: list[str] = []
        if token is not None:
            self.use(token)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({REDACTED})"

    def use(self, token: str) -> None:
        """Present this token from now on."""
        self._token = token
        self.hide(token, quote(token, safe=""), self._encoded(token))

    def hide(self, *texts: str) -> None:
        """Never show these texts either."""
        # Longest first, so that no shorter form leaves the rest of a longer one behind.
        self._forms = sorted({*self._forms, *texts}, key=len, reverse=True)

    @property
    def bearer(self) -> str:
        """The ``Authorization`` header for a REST API."""
        return f"Bearer {self._present()}"

    @property
    def basic(self) -> str:
        """The ``Authorization`` header for git over HTTP."""
        return f"Basic {self._encoded(self._present())}"

    def _present(self) -> str:
        if self._token is None:
            raise CredentialUnavailable("The GitHub App has been given no token yet.")
        return self._token

    def _encoded(self, token: str) -> str:
        return base64.b64encode(f"{self._user}:{token}".encode()).decode("ascii")

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
