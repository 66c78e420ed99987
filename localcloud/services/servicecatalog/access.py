"""Who may launch what: launch paths, and the role of a launch."""

import hashlib
import json
from fnmatch import fnmatchcase

from moto.iam.models import iam_backends

from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError, Credentials, Principal
from localcloud.services.cloudformation.inputs import forwarded
from localcloud.services.servicecatalog.catalog import Catalog
from localcloud.services.servicecatalog.errors import InvalidParametersError, ResourceNotFoundError
from localcloud.services.servicecatalog.models import LaunchPath, Portfolio, Product

SERVICE = "servicecatalog.amazonaws.com"
SESSION = "servicecatalog"
"""The name of the service's sessions with launch roles."""


def launch_paths(catalog: Catalog, caller: Principal, product: Product) -> list[LaunchPath]:
    """Every way by which the caller may launch a product."""
    return [
        LaunchPath(path_id(portfolio, product), portfolio)
        for portfolio in list(catalog.portfolios.values())
        if product.id in portfolio.products and has_access(portfolio, caller)
    ]


def path_id(portfolio: Portfolio, product: Product) -> str:
    """The id of the path by a portfolio to a product."""
    digest = hashlib.sha256(f"{portfolio.id}/{product.id}".encode()).hexdigest()
    return f"lpv3-{digest[:13]}"


def launch_path(
    catalog: Catalog, caller: Principal, product: Product, wanted: str | None, name: str | None = None
) -> LaunchPath:
    """The path by which the caller launches a product.

    Raises:
        ResourceNotFoundError: the caller has no access, or not by the wanted path.
        InvalidParametersError: there are several, and none was chosen.

    """
    paths = launch_paths(catalog, caller, product)
    if not paths:
        raise ResourceNotFoundError(f"No launch paths found for resource: {product.id}")
    if wanted is None and name is None:
        if len(paths) > 1:
            raise InvalidParametersError(
                f"Multiple launch paths found for resource {product.id}: specify one of "
                f"{', '.join(f'{path.id} ({path.portfolio.name})' for path in paths)}"
            )
        return paths[0]
    for path in paths:
        if wanted in (None, path.id) and name in (None, path.portfolio.name):
            return path
    raise ResourceNotFoundError(f"Launch path {wanted or name} not found for resource: {product.id}")


def has_access(portfolio: Portfolio, caller: Principal) -> bool:
    """Whether the caller, or a group that it is in, is associated with a portfolio."""
    identities = _identities(caller)
    for arn, kind in portfolio.principals.items():
        if kind == "IAM" and arn in identities:
            return True
        if kind == "IAM_PATTERN" and any(_matches(arn, identity) for identity in identities):
            return True
    return False


def _identities(caller: Principal) -> set[str]:
    identities = {caller.role_arn or caller.arn}
    if ":user/" in caller.arn:
        groups = iam_backends[caller.account_id]["aws"].groups.values()
        name = caller.arn.rsplit("/", 1)[-1]
        identities |= {group.arn for group in list(groups) if any(user.name == name for user in group.users)}
    return identities


def _matches(pattern: str, arn: str) -> bool:
    # A pattern has no account (arn:aws:iam:::role/name*): it holds in every account the portfolio is shared with.
    return fnmatchcase(arn.split(":", 5)[5], pattern.split(":", 5)[-1])


def launch_role(catalog: Catalog, portfolio: Portfolio, product: Product) -> str | None:
    """ARN of the role of the launch constraint, or None without one."""
    for constraint in catalog.constraints_of(portfolio.id, product.id):
        if constraint.type == "LAUNCH":
            chosen = json.loads(constraint.parameters)
            if "RoleArn" in chosen:
                return str(chosen["RoleArn"])
            return f"arn:aws:iam::{catalog.account_id}:role/{chosen['LocalRoleName']}"
    return None


def launch_identity(cloud: Cloud, caller: Principal, role_arn: str | None) -> Credentials:
    """The identity of a launch: the launch role's, or the caller's own without launch constraint.

    Raises:
        InvalidParametersError: the role cannot be assumed by Service Catalog.

    """
    if role_arn is None:
        return forwarded(caller)
    try:
        return cloud.principals.assume(role_arn, SESSION, service=SERVICE)
    except AccessDeniedError as error:
        raise InvalidParametersError(
            f"Access denied while assuming the role {role_arn} ({error.message})"
        ) from error
