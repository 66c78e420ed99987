"""Which projects exist, and what each of them needs of package 1."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from watch_projects.applied import Applied
from watch_projects.bucket import StateBucket
from watch_projects.catalog import Catalog, ProvisionedProduct, role_of
from watch_projects.installation import Installation

AT_ONCE = 16
"""Requests to S3 at a time: hundreds of projects are read in a second or two."""

_Found = TypeVar("_Found")


class Project(BaseModel):
    """A project that exists: it has a provisioned product, or resources in its state, or both."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    name: str | None
    product: str | None
    """Key in ``var.products``."""
    release: str | None
    """What was applied last; before the first success, what is being applied."""
    releases: list[str]
    """Every release that it needs now: during an update the one that it has, and the one that it gets."""
    principal: str | None
    """ARN of the role that launched it."""
    status: str | None
    """Of the provisioned product; None if only a state is left."""

    def __str__(self) -> str:
        """As a person reads it."""
        made_of = " ".join(part for part in (self.product, self.release) if part)
        facts = ", ".join(part for part in (self.id, made_of, self.status or "no provisioned product") if part)
        return f"{self.name or 'unnamed'} ({facts})"


class Usage(BaseModel):
    """The answer to Terraform. Fields are only ever added: a plan asks the function of the release before it."""

    model_config = ConfigDict(frozen=True)

    projects: list[Project]
    installed: dict[str, list[str]]
    """What the last apply offered: products (keys), principals (ARNs), releases (versions), environments."""


def usage(bucket: StateBucket, catalog: Catalog, installation: Installation) -> Usage:
    """Look everything up and bring it together.

    Raises:
        UsageUnknown: the bucket or Service Catalog cannot be read.

    """
    provisioned = catalog.provisioned()
    ids = bucket.project_ids()
    records = dict(zip(ids, _each(bucket.applied, ids), strict=True))
    applied = {project_id: record for project_id, record in records.items() if isinstance(record, Applied)}
    by_stack = {record.parameter("Stack"): project_id for project_id, record in applied.items()}

    projects, launched = [], set()
    for product in provisioned:
        project_id = by_stack.get(product.PhysicalId or "") or product.project_id()
        if product.ProductId not in installation.products and project_id not in records:
            continue
        launched.add(project_id)
        projects.append(_launched(product, project_id, applied.get(project_id or ""), installation))
    rest = [project_id for project_id in ids if project_id not in launched]
    for project_id, alive in zip(rest, _each(bucket.has_resources, rest), strict=True):
        if alive:
            projects.append(_left(project_id, applied.get(project_id)))
    projects.sort(key=lambda project: (project.name or "", project.id or ""))
    return Usage(
        projects=projects,
        installed={
            "products": sorted(set(installation.products.values())),
            "principals": sorted(installation.principals),
            "releases": sorted(installation.releases),
            "environments": sorted(installation.environments),
        },
    )


def _launched(
    product: ProvisionedProduct, project_id: str | None, applied: Applied | None, installation: Installation
) -> Project:
    rest = _left(project_id, applied)
    offered = product.ProvisioningArtifactName
    return Project(
        id=project_id,
        name=product.tag("sagemaker:project-name") or rest.name or product.Name.removesuffix(f"-{project_id}"),
        product=installation.products.get(product.ProductId or "", rest.product),
        release=rest.release or offered,
        releases=sorted({*rest.releases, *([offered] if offered else [])}),
        principal=role_of(product.UserArn, installation.principals),
        status=product.Status,
    )


def _left(project_id: str | None, applied: Applied | None) -> Project:
    """A project as its own record describes it."""
    return Project(
        id=project_id,
        name=applied.parameter("SageMakerProjectName") if applied else None,
        product=applied.product if applied else None,
        release=applied.release if applied else None,
        releases=[applied.release] if applied else [],
        principal=None,
        status=None,
    )


def _each(look: Callable[[str], _Found], ids: Iterable[str]) -> list[_Found]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(look, ids))
