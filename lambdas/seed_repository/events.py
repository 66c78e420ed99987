"""The request and the result of the function: what Terraform sends and what it gets back."""

import ipaddress
import re
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from aws_lambda_powertools.utilities.parser import ValidationError, parse
from dulwich.refs import Ref, check_ref_format
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from seed_repository.errors import RequestInvalid

Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
# Addresses are compared in lower case, and some letters elsewhere become one of these there (the Kelvin sign a k).
_ADDRESS = re.compile(r"[!-~]+")
_FULL_NAME_SEGMENT = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class RequestModel(BaseModel):
    """What a request is made of: nothing unknown, and no values in error messages."""

    # Inputs stay out of error messages: one day somebody types a token into the wrong field.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("must be of printable ASCII characters, without spaces")
    parts: SplitResult = urlsplit(value)
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or a password: the credential comes from the secret")
    if parts.query or parts.fragment or not parts.hostname:
        raise ValueError("must be an address such as https://github.com, without query and fragment")
    # As written: urlsplit takes HTTPS:// for https://, which the form does not.
    scheme = value.partition(":")[0]
    if scheme != "https" and not (scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("must begin with https:// (http:// is accepted for this machine itself only)")
    return value


def _without_slash(value: str) -> str:
    return value.rstrip("/")


def full_name_of(value: str) -> str:
    """Accept the name of a repository."""
    segments = value.split("/")
    if len(segments) < 2:
        raise ValueError("must be owner/name, for example my-team/churn-model")
    for segment in segments:
        if not _FULL_NAME_SEGMENT.fullmatch(segment) or segment in {".", ".."}:
            raise ValueError("may hold letters, digits, '.', '_' and '-' only, as owner/name")
    if value.endswith(".git"):
        raise ValueError("must not end in .git: write owner/name")
    return value


def _branch(value: str) -> str:
    # Rules of git-check-ref-format(1); a leading dash is refused by git for branches as well.
    if value.startswith("-") or not check_ref_format(Ref(b"refs/heads/" + value.encode("utf-8"))):
        raise ValueError("is not a name that git accepts for a branch")
    return value


RepositoryAddress = Annotated[Text, AfterValidator(_web_address)]
WebAddress = Annotated[RepositoryAddress, AfterValidator(_without_slash)]


class Project(RequestModel):
    """The SageMaker project."""

    # SageMaker's own pattern, which lets dashes make a name longer than it may be.
    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$", max_length=32)]
    id: Annotated[str, StringConstraints(pattern=r"^p-[a-z0-9]{1,18}$")]


class RepositoryRequest(RequestModel):
    """The repository to fill, and how to create it if there is none."""

    full_name: Annotated[Text, AfterValidator(full_name_of)]
    url: RepositoryAddress
    branch: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_branch)] = "main"
    create: bool = False
    visibility: Literal["private", "internal", "public"] = "private"
    description: Annotated[str, StringConstraints(max_length=350)] = ""
    on_existing_content: Literal["leave", "pull-request"] = "leave"
    """What to do if the branch holds other work: nothing, or propose the seed in a pull request."""


class Host(RequestModel):
    """The git host. ``kind`` decides whether it has GitHub's REST API or is spoken to by git alone."""

    base_url: WebAddress
    api_url: WebAddress | None = None
    kind: Literal["github", "git"] = "github"

    @model_validator(mode="after")
    def _github_has_an_api(self) -> "Host":
        if self.kind == "github" and self.api_url is None:
            raise ValueError("api_url is needed for a GitHub host (https://api.github.com, or <base_url>/api/v3)")
        return self


class SeedReference(RequestModel):
    """The seed: its name, its release, and the archive with its SHA-256."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
    release: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.+-]{1,64}$")]
    bucket: Annotated[str, StringConstraints(min_length=3, max_length=255)]
    key: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class CredentialReference(RequestModel):
    """Where the credential for the git host is kept."""

    secret_arn: Annotated[str, StringConstraints(min_length=1, max_length=2048)]


class Context(BaseModel):
    """Values for the seed's placeholders. A seed may need further ones than these: any text is accepted."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)
    __pydantic_extra__: dict[str, str]

    region: str
    account_id: str
    model_package_group_name: str
    pipeline_name: str
    artifact_bucket: str


class TerraformLifecycle(BaseModel):
    """Added by ``aws_lambda_invocation`` when its ``lifecycle_scope`` is ``CRUD``."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    action: Literal["create", "update", "delete"]


class SeedRequest(RequestModel):
    """One request to seed one branch of one repository."""

    project: Project
    repository: RepositoryRequest
    host: Host
    seed: SeedReference
    credential: CredentialReference
    context: Context
    tf: TerraformLifecycle | None = None

    @model_validator(mode="after")
    def _repository_is_on_the_host(self) -> "SeedRequest":
        # The platform chooses the host, the data scientist the repository. The credential must never travel
        # to an address that the form alone decides.
        expected = f"{self.host.base_url}/{self.repository.full_name}"
        if self.repository.url.removesuffix(".git").lower() != expected.lower():
            raise ValueError(f"the repository's address must be {expected}")
        if self.host.kind == "github" and self.repository.full_name.count("/") != 1:
            raise ValueError("a GitHub repository is named owner/name")
        return self

    @model_validator(mode="after")
    def _a_proposal_is_possible(self) -> "SeedRequest":
        if self.repository.on_existing_content == "pull-request":
            if self.host.kind != "github":
                raise ValueError("on_existing_content can be pull-request on GitHub only: choose leave")
            if _branch(self.seed_branch) == self.repository.branch:
                raise ValueError(f"the branch {self.seed_branch} is kept for proposals: choose another one")
        return self

    @property
    def seed_branch(self) -> str:
        """The branch on which the seed is proposed."""
        return f"seed/{self.seed.release}"

    @property
    def is_deletion(self) -> bool:
        """Whether Terraform calls because the project is being deleted."""
        return self.tf is not None and self.tf.action == "delete"


class SeedResult(BaseModel):
    """What became of the request.

    ``created``: this request made the commit. ``unchanged``: the branch holds the seed already. ``skipped``: the
    branch holds other work, which is left alone. ``commit_sha`` is the seed's commit, or the branch's head if
    skipped. ``pull_request_url`` is where the seed is proposed to a branch with other work, if that was asked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["created", "unchanged", "skipped"]
    commit_sha: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = Field(default=None)
    repository_url: str
    branch: str
    pull_request_url: str | None = None


def parse_request(event: dict[str, Any]) -> SeedRequest:
    """Check an event.

    Raises:
        RequestInvalid: with every field that is wrong, and why.

    """
    try:
        return parse(event=event, model=SeedRequest)
    except ValidationError as error:
        raise RequestInvalid(f"The seed request is not valid: {reasons_of(error)}") from None


def reasons_of(error: ValidationError) -> str:
    """Every field that is wrong, and why, without the values."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'request'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    )
