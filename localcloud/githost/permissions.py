"""What a token may do with a repository: membership first, then what the token itself was given."""

from localcloud.githost.accounts import Account, Accounts, Token
from localcloud.githost.repositories import Repository


class Permissions:
    """Decides as GitHub does: to those who may not read it, a private repository does not exist."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    def visible(self, token: Token | None, repository: Repository) -> bool:
        """Whether the repository exists as far as the caller can tell."""
        if not repository.private:
            return True
        if token is None or self._role(token, repository.owner) is None or not _covers(token, repository):
            return False
        return token.kind != "classic" or "repo" in token.scopes

    def allows(self, token: Token, repository: Repository, permission: str, level: str) -> bool:
        """Whether the caller has a permission (`contents`, `pull_requests`, `administration`) at a level."""
        role = self._role(token, repository.owner)
        if token.kind != "classic" and not (token.grants(permission, level) and _covers(token, repository)):
            return level == "read" and not repository.private
        if level == "read":
            return self.visible(token, repository)
        if token.kind == "classic" and not self._scope_allows(token, repository):
            return False
        if permission == "administration":
            return role == "admin" or repository.creator.lower() == token.login.lower()
        return role is not None

    def may_create(self, token: Token, owner: Account, *, private: bool) -> bool:
        """Whether the caller may make a repository for an owner."""
        if self._role(token, owner) is None:
            return False
        if token.kind == "classic":
            return "repo" in token.scopes or (not private and "public_repo" in token.scopes)
        return token.grants("administration", "write")

    def _role(self, token: Token, owner: Account) -> str | None:
        if token.installed_on is None:
            return self.accounts.role(token.login, owner)
        return "admin" if owner.login.lower() == token.installed_on else None

    @staticmethod
    def _scope_allows(token: Token, repository: Repository) -> bool:
        return "repo" in token.scopes or (not repository.private and "public_repo" in token.scopes)


def _covers(token: Token, repository: Repository) -> bool:
    return token.repositories is None or repository.id in token.repositories
