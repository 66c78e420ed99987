"""What can be chosen when the local cloud starts."""

from dataclasses import dataclass, field
from pathlib import Path

ADMINISTRATOR_ROLE = "administrator"
SCIENTIST = "data-scientist"
STUDIO_EXECUTION_ROLE = "studio-execution-role"
MEMBER_ACCOUNT_ROLE = "OrganizationAccountAccessRole"


@dataclass(frozen=True)
class Settings:
    """Choices made at start-up.

    Attributes:
        directory: folder for everything the local cloud writes; removed with ``make clean``.
        account_id: the twelve digits of the imitated account.
        member_account_id: a second account of the same organization, for deployments to another account.
        region: the region of the credentials and environment handed out (any region answers).
        port: port of the AWS endpoint on 127.0.0.1; 0 picks a free one.
        git_port: port of the git host on 127.0.0.1; 0 picks a free one.
        organizations: accounts of the git host that are organisations.
        enforce_iam: refuse what IAM would refuse (needs the policy simulator, ``make .tools/iam/stamp``).
        github_user: the git host's user to whom ``github_token`` belongs.
        keep_traffic: keep what passes and may be gone in the end (``localcloud.traffic``).
        github_token: the token that is handed to the person; made at the start when it is empty.
        connection_token: what the connection to the git host is trusted with, by which pipelines fetch; likewise.
        scientist_token: the data scientist's own token; likewise.

    """

    directory: Path
    account_id: str = "123456789012"
    member_account_id: str = "210987654321"
    region: str = "eu-central-1"
    port: int = 0
    git_port: int = 0
    organizations: tuple[str, ...] = ("example-org",)
    github_user: str = "platform-bot"
    enforce_iam: bool = False
    keep_traffic: bool = False
    github_token: str = field(default="", repr=False)
    connection_token: str = field(default="", repr=False)
    scientist_token: str = field(default="", repr=False)
