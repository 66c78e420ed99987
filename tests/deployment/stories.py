"""Three projects, side by side: one that does not deploy, one that deploys here, one that deploys elsewhere.

The second one has a long life, told in chapters; each waits for the one before. Only its first model is trained.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.deployment import accounts, by_hand, models, subscribers
from tests.deployment.deliveries import Delivery, Deploying, Endpoint
from tests.deployment.load import Heard, Load
from tests.journey.clients import eventually
from tests.journey.leftovers import everything, left_in, left_of
from tests.journey.plans import Plan, plan_of_package_2
from tests.journey.telling import Tellers
from tests.journey.world import LAUNCH_SECONDS, Launch, Platform

DEPLOYS = "Model build, train and deploy with GitHub and Terraform"
_BOTH = {"model-build": {"seed": "little"}, "model-build-deploy": {}}
_BOTH_LITTLE = {"model-build": {"seed": "little"}, "model-build-deploy": {"seed": "little"}}
# Production's limit; the slow model takes longer.
LATENCY_MS = 2000
# The seed's limit is half a second, which a busy machine may take by itself. Its default watches no data.
PRODUCTION = {
    "alarms": {"errors": 0, "latency_p99_ms": LATENCY_MS},
    "monitoring": {"schedule": "cron(0 */6 ? * * *)", "drift_threshold": 0.2},
}
LINEAR = {"type": "LINEAR", "percent": 50, "wait_seconds": 60, "termination_wait_seconds": 60}
# The local cloud's waits, at most.
_BAKING_SECONDS, _USUAL_SECONDS = 15, 3


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
class Pinned:
    """Both environments were told to serve one version, which is not the newest.

    Attributes:
        refused: the execution that found the version not approved.
        changed: the execution that the approval has started, and the endpoints before and after it.
        answers: production's for the contract's rows, in the end.

    """

    refused: Delivery
    changed: Changed
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
class Offered:
    """The second product is there.

    Attributes:
        platform: for whoever makes a project of it.
        form: address of the first product's, before.

    """

    platform: Platform
    form: str


class Stories:
    """All stories; asking for one waits for its end, and raises what went wrong in it."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self._platform = platform
        self._folder = folder
        self._tellers = Tellers()
        self._subscriber: subscribers.Subscriber | None = None
        for name, story in {
            "offered": self._offered,
            "plain": self._plain,
            "launched": self._launched,
            "deployed": self._deployed,
            "by hand": self._by_hand,
            "again": self._again,
            "returned": self._returned,
            "wrong": self._wrong,
            "rolled back": self._rolled_back,
            "deleted": self._deleted,
            "elsewhere": self._elsewhere,
            "abroad": self._abroad,
            "pinned": self._pinned,
            "gone abroad": self._gone_abroad,
        }.items():
            self._tellers.begin(name, story)

    def plain(self) -> Plain:
        """A project of the first product."""
        return self._tellers.of("plain", Plain)

    def deployed(self) -> Deployed:
        """The first model in production."""
        return self._tellers.of("deployed", Deployed)

    def again(self) -> Changed:
        """The pipeline started once more, with nothing new."""
        return self._tellers.of("again", Changed)

    def returned(self) -> Returned:
        """A second model went to production and was rejected then."""
        return self._tellers.of("returned", Returned)

    def wrong(self) -> Changed:
        """A third model fails the smoke test."""
        return self._tellers.of("wrong", Changed)

    def rolled_back(self) -> RolledBack:
        """A fourth model passes it, and is too slow in production."""
        return self._tellers.of("rolled back", RolledBack)

    def by_hand(self) -> dict[str, dict[str, str]]:
        """The trained model in `dev`, as every other kind; what the commands said, by kind."""
        return self._tellers.of("by hand", dict)

    def pinned(self) -> Pinned:
        """A version that is not the newest, in the second account."""
        return self._tellers.of("pinned", Pinned)

    def deleted(self) -> Deleted:
        """The same project, deleted."""
        return self._tellers.of("deleted", Deleted)

    def abroad(self) -> Deployed:
        """A project whose staging and production are in the second account."""
        return self._tellers.of("abroad", Deployed)

    def gone_abroad(self) -> Deleted:
        """The same project, deleted."""
        return self._tellers.of("gone abroad", Deleted)

    def _offered(self) -> "Offered":
        """Package 1 with both products; the platform for whoever makes a project of the second one."""
        platform = self._platform
        eventually(lambda: platform.apply.code is not None, LAUNCH_SECONDS, "package 1's end")
        form = _template(platform)
        accounts.apply_again(platform, products=_BOTH)
        return Offered(replace(platform, product_name=DEPLOYS), form)

    def _plain(self) -> Plain:
        launch = self._platform.launch("plain").completed()
        before = launch.inventory()
        self._tellers.of("elsewhere", Platform)
        folder = self._folder / "plain"
        folder.mkdir()
        templates = (self._tellers.of("offered", Offered).form, _template(self._platform))
        return Plain(launch, templates, (before, launch.inventory()), plan_of_package_2(launch, folder))

    def _launched(self) -> Launch:
        return self._tellers.of("offered", Offered).platform.launch("penguins").completed()

    def _deployed(self) -> Deployed:
        launch = self._tellers.of("launched", Launch)
        deploying = Deploying(launch, self._platform.engineer, self._folder)
        empty = [deploying.ended(deploying.execution(0))]
        empty.append(deploying.ended(deploying.started_by(lambda: deploying.push(prod=PRODUCTION))))
        self._subscriber = subscribers.subscribe(deploying)
        launch.delivered(0)
        trained = models.trained(launch, self._folder)
        return self._approved(deploying, trained, empty, trained.arn)

    def _approved(
        self, deploying: Deploying, trained: models.Trained, empty: list[Delivery], package: str
    ) -> Deployed:
        execution = deploying.started_by(lambda: deploying.decide(package))
        approval = deploying.approve(execution)
        delivery = deploying.ended(execution)
        assert delivery.status == "Succeeded", delivery.logs
        answers = {name: deploying.ask(name, trained.rows) for name in accounts.ENVIRONMENTS}
        return Deployed(deploying, trained, empty, delivery, approval, _look(deploying), answers)

    def _again(self) -> Changed:
        deploying = self.deployed().deploying
        before = _look(deploying)
        delivery = deploying.deployed(deploying.start())
        return Changed(before, delivery, _look(deploying))

    def _returned(self) -> Returned:
        self.again()
        deployed = self.deployed()
        deploying, trained = deployed.deploying, deployed.trained
        package = models.register(deploying.launch, trained, "heavier", models.HEAVIER, factor=1.01)
        first = _look(deploying)
        forth = deploying.deployed(deploying.started_by(lambda: deploying.decide(package)))
        second, heavier = _look(deploying), deploying.ask("prod", trained.rows)
        back = deploying.deployed(deploying.started_by(lambda: deploying.decide(package, "Rejected")))
        return Returned(
            Changed(first, forth, second),
            Changed(second, back, _look(deploying)),
            back.summary["trigger"],
            (heavier, deploying.ask("prod", trained.rows)),
        )

    def _wrong(self) -> Changed:
        self.returned()
        deployed = self.deployed()
        deploying = deployed.deploying
        package = models.register(deploying.launch, deployed.trained, "wrong", models.WRONG)
        before = _look(deploying)
        delivery = deploying.ended(deploying.started_by(lambda: deploying.decide(package)))
        return Changed(before, delivery, _look(deploying))

    def _rolled_back(self) -> RolledBack:
        self.wrong()
        deployed = self.deployed()
        deploying, row = deployed.deploying, deployed.trained.rows[0]
        package = models.register(deploying.launch, deployed.trained, "slow", models.SLOW, factor=1.03)
        before = _look(deploying)
        execution = deploying.started_by(lambda: deploying.decide(package))
        # A slow answer counts when it is there: until then the canary stays.
        deploying.control("hosting", longest_wait=_BAKING_SECONDS)
        deploying.approve(execution)
        sagemaker = self._platform.watcher("sagemaker")
        name = deploying.name("prod")

        def updating() -> bool:
            return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Updating"

        eventually(updating, LAUNCH_SECONDS, f"the update of {name}", pause=0.1)
        load = Load(self._platform.watcher("sagemaker-runtime"), name, row)
        heard, delivery = load.during(lambda: deploying.ended(execution))
        deploying.control("hosting", longest_wait=_USUAL_SECONDS)
        alarms = self._platform.engineer("cloudwatch", "describe-alarms", "--alarm-name-prefix", name)
        return RolledBack(
            Changed(before, delivery, _look(deploying)),
            heard,
            alarms["MetricAlarms"],
            deploying.ask("prod", [row]),
            self._subscriber.heard() if self._subscriber else [],
        )

    def _by_hand(self) -> dict[str, dict[str, str]]:
        """Beside what the pipeline does: `dev` is an environment of its own."""
        deployed = self.deployed()
        version = deployed.trained.package["ModelPackageVersion"]
        return by_hand.deploy(deployed.deploying, version)

    def _deleted(self) -> Deleted:
        self.rolled_back()
        self.by_hand()
        return self._delete(self.deployed().deploying)

    def _delete(self, deploying: Deploying, interrupted: str = "") -> Deleted:
        launch = deploying.launch
        git = launch.platform.git
        repositories = (launch.repository, deploying.repository)
        before = left_of(launch) | _named("there", left_in(deploying.account, launch))
        heads = [git.heads(name) for name in repositories]
        launch.delete()
        build = (
            self._platform.engineer("codebuild", "batch-get-builds", "--ids", interrupted) if interrupted else None
        )
        left = left_of(launch) | _named("there", left_in(deploying.account, launch))
        (record,) = launch.run_records("destroy")
        stores = {name for name in everything(launch.platform) if launch.identifier in name}
        return Deleted(
            deploying, before, left, (heads, [git.heads(name) for name in repositories]), stores, record,
            build["builds"][0] if build else None,
        )  # fmt: skip

    def _elsewhere(self) -> Platform:
        """Package 1 whose environments are in the second account, once the project that deploys here is made."""
        platform = self._tellers.of("offered", Offered).platform
        environments = accounts.prepare(self._platform, self._folder)
        self._tellers.of("launched", Launch)
        accounts.apply_again(self._platform, products=_BOTH_LITTLE, environments=environments)
        return platform

    def _abroad(self) -> Deployed:
        """With the model of the other project: training once is enough."""
        launch = self._tellers.of("elsewhere", Platform).launch("abroad").completed()
        deploying = Deploying(launch, accounts.in_second_account(self._platform), self._folder)
        empty = [deploying.ended(deploying.execution(0))]
        empty.append(deploying.ended(deploying.started_by(lambda: deploying.push(prod=PRODUCTION))))
        trained = self.deployed().trained
        return self._approved(deploying, trained, empty, models.register(launch, trained, "trained"))

    def _pinned(self) -> Pinned:
        """Of two further versions the older one, which is approved only when the settings name it already."""
        deployed = self.abroad()
        deploying, trained = deployed.deploying, deployed.trained
        older = models.register(deploying.launch, trained, "older", models.HEAVIER, factor=1.01)
        newer = models.register(deploying.launch, trained, "newer", models.WRONG)
        before = _look(deploying)
        pin = {"model_package_version": 2}
        settings = {"staging": pin, "prod": {**pin, "traffic": LINEAR}}
        deploying.ended(deploying.started_by(lambda: deploying.push(**settings)))
        refused = deploying.ended(deploying.started_by(lambda: deploying.decide(newer)))
        delivery = deploying.deployed(deploying.started_by(lambda: deploying.decide(older)))
        return Pinned(refused, Changed(before, delivery, _look(deploying)), deploying.ask("prod", trained.rows))

    def _gone_abroad(self) -> Deleted:
        """Deleted while staging is being changed."""
        self.pinned()
        deploying = self.abroad().deploying
        back = {"model_package_version": 1}
        execution = deploying.started_by(lambda: deploying.push(staging=back, prod=back))
        return self._delete(deploying, deploying.runs(execution, "Staging"))


def _look(deploying: Deploying) -> dict[str, Endpoint]:
    return {name: deploying.look(name) for name in accounts.ENVIRONMENTS}


def _named(where: str, found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {f"{kind} {where}": names for kind, names in found.items()}


def _template(platform: Platform) -> str:
    """Address of the first product's newest form; its content is in its name."""
    engineer, product = platform.engineer, platform.product["ProductId"]
    artifacts = engineer("servicecatalog", "list-provisioning-artifacts", "--product-id", product)
    newest = max(artifacts["ProvisioningArtifactDetails"], key=lambda artifact: artifact["CreatedTime"])
    return str(
        engineer(
            *("servicecatalog", "describe-provisioning-artifact", "--product-id", product),
            *("--provisioning-artifact-id", newest["Id"]),
        )["Info"]["TemplateUrl"]
    )
