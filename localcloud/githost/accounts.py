"""Who may use the git host: users, organizations, memberships and tokens.

Three kinds of token exist, as on GitHub: classic ones carry scopes, fine-grained ones and installation tokens
carry permissions (https://docs.github.com/en/authentication, /rest/authentication).
"""

import base64
import binascii
import itertools
import secrets
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

AccountKind = Literal["User", "Organization"]
TokenKind = Literal["classic", "fine-grained", "installation"]

#: What a token of the platform needs on GitHub: repositories, and nothing of the person who made it.
PLATFORM_SCOPES = frozenset({"repo", "workflow", "read:org"})


class BadCredentialsError(Exception):
    """The Authorization header names no known, unexpired token."""


@dataclass(frozen=True)
class Account:
    """A user or an organization; `login` keeps its spelling, look-ups ignore case."""

    id: int
    login: str
    kind: AccountKind


@dataclass(frozen=True)
class Token:
    """A credential: classic tokens have `scopes`, the other kinds `permissions` (name → read, write or admin)."""

    value: str = field(repr=False)
    login: str
    kind: TokenKind = "classic"
    scopes: frozenset[str] = PLATFORM_SCOPES
    permissions: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    #: An installation token acts on one owner's repositories: all that are installed, or those with these numbers.
    installed_on: str | None = None
    repositories: frozenset[int] | None = None

    def expired(self) -> bool:
        """Whether the token's time is over."""
        return self.expires_at is not None and datetime.now(UTC) >= self.expires_at

    def grants(self, permission: str, level: str) -> bool:
        """Whether a token with permissions has `permission` at `level` (read, write, admin) or above."""
        order = ("read", "write", "admin")
        granted = self.permissions.get(permission)
        return granted in order and order.index(granted) >= order.index(level)


class Accounts:
    """The accounts and tokens that the git host knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1001)
        self._accounts: dict[str, Account] = {}
        self._members: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, Token] = {}
        #: What each token has opened, by the token's digest: paths, and how often.
        self.used: dict[str, Counter[str]] = defaultdict(Counter)

    def add_user(self, login: str) -> Account:
        """Register a user, or return the one that has this login."""
        return self._add(login, "User")

    def add_organization(self, login: str, admins: Iterable[str] = ()) -> Account:
        """Register an organization with its first administrators (existing users)."""
        organization = self._add(login, "Organization")
        for admin in admins:
            self.add_member(login, admin, role="admin")
        return organization

    def add_member(self, organization: str, login: str, role: str = "member") -> None:
        """Make a user a member (may push) or an admin (may create and administer) of an organization."""
        self._members.setdefault(organization.lower(), {})[login.lower()] = role

    def add_token(self, token: Token) -> Token:
        """Accept a token from now on."""
        self._tokens[token.value] = token
        return token

    def issue_token(self, login: str, scopes: Iterable[str] = PLATFORM_SCOPES) -> Token:
        """Make a new classic token for a user."""
        return self.add_token(Token(value=f"ghp_{secrets.token_hex(18)}", login=login, scopes=frozenset(scopes)))

    def revoke_token(self, value: str) -> None:
        """Stop accepting a token."""
        self._tokens.pop(value, None)

    def uses(self) -> dict[str, dict[str, int]]:
        """What each token has opened so far: its SHA-256, paths, and how often."""
        return {digest: dict(paths) for digest, paths in list(self.used.items())}

    def find(self, login: str) -> Account | None:
        """The account with this login, whatever its case."""
        return self._accounts.get(login.lower())

    def role(self, login: str, owner: Account) -> str | None:
        """What a user is to an owner: `admin` (itself, or an organization's admin), `member`, or None."""
        if owner.kind == "User":
            return "admin" if owner.login.lower() == login.lower() else None
        return self._members.get(owner.login.lower(), {}).get(login.lower())

    def organizations_of(self, login: str) -> list[Account]:
        """The organizations that a user belongs to."""
        return [self._accounts[name] for name, members in self._members.items() if login.lower() in members]

    def authenticate(self, authorization: str | None, path: str = "") -> Token | None:
        """The token in an Authorization header, None when there is no header; `path` is what it shall open.

        Accepts `token X`, `Bearer X` and Basic with the token as password (any user name) or as user name.
        Raises BadCredentialsError when a header is there but names no valid token.
        """
        if not authorization:
            return None
        scheme, _, rest = authorization.partition(" ")
        candidates = [rest.strip()]
        if scheme.lower() == "basic":
            candidates = _basic_candidates(rest.strip())
        for candidate in candidates:
            token = self._tokens.get(candidate)
            if token is not None and not token.expired():
                self.used[sha256(token.value.encode()).hexdigest()][path] += 1
                return token
        raise BadCredentialsError

    def _add(self, login: str, kind: AccountKind) -> Account:
        with self._lock:
            account = self._accounts.get(login.lower())
            if account is None:
                account = Account(id=next(self._ids), login=login, kind=kind)
                self._accounts[login.lower()] = account
            return account


def _basic_candidates(encoded: str) -> list[str]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [password, user]
