"""The project that deploys in the second account, with the model of the other project: training once is enough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.deployment import accounts, firsts, models
from tests.deployment.deliveries import Deploying
from tests.deployment.told import Changed, Deleted, Deployed, Overtaken, Stopped, look
from tests.journey.clients import eventually
from tests.journey.world import LAUNCH_SECONDS, Platform
from tests.life.handbook import Handbook

if TYPE_CHECKING:
    from tests.deployment.stories import Stories

_BOTH_LITTLE = {"model-build": {"seed": "little"}, "model-build-deploy": {"seed": "little"}}
# Half of the requests, then all of them; the waits are as long as the settings allow.
LINEAR = {"type": "LINEAR", "percent": 50, "wait_seconds": 1200, "termination_wait_seconds": 60}
# Longer than anything here takes; the local cloud's waits are three seconds otherwise.
_HELD_SECONDS, _USUAL_SECONDS = 1200, 3
_HELD, _LOST = "the update of staging that a deletion finds", "the machine that updates production"


class Elsewhere:
    """The chapters; each waits for the one before."""

    def __init__(self, stories: Stories, platform: Platform, folder: Path) -> None:
        self._stories = stories
        self._platform = platform
        self._folder = folder

    def offered(self) -> Platform:
        """Package 1 whose environments are in the second account, once the project that deploys here is made."""
        platform = self._stories.offered().platform
        environments = accounts.prepare(self._platform, self._folder)
        self._stories.launched()
        accounts.apply_again(self._platform, products=_BOTH_LITTLE, environments=environments)
        return platform

    def deployed(self) -> Deployed:
        launch = self._stories.elsewhere().launch("abroad").completed()
        deploying = Deploying(launch, accounts.in_second_account(self._platform), self._folder)
        empty = firsts.empty(deploying)
        trained = self._stories.deployed().trained
        return firsts.deploy(deploying, trained, empty, models.register(launch, trained, "trained"))

    def overtaken(self) -> Overtaken:
        """Of two further versions the older one is pinned and approved last; the newer one overtakes it."""
        deployed = self._stories.abroad()
        deploying, trained = deployed.deploying, deployed.trained
        older = models.register(deploying.launch, trained, "older", models.HEAVIER, factor=1.01)
        newer = models.register(deploying.launch, trained, "newer", models.HEAVIEST, factor=1.02)
        before = look(deploying)
        older_one, newer_one = {"model_package_version": 2}, {"model_package_version": 3}
        settings = {"staging": older_one, "prod": {**older_one, "traffic": LINEAR}}
        deploying.ended(deploying.started_by(lambda: deploying.push(**settings)))
        unapproved = deploying.ended(deploying.started_by(lambda: deploying.decide(newer)))
        first = deploying.started_by(lambda: deploying.decide(older))
        deploying.awaits_approval(first)
        second = deploying.started_by(lambda: deploying.push(staging=newer_one, prod=newer_one))
        deploying.passed(second, "SmokeTest")
        deploying.approve(first)
        return Overtaken(unapproved, before, deploying.ended(first), look(deploying), second)

    def stopped(self) -> Stopped:
        """The build that brings the newer version to production is lost; the older one is pinned again."""
        execution = self._stories.overtaken().newer
        deployed = self._stories.abroad()
        deploying = deployed.deploying
        before, name = look(deploying), deploying.name("prod")
        deploying.control.pace(_HELD_SECONDS, name)
        (lost,) = deploying.control.add(
            {"on": "call", "service": "sagemaker", "operation": "UpdateEndpoint", "when": "after", "name": _LOST,
             "parameters": {"EndpointName": name}, "kind": "kill", "how": "terminate", "child": "build",
             "target": f"{deploying.pipeline}-prod:*"}
        )  # fmt: skip
        deploying.approve(execution)
        stopped = deploying.ended(execution)
        deploying.bakes("prod")
        deploying.control.clear(lost["id"])
        lock, third = self._unlock(deploying), deploying.described("prod")["PendingDeploymentSummary"]
        state = deploying.state("prod")

        older_one = {"model_package_version": 2}
        execution = deploying.started_by(lambda: deploying.push(staging=older_one, prod=older_one))
        deploying.approve(execution)
        deploying.says(deploying.runs(execution, "Production"), "waits for the end of that")
        waiting, standing = deploying.described("prod"), deploying.configurations("prod")
        deploying.control.pace(_USUAL_SECONDS, name)
        deploying.control.expire(subject=name)
        delivery = deploying.ended(execution)
        build = stopped.actions["Production"]["output"]["executionResult"]["externalExecutionId"]
        return Stopped(
            self._platform.engineer("codebuild", "batch-get-builds", "--ids", build)["builds"][0],
            stopped,
            lock,
            third["EndpointConfigName"] in state,
            waiting,
            (standing, deploying.configurations("prod")),
            Changed(before, delivery, look(deploying)),
            deploying.ask("prod", deployed.trained.rows),
        )

    def _unlock(self, deploying: Deploying) -> dict[str, str]:
        """As docs/operations.md says; what was to be seen of the lock."""
        handbook = Handbook(deploying.launch, self._folder)
        place = {"ARTIFACT_BUCKET": deploying.launch.artifact_bucket, "ENVIRONMENT": "prod"}
        lock = handbook.do("Deployments", "aws s3 cp", **place)
        handbook.do("Deployments", "aws s3api delete-object", **place)
        return dict(lock)

    def deleted(self) -> Deleted:
        """While the build of staging has asked for an update and has no answer yet."""
        self._stories.stopped()
        deploying = self._stories.abroad().deploying
        update = {"EndpointName": deploying.name("staging")}
        (held,) = deploying.control.add(
            {"on": "call", "service": "sagemaker", "operation": "UpdateEndpoint", "parameters": update,
             "kind": "delay", "seconds": float(_HELD_SECONDS), "name": _HELD}
        )  # fmt: skip
        back = {"model_package_version": 1}
        execution = deploying.started_by(lambda: deploying.push(staging=back, prod=back))
        eventually(lambda: deploying.control.hits(_HELD), LAUNCH_SECONDS, _HELD)
        deleted = firsts.delete(deploying, deploying.runs(execution, "Staging"))
        deploying.control.clear(held["id"])
        return deleted
