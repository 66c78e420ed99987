"""What the stories come to: what was there before, what was said, what is there afterwards."""

from dataclasses import dataclass
from typing import Any

from tests.deployment import accounts, models
from tests.deployment.deliveries import Delivery, Deploying
from tests.deployment.environments import Endpoint
from tests.deployment.load import Heard
from tests.journey.plans import Plan
from tests.journey.world import Launch, Platform


@dataclass(frozen=True)
class Offered:
    """The second product is there.

    Attributes:
        platform: for whoever makes a project of it.
        form: address of the first product's, before.

    """

    platform: Platform
    form: str


@dataclass(frozen=True)
class Plain:
    """A project of the first product, which was there before there was a second product.

    Attributes:
        templates: of the form's newest version, before and after.
        inventories: as ``Launch.inventory`` gives them, before and after.

    """

    launch: Launch
    templates: tuple[str, str]
    inventories: tuple[dict[str, Any], dict[str, Any]]
    plan: Plan


@dataclass(frozen=True)
class Deployed:
    """A project whose trained model has reached production.

    Attributes:
        empty: executions before anything was approved: of the pipeline's creation, and of a push if there was one.
        delivery: the execution that the approval in the registry has started.
        approval: the action Approval, as get-pipeline-state showed it while it waited.
        answers: what the endpoints of staging and production said about the contract's rows.

    """

    deploying: Deploying
    trained: models.Trained
    empty: list[Delivery]
    delivery: Delivery
    approval: dict[str, Any]
    endpoints: dict[str, Endpoint]
    answers: dict[str, list[float]]


@dataclass(frozen=True)
class Changed:
    """A delivery, and the endpoints before and after it."""

    before: dict[str, Endpoint]
    delivery: Delivery
    after: dict[str, Endpoint]


@dataclass(frozen=True)
class Returned:
    """Another model reached production, and was rejected afterwards.

    Attributes:
        trigger: what started the execution that went back.
        answers: production's for the contract's rows: with the other model, and in the end.

    """

    forth: Changed
    back: Changed
    trigger: dict[str, Any]
    answers: tuple[list[float], list[float]]


@dataclass(frozen=True)
class TakenBack:
    """A model that is right in staging, fails every request in production, and was asked there first by Verify.

    Attributes:
        heard: what others were answered from the beginning of Verify to its end.
        answer: production's for one row, afterwards.
        live: what the bucket says that production runs, afterwards.
        records: those of production's deployments, afterwards.

    """

    changed: Changed
    heard: Heard
    answer: list[float]
    live: dict[str, Any]
    records: list[dict[str, Any]]


@dataclass(frozen=True)
class RolledBack:
    """A model whose canary was taken back, under load.

    Attributes:
        alarms: those of production's endpoint, when the delivery had ended.
        answer: production's for one row, afterwards.
        messages: what somebody who has subscribed to the project's topic has heard since the project was made.

    """

    changed: Changed
    heard: Heard
    alarms: list[dict[str, Any]]
    answer: list[float]
    messages: list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Overtaken:
    """Both environments are pinned to one version; while a person decides about it, another one is pinned.

    Attributes:
        unapproved: the execution that found the pinned version not approved.
        refused: the execution that was let go to production when staging ran the other version.
        newer: the execution that brought the other version to staging.

    """

    unapproved: Delivery
    before: dict[str, Endpoint]
    refused: Delivery
    after: dict[str, Endpoint]
    newer: str


@dataclass(frozen=True)
class Stopped:
    """A build that was gone while production's traffic was shifted, and the next delivery.

    Attributes:
        build: the one that was gone, as it ended.
        stopped: its execution.
        lock: of Terraform's state, which nobody had given back.
        known: whether that state had the configuration that production's endpoint was getting: Terraform writes it
            20 seconds after it has begun to apply, at the earliest.
        waiting: production's endpoint when the next delivery waited for the end of the shift.
        standing: production's endpoint configurations at that moment, and in the end.
        next: the next delivery, from before the shift to its end.
        answers: production's for the contract's rows, in the end.

    """

    build: dict[str, Any]
    stopped: Delivery
    lock: dict[str, Any]
    known: bool
    waiting: dict[str, Any]
    standing: tuple[list[str], list[str]]
    next: Changed
    answers: list[float]


@dataclass(frozen=True)
class Deleted:
    """What was there before a project was deleted, and what is left of it.

    Attributes:
        before: names that have its id in them, by kind.
        heads: branches of its two repositories, before and after.
        stores: names with its id in all stores of the local cloud, after.
        interrupted: the build that deployed when the deletion was asked for, if one did, as it ended.

    """

    deploying: Deploying
    before: dict[str, list[str]]
    left: dict[str, list[str]]
    heads: tuple[list[dict[str, str]], list[dict[str, str]]]
    stores: set[str]
    record: dict[str, Any]
    interrupted: dict[str, Any] | None = None


def look(deploying: Deploying) -> dict[str, Endpoint]:
    """What runs in both environments, once no change is under way."""
    return {name: deploying.look(name) for name in accounts.ENVIRONMENTS}
