"""Projects that need package 1.

``make destroy`` asks first: without the launch role, the runner role and the key, what projects own could neither
be deleted nor decrypted.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from projects.overview import summaries
from projects.platform import Platform, workers
from projects.records import Records

_STATE = "/terraform.tfstate"


@dataclass(frozen=True)
class Alive:
    """A project that needs package 1.

    Attributes:
        id: None for a product that was launched without one.
        status: of the project in SageMaker, or else of its provisioned product.
        principal: ARN of the role that launched it.
        resources: how many its state holds; none while it is being created.

    """

    id: str | None
    name: str | None = None
    status: str | None = None
    product: str | None = None
    principal: str | None = None
    resources: int = 0

    def __str__(self) -> str:
        """As a person reads it."""
        facts = (
            self.product,
            self.status or "no SageMaker project",
            f"launched by {self.principal}" if self.principal else None,
            f"{self.resources} resources",
        )
        return f"{self.name or 'unnamed'} ({self.id or 'no id'}): {', '.join(fact for fact in facts if fact)}"


@dataclass(frozen=True)
class Living:
    """All of them.

    Attributes:
        unasked: why Terraform's guard, which knows also those that have no state yet, gave no answer; None if it
            did.

    """

    projects: list[Alive]
    unasked: str | None = None


def alive(platform: Platform) -> Living:
    """Projects whose state holds resources, and those that the guard of package 1 knows, by name.

    Raises:
        ClientError: the bucket, a state or the list of projects cannot be read.
        ValueError: what is at a state's place is no state.

    """
    counts = _counts(platform)
    unasked = None
    known: list[dict[str, Any]] = []
    try:
        known = list(_usage(platform))
    except (ClientError, BotoCoreError, ValueError) as error:
        unasked = str(error)
    listed = {item["ProjectId"]: item for item in summaries(platform)}
    found = [_alive(project, listed, counts) for project in known]
    rest = set(counts) - {project.id for project in found}
    found += [_alive({"id": identifier}, listed, counts) for identifier in rest]
    return Living(sorted(found, key=lambda one: (one.name or "", one.id or "")), unasked)


def _counts(platform: Platform) -> dict[str, int]:
    """Resources in states that hold any, by the project's id."""
    records = Records(platform)
    ids = [key.split("/")[1] for key in records.keys() if key.endswith(_STATE)]  # noqa: SIM118 - no dictionary
    with workers() as pool:
        counts = dict(zip(ids, pool.map(records.resources, ids), strict=True))
    return {project: count for project, count in counts.items() if count}


def _usage(platform: Platform) -> Iterator[dict[str, Any]]:
    """What the function answers that Terraform asks as well (lambdas/watch_projects/usage.py, ``Project``)."""
    answer = platform.client("lambda").invoke(FunctionName=platform.watch, Payload=b'{"query": "usage"}')
    said = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise ValueError(f"{platform.watch}: {said.get('errorMessage', said)}")
    yield from said["projects"]


def _alive(project: dict[str, Any], listed: dict[str, dict[str, Any]], counts: dict[str, int]) -> Alive:
    identifier = project["id"]
    own = listed.get(identifier or "", {})
    return Alive(
        id=identifier,
        name=own.get("ProjectName") or project.get("name"),
        status=own.get("ProjectStatus") or project.get("status"),
        product=project.get("product"),
        principal=project.get("principal"),
        resources=counts.get(identifier or "", 0),
    )
