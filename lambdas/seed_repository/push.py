"""Pushing the seed's commit with git's own protocol: one request to see the branches, one to send everything.

dulwich speaks the protocol; it is given its HTTP by this module, so that it never holds the credential. The
command names the zero id as the branch's old value, so the host itself refuses it if the branch exists by then: a
race can be lost, but it never overwrites.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from dulwich.client import AbstractHttpGitClient
from dulwich.errors import GitProtocolError, SendPackError
from dulwich.objects import ObjectID
from dulwich.pack import UnpackedObject
from dulwich.refs import Ref

from seed_repository.errors import (
    BranchProtected,
    HostUnavailable,
    PermissionMissing,
    PushRejected,
    RepositoryMissing,
    SeedRepositoryError,
)
from seed_repository.git_host import GitHost, Repository
from seed_repository.snapshot import Snapshot
from seed_repository.transport import Answer, Transport

_OK = 200
_SURE_CAPABILITIES = frozenset({b"report-status"})
"""Asked for without an advertisement: part of git's protocol since 2005, and what GitHub answers with."""

_MOVED = (
    "already exists",
    "fetch first",
    "non-fast-forward",
    "failed to update ref",
    "cannot lock ref",
    "stale info",
)
_PROTECTED = ("protected branch", "gh006", "gh013", "repository rule", "ruleset", "not allowed to push")
_LONGEST_REASON = 1000
_SHORT_OF_SCOPE = "`workflow` scope"


@dataclass(frozen=True)
class Pushed:
    """How the branch was found: ``head`` is its commit if it existed already, and ``None`` if the push made it."""

    head: str | None
    other_branches: bool


@dataclass
class _Response:
    """What dulwich reads of an HTTP response."""

    content_type: str | None
    redirect_location: str

    def close(self) -> None:
        """Nothing is open: the answer has been read."""


class _ReceivePackClient(AbstractHttpGitClient):
    """dulwich's client, sending its requests through this function's transport."""

    def __init__(self, transport: Transport, host: GitHost, repository: Repository) -> None:
        super().__init__(repository.git_url, quiet=True)
        self._transport = transport
        self._host = host
        self._repository = repository

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,  # noqa: ARG002 - part of the overridden signature
    ) -> tuple[Any, Callable[[int], bytes]]:
        body = data if data is None or isinstance(data, bytes) else b"".join(data)
        answer = self._transport.request(
            "GET" if body is None else "POST",
            url,
            authorization=self._transport.credential.basic,
            headers=headers,
            body=body,
        )
        if answer.status != _OK:
            raise self._refusal(answer)
        moved_to = "" if answer.url == url else answer.url
        return _Response(answer.headers.get("Content-Type"), moved_to), BytesIO(answer.body).read

    def _refusal(self, answer: Answer) -> SeedRepositoryError:
        error = self._host.git_refusal(answer, self._repository)
        if self._repository.just_created and isinstance(error, RepositoryMissing):
            return HostUnavailable(
                f"{self._repository.full_name} was created a moment ago and cannot be reached yet."
            )
        return error

    def _post_buffer_size(self, url: str) -> int:  # noqa: ARG002 - part of the overridden signature
        # The pack is sent with its length: some hosts refuse long bodies without one.
        return 1 << 40

    def _discover_references(
        self,
        service: bytes,
        base_url: str,
        protocol_version: int | None = None,
        ref_prefix: Sequence[bytes] | None = None,
    ) -> tuple[dict[Ref, ObjectID | None], set[bytes], str, dict[Ref, Ref], dict[Ref, ObjectID]]:
        if self._repository.just_created:
            self.protocol_version = 0
            return {}, set(_SURE_CAPABILITIES), base_url, {}, {}
        return super()._discover_references(service, base_url, protocol_version, ref_prefix)


def push_snapshot(
    snapshot: Snapshot,
    branch: str,
    *,
    repository: Repository,
    host: GitHost,
    transport: Transport,
    before_sending: Callable[[], None],
) -> Pushed:
    """Create the branch with the snapshot as its only commit; leave it as it is if it exists.

    Args:
        snapshot: what to push.
        branch: the branch to create.
        repository: where.
        host: explains refusals.
        transport: sends the requests.
        before_sending: called when it is certain that something will be sent.

    Raises:
        HostUnavailable: if it is unknown whether the push arrived, or somebody else's arrived first: look again.
        PushRejected, CredentialError, RepositoryError: if the host refuses, with its reason.

    """
    ref = Ref(b"refs/heads/" + branch.encode("utf-8"))
    client = _ReceivePackClient(transport, host, repository)
    exchange = _Exchange(ref, snapshot, before_sending)
    try:
        if repository.obstacle is None:
            exchange.push(client)
        else:
            exchange.look(client)
    except SendPackError as error:
        reason = transport.credential.redact(_text(error))
        raise PushRejected(f"{repository.full_name} does not accept the commit's objects: {reason}") from None
    except (GitProtocolError, AssertionError, ValueError) as error:
        # A connection that ends too early, or something between here and the host that does not speak git.
        reason = transport.credential.redact(_text(error))
        raise HostUnavailable(
            f"{repository.url} answers something that git does not understand: {reason}"
        ) from None
    others = sum(name.startswith(b"refs/heads/") and name != ref for name in exchange.found)
    if ref in exchange.found:
        return Pushed(exchange.found[ref].decode("ascii"), others > 0)
    if repository.obstacle is not None:
        raise repository.obstacle
    if ref not in exchange.status:
        raise HostUnavailable(f"{repository.url} does not say whether it accepted the commit.")
    refused = exchange.refusal()
    if refused is not None:
        raise _rejection(transport.credential.redact(refused)[:_LONGEST_REASON], branch, repository)
    return Pushed(None, others > 0)


@dataclass
class _Exchange:
    """What is said to the host about one branch, and what it answers."""

    ref: Ref
    snapshot: Snapshot
    before_sending: Callable[[], None]
    found: dict[Ref, ObjectID] = field(default_factory=dict)
    status: dict[bytes, str | None] = field(default_factory=dict)
    told: list[bytes] = field(default_factory=list)

    def look(self, client: AbstractHttpGitClient) -> None:
        """Ask for the branches only: an archived repository shows them to who reads, not to who would push."""
        refs = client.get_refs("", protocol_version=0).refs
        self.found.update((name, head) for name, head in refs.items() if head is not None)

    def push(self, client: AbstractHttpGitClient) -> None:
        """Ask for the branches and, if this one is not among them, send it."""
        result = client.send_pack("", self._choose, self._pack, progress=self.told.append)
        self.status.update(result.ref_status or {})

    def refusal(self) -> str | None:
        """Why the host refused the branch, with what its hooks wrote; nothing if it accepted it."""
        reason = self.status[self.ref]
        details = " ".join(b"".join(self.told).decode("utf-8", "replace").split())
        return f"{reason} ({details})" if reason and details else reason

    def _choose(self, existing: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
        self.found.update(existing)
        if self.ref in existing:
            return existing
        self.before_sending()
        return {self.ref: ObjectID(self.snapshot.commit.id.encode("ascii"))}

    def _pack(self, *_: object, **__: object) -> tuple[int, Iterator[UnpackedObject]]:
        return len(self.snapshot), self.snapshot.records()


def _text(error: BaseException) -> str:
    return " ".join(
        part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in error.args
    )


def _rejection(reason: str, branch: str, repository: Repository) -> SeedRepositoryError:
    lower = reason.lower()
    if _SHORT_OF_SCOPE in lower:
        return PermissionMissing(
            f"{repository.full_name} refuses the commit because it holds GitHub Actions workflows. The credential "
            f'needs the permission "Workflows: write" or the scope "workflow". The host says: "{reason}"'
        )
    if any(words in lower for words in _PROTECTED):
        return BranchProtected(
            f"A protection of {branch} in {repository.full_name} refuses the commit. Let the credential bypass "
            f'it, or seed the repository before protecting it. The host says: "{reason}"'
        )
    if any(words in lower for words in _MOVED):
        return HostUnavailable(
            f"{branch} in {repository.full_name} was created by somebody else just now.", retry_after=0.0
        )
    return PushRejected(f'{repository.full_name} refuses the commit on {branch}. The host says: "{reason}"')
