"""Each project, and how it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from projects import catalog, locks
from projects.catalog import Offered, Provisioned
from projects.locks import Holder
from projects.platform import Platform, everything, workers
from projects.records import Records, Run
from release.version import Version

_GONE = "DeleteCompleted"


@dataclass(frozen=True)
class Delivery:
    """The newest execution of a project's pipeline."""

    execution: str
    status: str
    started: datetime | None


@dataclass(frozen=True)
class Drift:
    """What is known about differences between a project and what was applied.

    Attributes:
        found: None when nobody has looked, or the look failed.
        when: the end of the run that knows.
        changed: addresses of what differs, at most fifty.

    """

    found: bool | None
    when: datetime | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A SageMaker project.

    Attributes:
        status: as SageMaker gives it.
        message: why Service Catalog failed, if it did.
        product: name in Service Catalog.
        release: what was last applied.
        newest: the newest release that its product offers.
        deprecated: whether its own release is marked as deprecated, or no longer on offer.
        holder: who works on it now.

    """

    name: str
    id: str
    status: str
    created: datetime
    message: str | None
    product: str | None
    release: str | None
    newest: str | None
    deprecated: bool
    last_run: Run | None
    pipeline: Delivery | None
    drift: Drift
    holder: Holder | None

    @property
    def outdated(self) -> bool:
        """Whether a newer release is on offer."""
        if self.release is None or self.newest is None:
            return False
        return Version(self.release) < Version(self.newest)


def summaries(platform: Platform) -> list[dict[str, Any]]:
    """SageMaker's list of the projects that exist (ListProjects)."""
    found = everything(
        platform.client("sagemaker"), "list_projects", "ProjectSummaryList", PaginationConfig={"PageSize": 100}
    )
    return [item for item in found if item["ProjectStatus"] != _GONE]


def overview(platform: Platform, *, name: str | None = None) -> list[Project]:
    """Every project of the account and region, by name.

    About seven requests for each, sixteen at a time, and some for all of them together.

    Args:
        platform: where to look.
        name: of the one project to look at, or its id; None looks at all.

    """
    listed = [item for item in summaries(platform) if name in (None, item["ProjectName"], item["ProjectId"])]
    with workers() as pool:
        products = pool.submit(catalog.provisioned, platform)
        held = pool.submit(locks.holders, platform, [item["ProjectId"] for item in listed])
        described = list(pool.map(lambda item: _described(platform, item["ProjectName"]), listed))
        provisioned = products.result()
        ids = sorted(
            {one.product_id for one in provisioned.values()} & {_product_id(answer) for answer in described}
        )
        offers = dict(zip(ids, pool.map(lambda one: catalog.offered(platform, one), ids), strict=True))
        look = _Look(platform, provisioned, offers, held.result())
        found = list(pool.map(look.at, listed, described))
    return sorted(found, key=lambda project: project.name.lower())


class _Look:
    """One project after the other, with what is known about all of them."""

    def __init__(
        self,
        platform: Platform,
        provisioned: dict[str, Provisioned],
        offers: dict[str, list[Offered]],
        held: dict[str, Holder],
    ) -> None:
        self._platform = platform
        self._records = Records(platform)
        self._provisioned = provisioned
        self._offers = offers
        self._held = held

    def at(self, listed: dict[str, Any], described: dict[str, Any]) -> Project:
        """All that is known about one project."""
        identifier = listed["ProjectId"]
        details = described.get("ServiceCatalogProvisionedProductDetails", {})
        own = self._provisioned.get(details.get("ProvisionedProductId", ""))
        offers = self._offers.get(_product_id(described), [])
        keys = self._records.runs(identifier)
        last = self._records.newest(keys)
        applied = self._records.applied(identifier)
        release = applied.release if applied else _release(last, own, offers)
        return Project(
            name=listed["ProjectName"],
            id=identifier,
            status=listed["ProjectStatus"],
            created=listed["CreationTime"],
            message=details.get("ProvisionedProductStatusMessage"),
            product=(own.product if own else None) or (applied.product if applied else None),
            release=release,
            newest=offers[-1].version if offers else None,
            deprecated=bool(offers) and not any(o.version == release and not o.deprecated for o in offers),
            last_run=last,
            pipeline=self._pipeline(f"ml-{identifier}-build") if keys else None,
            drift=self._drift(keys),
            holder=self._held.get(identifier),
        )

    def _pipeline(self, name: str) -> Delivery | None:
        client = self._platform.client("codepipeline")
        try:
            answer = client.list_pipeline_executions(pipelineName=name, maxResults=1)
        except client.exceptions.PipelineNotFoundException:
            return None
        for execution in answer["pipelineExecutionSummaries"]:
            return Delivery(execution["pipelineExecutionId"], execution["status"], execution.get("startTime"))
        return None

    def _drift(self, keys: list[str]) -> Drift:
        plan = self._records.newest(keys, "plan", but="skipped")  # that one has looked at nothing
        after = [key for key in keys if plan is None or key > plan.key]
        apply = self._records.newest(after, "apply")
        if apply is not None and apply.outcome == "succeeded":
            return Drift(found=False, when=apply.end)  # what was just applied does not differ
        if plan is None or plan.outcome != "succeeded" or apply is not None:
            return Drift(found=None, when=plan.end if plan else None)
        return Drift(plan.changes, plan.end, plan.changed)


def _described(platform: Platform, name: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = platform.client("sagemaker").describe_project(ProjectName=name)
    except ClientError as error:
        if "does not exist" in str(error):  # deleted since it was listed
            return {}
        raise
    return answer


def _product_id(described: dict[str, Any]) -> str:
    return str(described.get("ServiceCatalogProvisioningDetails", {}).get("ProductId", ""))


def _release(last: Run | None, own: Provisioned | None, offers: list[Offered]) -> str | None:
    """The release of a project that has no record of what was applied."""
    if last is not None and last.action == "apply" and last.outcome == "succeeded":
        return last.release
    artifact = own.artifact if own else None
    return artifact if artifact in {offer.version for offer in offers} else None
