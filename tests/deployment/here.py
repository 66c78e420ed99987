"""The project that deploys in the platform's own account. It has a long life; only its first model is trained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.deployment import by_hand, firsts, models, subscribers
from tests.deployment.deliveries import Deploying
from tests.deployment.load import Load
from tests.deployment.told import Changed, Deleted, Deployed, Returned, RolledBack, TakenBack, look
from tests.journey.clients import eventually
from tests.journey.world import LAUNCH_SECONDS, Launch, Platform

if TYPE_CHECKING:
    from tests.deployment.stories import Stories

# The local cloud's waits, at most.
_BAKING_SECONDS, _USUAL_SECONDS = 15, 3
# Enough to see whether anybody is left without an answer, where it is not about the load itself.
_SOME = 10


class Here:
    """The chapters; each waits for the one before."""

    def __init__(self, stories: Stories, platform: Platform, folder: Path) -> None:
        self._stories = stories
        self._platform = platform
        self._folder = folder
        self._subscriber: subscribers.Subscriber | None = None

    def launched(self) -> Launch:
        return self._stories.offered().platform.launch("penguins").completed()

    def deployed(self) -> Deployed:
        launch = self._stories.launched()
        deploying = Deploying(launch, self._platform.engineer, self._folder)
        empty = firsts.empty(deploying)
        self._subscriber = subscribers.subscribe(deploying)
        launch.delivered(0)
        trained = models.trained(launch, self._folder)
        return firsts.deploy(deploying, trained, empty, trained.arn)

    def by_hand(self) -> dict[str, dict[str, str]]:
        """Beside what the pipeline does: `dev` is an environment of its own."""
        deployed = self._stories.deployed()
        version = deployed.trained.package["ModelPackageVersion"]
        return by_hand.deploy(deployed.deploying, version)

    def again(self) -> Changed:
        deploying = self._stories.deployed().deploying
        before = look(deploying)
        delivery = deploying.deployed(deploying.start())
        return Changed(before, delivery, look(deploying))

    def returned(self) -> Returned:
        self._stories.again()
        deployed = self._stories.deployed()
        deploying, trained = deployed.deploying, deployed.trained
        package = models.register(deploying.launch, trained, "heavier", models.HEAVIER, factor=1.01)
        first = look(deploying)
        forth = deploying.deployed(deploying.started_by(lambda: deploying.decide(package)))
        second, heavier = look(deploying), deploying.ask("prod", trained.rows)
        back = deploying.deployed(deploying.started_by(lambda: deploying.decide(package, "Rejected")))
        return Returned(
            Changed(first, forth, second),
            Changed(second, back, look(deploying)),
            back.summary["trigger"],
            (heavier, deploying.ask("prod", trained.rows)),
        )

    def taken_back(self) -> TakenBack:
        """What the model needs is there while staging is tested, and gone when production is."""
        self._stories.returned()
        deployed = self._stories.deployed()
        deploying, row = deployed.deploying, deployed.trained.rows[0]
        needed = self._folder / "scales"
        needed.touch()
        code = models.needing(needed)
        package = models.register(deploying.launch, deployed.trained, "needing", code, factor=1.02)
        before = look(deploying)
        execution = deploying.started_by(lambda: deploying.decide(package))
        deploying.awaits_approval(execution)
        needed.unlink()
        # Nobody asks while the canary bakes: no alarm fires, and production gets the model.
        deploying.approve(execution)
        deploying.runs(execution, "Verify")
        load = Load(self._platform.watcher("sagemaker-runtime"), deploying.name("prod"), row, _SOME)
        heard, delivery = load.during(lambda: deploying.ended(execution))
        live = json.loads(
            self._platform.engineer.read(f"s3://{deploying.launch.artifact_bucket}/deploy/prod/live.json")
        )
        changed, answer = Changed(before, delivery, look(deploying)), deploying.ask("prod", [row])
        return TakenBack(changed, heard, answer, live, deploying.records("prod"))

    def wrong(self) -> Changed:
        self._stories.taken_back()
        deployed = self._stories.deployed()
        deploying = deployed.deploying
        package = models.register(deploying.launch, deployed.trained, "wrong", models.WRONG)
        before = look(deploying)
        delivery = deploying.ended(deploying.started_by(lambda: deploying.decide(package)))
        return Changed(before, delivery, look(deploying))

    def rolled_back(self) -> RolledBack:
        self._stories.wrong()
        deployed = self._stories.deployed()
        deploying, row = deployed.deploying, deployed.trained.rows[0]
        package = models.register(deploying.launch, deployed.trained, "slow", models.SLOW, factor=1.03)
        before = look(deploying)
        execution = deploying.started_by(lambda: deploying.decide(package))
        name = deploying.name("prod")
        # A slow answer counts when it is there: until then the canary stays.
        deploying.control.pace(_BAKING_SECONDS, name)
        deploying.approve(execution)
        sagemaker = self._platform.watcher("sagemaker")

        def updating() -> bool:
            return sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "Updating"

        eventually(updating, LAUNCH_SECONDS, f"the update of {name}", pause=0.1)
        load = Load(self._platform.watcher("sagemaker-runtime"), name, row)
        heard, delivery = load.during(lambda: deploying.ended(execution))
        deploying.control.pace(_USUAL_SECONDS, name)
        alarms = self._platform.engineer("cloudwatch", "describe-alarms", "--alarm-name-prefix", name)
        return RolledBack(
            Changed(before, delivery, look(deploying)),
            heard,
            alarms["MetricAlarms"],
            deploying.ask("prod", [row]),
            self._subscriber.heard() if self._subscriber else [],
        )

    def deleted(self) -> Deleted:
        self._stories.rolled_back()
        self._stories.by_hand()
        return firsts.delete(self._stories.deployed().deploying)
