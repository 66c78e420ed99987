"""What Service Catalog knows: one class per noun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass
class Portfolio:
    """A portfolio.

    Attributes:
        principals: type of association (``IAM``, ``IAM_PATTERN``) by principal ARN.
        products: ids of the products in it.

    """

    id: str
    arn: str
    name: str
    provider: str
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    principals: dict[str, str] = field(default_factory=dict)
    products: list[str] = field(default_factory=list)


@dataclass
class Artifact:
    """A product's version.

    Attributes:
        source: what it was made from, as DescribeProvisioningArtifact shows it.
        body: the template's text.
        template_url: the service's own copy, which launches read.

    """

    id: str
    name: str
    description: str
    type: str
    source: Mapping[str, str]
    body: str
    template_url: str
    active: bool = True
    guidance: str = "DEFAULT"
    created: datetime = field(default_factory=now)


@dataclass
class Product:
    """A product."""

    id: str
    view_id: str
    arn: str
    name: str
    owner: str
    type: str
    description: str = ""
    distributor: str = ""
    support_description: str = ""
    support_email: str = ""
    support_url: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=now)
    artifacts: dict[str, Artifact] = field(default_factory=dict)


@dataclass
class Constraint:
    """A constraint on a product within a portfolio; ``parameters`` is JSON."""

    id: str
    type: str
    description: str
    owner: str
    product_id: str
    portfolio_id: str
    parameters: str


@dataclass
class TagOption:
    """A tag that may be chosen, and the portfolios and products for which it may."""

    id: str
    key: str
    value: str
    owner: str
    active: bool = True
    resources: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LaunchPath:
    """A way to a product: the portfolio by which a principal may launch it."""

    id: str
    portfolio: Portfolio


@dataclass
class Record:
    """One request about a provisioned product, and how it went."""

    id: str
    type: str
    provisioned_id: str
    provisioned_name: str
    product_id: str
    artifact_id: str
    path_id: str
    user_arn: str
    launch_role_arn: str | None = None
    status: str = "CREATED"
    errors: list[dict[str, str]] = field(default_factory=list)
    tags: Mapping[str, str] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)


@dataclass
class ProvisionedProduct:
    """A launched product.

    Attributes:
        status: ``AVAILABLE``, ``UNDER_CHANGE``, ``TAINTED`` (it works, but not as last requested) or ``ERROR``.
        stack_id: the stack, when one was started.
        parameters: values of the last successful request.
        user_arn: who launched it.

    """

    id: str
    arn: str
    name: str
    product_id: str
    artifact_id: str
    path_id: str
    user_arn: str
    user_session_arn: str
    token: str
    launch_role_arn: str | None
    tags: dict[str, str]
    status: str = "UNDER_CHANGE"
    message: str | None = None
    stack_id: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: list[dict[str, str]] = field(default_factory=list)
    created: datetime = field(default_factory=now)
    last_record: str = ""
    last_provisioning_record: str = ""
    last_successful_record: str | None = None
