"""Everything that can go wrong, as one tree.

    SeedRepositoryError
    ├── RequestInvalid             the event is not a valid request
    ├── RequestInProgress          another invocation works on the same request
    ├── RecordUnavailable          the table of requests cannot be used
    ├── SeedError
    │   ├── SeedUnavailable        the archive could not be read from S3
    │   ├── SeedCorrupt            the archive is not the one that was asked for
    │   └── SeedInvalid            the manifest, a file or a name breaks a rule
    │       └── TemplateInvalid    a template does not render (file and line)
    ├── CredentialError
    │   ├── CredentialUnavailable  the secret is missing, unreadable or malformed
    │   ├── CredentialRejected     the host does not accept it (401)
    │   └── PermissionMissing      the host accepts it, but it may not do this (403)
    ├── RepositoryError
    │   ├── RepositoryMissing      there is none, and none is to be created
    │   ├── RepositoryReadOnly     archived or disabled
    │   ├── RepositoryNotCreated   the host refuses to create it
    │   └── PushRejected           the host refuses the commit
    │       └── BranchProtected    by a branch protection or a rule set
    └── HostError
        ├── HostAnswerUnexpected   the answer makes no sense; asking again would not help
        └── HostUnavailable        asking again may help: 5xx, timeouts, cut connections
            └── RateLimited        the host asks to wait

A message is written for the person who reads it in the failed stack: what is wrong, and what to do.
No message holds a credential.
"""

from typing import Self


class SeedRepositoryError(Exception):
    """Base of every failure that this function reports."""


class RequestInvalid(SeedRepositoryError):
    """The event is not a valid request."""


class RequestInProgress(SeedRepositoryError):
    """Another invocation works on the same request, and did not end in time."""


class RecordUnavailable(SeedRepositoryError):
    """The table that remembers requests cannot be used."""


class SeedError(SeedRepositoryError):
    """Something is wrong with the seed."""


class SeedUnavailable(SeedError):
    """The seed's archive could not be read from S3."""


class SeedCorrupt(SeedError):
    """The seed's archive is not the one that was asked for."""


class SeedInvalid(SeedError):
    """The seed breaks a rule: its manifest, a file, a name, a size."""


class TemplateInvalid(SeedInvalid):
    """A template of the seed does not render, or the name of a file or folder does not."""

    def __init__(self, path: str, line: int | None, reason: str, *, in_path: bool = False) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        place = path if line is None else f"{path}, line {line}"
        what = f"path {path!r}" if in_path else f"template {place}"
        super().__init__(f"The seed's {what} does not render: {reason}")


class CredentialError(SeedRepositoryError):
    """Something is wrong with the credential for the git host."""


class CredentialUnavailable(CredentialError):
    """The secret is missing, unreadable or malformed."""


class CredentialRejected(CredentialError):
    """The host does not accept the credential."""


class PermissionMissing(CredentialError):
    """The host accepts the credential, but it may not do what is needed."""


class RepositoryError(SeedRepositoryError):
    """Something is wrong with the repository."""


class RepositoryMissing(RepositoryError):
    """There is no such repository, and none is to be created."""


class RepositoryReadOnly(RepositoryError):
    """The repository is archived or disabled."""


class RepositoryNotCreated(RepositoryError):
    """The host refuses to create the repository."""


class PushRejected(RepositoryError):
    """The host refuses the commit."""


class BranchProtected(PushRejected):
    """A branch protection or a rule set refuses the commit."""


class HostError(SeedRepositoryError):
    """Something is wrong with the git host, or with the way to it."""


class HostAnswerUnexpected(HostError):
    """The host's answer makes no sense; asking again would not help."""


class HostUnavailable(HostError):
    """The host did not answer, or not now; asking again may help.

    ``retry_after`` is the number of seconds that the host asks to wait, if it says so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)

    def given_up(self, attempts: int, because: str) -> Self:
        """The same failure, as the last one: with the number of attempts and why there is no further one."""
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        return type(self)(f"{self} Gave up after {tries}: {because}.", retry_after=self.retry_after)


class RateLimited(HostUnavailable):
    """The host asks to wait."""
