"""GitHub Apps of the host: who they are, where they are installed, and the tokens they are given.

An app proves itself with a JSON web token that its private key signed; the host holds the public key and really
checks the signature (https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app).
"""

import base64
import binascii
import itertools
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from localcloud.githost.accounts import Account, Accounts, Token

#: GitHub: a web token lives for ten minutes at most; a clock that runs ahead is tolerated for a minute.
_LONGEST_LIFE = 600
_TOLERANCE = 60
_TOKEN_LIFE = timedelta(hours=1)


class AppTokenError(Exception):
    """The JSON web token is not accepted; the message is GitHub's."""


@dataclass(frozen=True)
class App:
    """A GitHub App; `key` is the public half of the key it signs with."""

    id: int
    slug: str
    key: rsa.RSAPublicKey = field(repr=False)

    @property
    def login(self) -> str:
        """The user that appears as the author of what the app does."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True)
class Installation:
    """An app on an account: with these permissions, on all repositories or (by name) on some."""

    id: int
    app: App
    account: Account
    permissions: Mapping[str, str]
    selected: frozenset[str] | None = None

    def covers(self, name: str) -> bool:
        """Whether the app was given this repository of the account."""
        return self.selected is None or name.lower() in self.selected


class Apps:
    """The apps that the host knows, with their installations."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._apps: dict[int, App] = {}
        self._installations: dict[int, Installation] = {}
        self._ids = itertools.count(70001)

    def register(self, number: int, slug: str, public_key: str) -> App:
        """Accept an app from now on; `public_key` is PEM. Raises TypeError when it is no RSA key."""
        key = serialization.load_pem_public_key(public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("an RSA key is needed")
        app = App(number, slug, key)
        self._apps[number] = app
        self._accounts.add_user(app.login)
        return app

    def install(
        self, app: App, account: Account, permissions: Mapping[str, str], repositories: Iterable[str] | None = None
    ) -> Installation:
        """Install an app on an account, once."""
        selected = None if repositories is None else frozenset(name.lower() for name in repositories)
        known = self.installation_on(app, account)
        installation = Installation(
            known.id if known else next(self._ids), app, account, dict(permissions), selected
        )
        self._installations[installation.id] = installation
        return installation

    def authenticate(self, authorization: str | None) -> App:
        """The app whose JSON web token is in the header.

        Raises AppTokenError when there is none, or its signature or its times are wrong.
        """
        kind, _, text = (authorization or "").partition(" ")
        parts = text.strip().split(".")
        if kind.lower() != "bearer" or len(parts) != 3:
            raise AppTokenError("A JSON web token could not be decoded")
        header, claims, signature = _json(parts[0]), _json(parts[1]), _decode(parts[2])
        if header.get("alg") != "RS256":
            raise AppTokenError("A JSON web token could not be decoded")
        app = self._apps.get(int(claims["iss"]) if str(claims.get("iss", "")).isdigit() else 0)
        if app is None:
            raise AppTokenError("Integration not found")
        try:
            app.key.verify(signature, ".".join(parts[:2]).encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise AppTokenError("A JSON web token could not be decoded") from None
        _check_times(claims)
        return app

    def find(self, number: int) -> Installation | None:
        """The installation with this number."""
        return self._installations.get(number)

    def installation_on(self, app: App, account: Account) -> Installation | None:
        """Where an app is installed on an account, if it is."""
        return next(
            (one for one in self._installations.values() if (one.app, one.account) == (app, account)), None
        )

    def include(self, installed_on: str, login: str, name: str) -> None:
        """A repository that an app made belongs to its installation, whatever was selected before."""
        for installation in list(self._installations.values()):
            mine = installation.app.login == login and installation.account.login.lower() == installed_on
            if mine and installation.selected is not None:
                self._installations[installation.id] = Installation(
                    installation.id,
                    installation.app,
                    installation.account,
                    installation.permissions,
                    installation.selected | {name.lower()},
                )

    def issue(
        self, installation: Installation, permissions: Mapping[str, str], repositories: frozenset[int] | None
    ) -> Token:
        """A token for an hour, for all that is installed or for some repositories (by number)."""
        token = Token(
            value=f"ghs_{secrets.token_hex(18)}",
            login=installation.app.login,
            kind="installation",
            permissions=dict(permissions),
            expires_at=datetime.now(UTC) + _TOKEN_LIFE,
            installed_on=installation.account.login.lower(),
            repositories=repositories,
        )
        return self._accounts.add_token(token)


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise AppTokenError("A JSON web token could not be decoded")
    if issued > now + _TOLERANCE:
        raise AppTokenError("'Issued at' claim ('iat') must be an Integer representing a time in the past")
    if expires > now + _LONGEST_LIFE + _TOLERANCE:
        raise AppTokenError("'Expiration time' claim ('exp') is too far in the future")
    if expires <= now:
        raise AppTokenError("'Expiration time' claim ('exp') must be a numeric value in the future")


def _decode(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise AppTokenError("A JSON web token could not be decoded") from None


def _json(part: str) -> dict[str, Any]:
    try:
        content = json.loads(_decode(part))
    except ValueError:
        raise AppTokenError("A JSON web token could not be decoded") from None
    if not isinstance(content, dict):
        raise AppTokenError("A JSON web token could not be decoded")
    return content
