"""The way to the git host: which one it may be, with which credential, and how it is spoken to."""

from collections.abc import Mapping

from seed_repository.credentials import Credential
from seed_repository.errors import CredentialUnavailable, RequestInvalid
from seed_repository.events import Host
from seed_repository.github import GitHubHost
from seed_repository.secret import Secret
from seed_repository.settings import Settings
from seed_repository.transport import Transport


def check_host(host: Host, settings: Settings) -> None:
    """Accept the platform's host only.

    Not only Terraform can invoke the function: AWS's managed policy for SageMaker opens every function with
    "sagemaker" in its name. Whoever writes the event must not choose where the credential goes.

    Raises:
        RequestInvalid: it is another one.

    """
    for name in ("base_url", "api_url"):
        known, asked = getattr(settings, name), getattr(host, name)
        if known is not None and asked not in {None, known.rstrip("/")}:
            raise RequestInvalid(f"host.{name} must be {known}: this function serves that git host only.")


def credential_of(secret: Secret, host: Host) -> Credential:
    """What the secret opens the host with.

    Raises:
        CredentialUnavailable: a GitHub App's key is of no use there.

    """
    if secret.token is not None:
        return Credential(secret.token.get_secret_value(), secret.username)
    if secret.github_app is None or host.kind != "github":
        raise CredentialUnavailable("A GitHub App's key opens GitHub only: this git host needs a token.")
    from seed_repository.github_app import GitHubAppCredential  # noqa: PLC0415 - tokens need no signatures

    return GitHubAppCredential(secret.github_app)


def github_at(base_url: str, api_url: str, transport: Transport, permissions: Mapping[str, str]) -> GitHubHost:
    """A GitHub; of a GitHub App's permissions only these are asked for."""
    if type(transport.credential) is Credential:
        return GitHubHost(transport, base_url=base_url, api_url=api_url)
    from seed_repository.github_app import GitHubAppCredential, GitHubAppHost  # noqa: PLC0415 - see credential_of

    if not isinstance(transport.credential, GitHubAppCredential):
        raise TypeError(f"{transport.credential!r} is no credential for GitHub")
    return GitHubAppHost(
        transport, transport.credential, base_url=base_url, api_url=api_url, permissions=permissions
    )
