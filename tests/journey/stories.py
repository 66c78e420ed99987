"""The projects of the tests, told side by side from the beginning: each test waits for the story that it is about.

Most of a project's life is waiting: for Terraform's provider, for IAM, for builds. One after the other the stories
would take a quarter of an hour.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journey import rotation, variants
from tests.journey.clients import eventually, replace_setting
from tests.journey.leftovers import everything
from tests.journey.rotation import Rotated
from tests.journey.telling import Tellers
from tests.journey.world import LAUNCH_SECONDS, OWNER, Delivered, Launch, Platform

# No model of penguins is right to the gram.
_IMPOSSIBLE = "1.0"


@dataclass(frozen=True)
class Pair:
    """Two projects, and what the first one was before and after the second was made."""

    first: Launch
    before: dict[str, Any]
    after: dict[str, Any]
    second: "Standing"


@dataclass(frozen=True)
class Kept:
    """The second project, deleted while its models and its bucket were to be kept.

    Attributes:
        launch: the project.
        models: what it had registered.

    """

    launch: Launch
    models: list[dict[str, Any]]


@dataclass(frozen=True)
class Rejected:
    """The second project after a push that asks for more than the model can give.

    Attributes:
        delivered: what became of the push.
        steps: the steps of the execution that it started.
        models: what is registered then.

    """

    delivered: Delivered
    steps: list[dict[str, Any]]
    models: list[dict[str, Any]]


@dataclass(frozen=True)
class Standing:
    """What a project looked like before it was deleted.

    Attributes:
        heads: branches of its repository.
        inventory: as ``Launch.inventory`` gives it.
        resources: everything that carries its id.
        record: the run record of its creation.
        models: what it had registered.

    """

    launch: Launch
    heads: dict[str, str]
    inventory: dict[str, Any]
    resources: set[str]
    record: dict[str, Any]
    models: list[dict[str, Any]]

    @classmethod
    def of(cls, launch: Launch) -> "Standing":
        """Look at a project that stands, and whose first execution has ended."""
        inventory = launch.inventory()
        (record,) = launch.run_records()
        heads = launch.platform.git.heads(launch.repository)
        return cls(launch, heads, inventory, set(inventory["resources"]), record, launch.models())


@dataclass(frozen=True)
class Obstructed:
    """A project whose deletion cannot read the release, until somebody puts it where it is looked for.

    Attributes:
        standing: what it was before; ``launch.described`` is what the first deletion ended with.
        missing: key of what could not be read.
        stack_status: the stack's, after the first deletion.
        log: the runner's log so far, after the first deletion.
        records: run records of deletions, after the first one.

    """

    standing: Standing
    missing: str
    stack_status: str
    log: str
    records: list[dict[str, Any]]

    @property
    def launch(self) -> Launch:
        """The project, deleted in the end."""
        return self.standing.launch


class Stories:
    """All stories; asking for one waits for its end, and raises what went wrong in it.

    Attributes:
        before: everything that existed before the first of them, by name.

    """

    def __init__(self, platform: Platform, folder: Path) -> None:
        # A region's networks, images and public parameters come with its first use; they are no project's.
        platform.engineer("ec2", "describe-vpcs")
        platform.engineer("ssm", "get-parameters-by-path", "--path", "/aws/service/ami-amazon-linux-latest")
        self.before = everything(platform)
        self._platform = platform
        self._folder = folder
        self._tellers = Tellers()
        self._tellers.begin("first", lambda: platform.launch("penguins").completed())
        # Whatever is to fail at once is not to wait for the processor.
        self._tellers.begin("silent", self._silent)
        self._tellers.begin("unprofiled", self._unprofiled)
        for story in (self.silent, self.unprofiled):
            story()
        self._tellers.begin("collides", self._collides)
        self._tellers.begin("refused", self._refused)
        self._tellers.begin("rotated", self._rotated)
        self._tellers.begin("pair", self._pair)
        self._tellers.begin("pushed", self._pushed)
        self._tellers.begin("rejected", self._rejected)
        self._tellers.begin("kept", self._kept)
        self._tellers.begin("obstructed", self._obstructed)
        self._tellers.begin("unheard", self._unheard)
        self._tellers.begin("revoked", self._revoked)

    def end(self) -> None:
        """Wait until every story has been told, well or not."""
        self._tellers.wait_for()

    def first(self) -> Launch:
        """The first project, completed, and its first execution ended."""
        return self.pair().first

    def pair(self) -> Pair:
        """The first project and the one created after it."""
        return self._tellers.of("pair", Pair)

    def rotated(self) -> Rotated:
        """Between the first project's creation and the second one's, the platform was given another token."""
        return self._tellers.of("rotated", Rotated)

    def revoked(self) -> Rotated:
        """The same, and the old token has been taken back."""
        return self._tellers.of("revoked", Rotated)

    def pushed(self) -> tuple[str, Delivered]:
        """The first project after a data scientist has pushed; the commit, and what became of it."""
        return self._tellers.of("pushed", tuple)

    def rejected(self) -> Rejected:
        """The second project after a push that asks for more than the model can give."""
        return self._tellers.of("rejected", Rejected)

    def silent(self) -> Launch:
        """Of a product whose command says nothing: failed."""
        return self._tellers.of("silent", Launch)

    def unprofiled(self) -> Launch:
        """Of a product whose instance profile nobody made: failed."""
        return self._tellers.of("unprofiled", Launch)

    def collides(self) -> Launch:
        """Failed: somebody else has made a role of its name."""
        return self._tellers.of("collides", Launch)

    def refused(self) -> Launch:
        """Failed: the git host has no such owner."""
        return self._tellers.of("refused", Launch)

    def kept(self) -> Kept:
        """The second project, deleted, with everything kept that can be kept."""
        return self._tellers.of("kept", Kept)

    def obstructed(self) -> Obstructed:
        """Under the name of ``silent``, once that was deleted, with values that look like options and commands."""
        return self._tellers.of("obstructed", Obstructed)

    def unheard(self) -> Launch:
        """Failed: Terraform had applied everything, and nobody heard of it."""
        return self._tellers.of("unheard", Launch)

    def _silent(self) -> Launch:
        product = variants.offer(self._platform, "silent", lambda properties: properties.update(Command="true"))
        return self._platform.launch("rm--rf", product=product).failed(within=variants.AT_ONCE_SECONDS)

    def _unprofiled(self) -> Launch:
        product = variants.offer(
            self._platform, "unprofiled", lambda properties: properties.update(Role="nobody-made-this")
        )
        return self._platform.launch("unprofiled", product=product).failed(within=variants.AT_ONCE_SECONDS)

    def _refused(self) -> Launch:
        return self._platform.launch("nobodys", GitRepoName="nobody-at-all/nobodys").failed()

    def _collides(self) -> Launch:
        launch = self._platform.launch("collides")
        variants.make_role(self._platform, f"{launch.prefix}-build")
        return launch.failed()

    def _rotated(self) -> Rotated:
        first = self._tellers.of("first", Launch)
        apply = self._platform.apply
        eventually(lambda: apply.code is not None, LAUNCH_SECONDS, "the end of package 1's apply")
        return rotation.rotate(self._platform, first)

    def _revoked(self) -> Rotated:
        rotated = self.rotated()
        # Whoever has read the old token and not used it yet is to end first.
        self._tellers.wait_for("collides", "refused", "pair", "obstructed", "unheard")
        rotation.GitHub(self._platform).revoke(rotated.old)
        return rotated

    def _pair(self) -> Pair:
        first = self._tellers.of("first", Launch)
        first.delivered(0)
        before = first.inventory()
        self.rotated()
        second = self._platform.launch(
            "flowers", ArtifactBucketContents="keep", RegisteredModels="keep"
        ).completed()
        second.delivered(0)
        return Pair(first, before, first.inventory(), Standing.of(second))

    def _pushed(self) -> tuple[str, Delivered]:
        """Another estimator."""
        first = self._tellers.of("first", Launch)
        first.delivered(0)
        return self._push(first, "estimator", '"gradient-boosting"', "Try gradient boosting")

    def _rejected(self) -> Rejected:
        second = self.pair().second.launch
        _, delivered = self._push(second, "rmse_threshold", _IMPOSSIBLE, "Ask for the impossible")
        execution = delivered.training["PipelineExecutionArn"]
        steps = self._platform.engineer(
            "sagemaker", "list-pipeline-execution-steps", "--pipeline-execution-arn", execution
        )["PipelineExecutionSteps"]
        return Rejected(delivered, steps, second.models())

    def _push(self, launch: Launch, setting: str, value: str, message: str) -> tuple[str, Delivered]:
        git = launch.platform.git
        clone = git.clone(launch.repository, self._folder / launch.name)
        replace_setting(clone / "pipeline.toml", setting, value)
        commit = git.commit_and_push(clone, message)
        return commit, launch.delivered(1)

    def _kept(self) -> Kept:
        models = self.rejected().models
        launch = self.pair().second.launch
        launch.delete()
        return Kept(launch, models)

    def _obstructed(self) -> Obstructed:
        engineer, bucket = self._platform.engineer, self._platform.state_bucket
        objects = engineer("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "objects/")["Contents"]
        (settings,) = [item["Key"] for item in objects if item["Key"].endswith("/runner-settings")]
        real = engineer.read(f"s3://{bucket}/{settings}")
        moved = real.replace("/project-setup.tar.gz", "/elsewhere.tar.gz")
        (missing,) = re.findall(r"^project_setup_key=(.*)$", moved, re.MULTILINE)
        digest = hashlib.sha256(moved.encode()).hexdigest()
        file = self._folder / "moved-settings"
        file.write_text(moved)
        engineer(
            *("s3api", "put-object", "--bucket", bucket, "--key", f"objects/{digest}/runner-settings"),
            *("--body", str(file)),
        )
        product = variants.offer(
            self._platform,
            "moved",
            lambda properties: properties.update(SettingsSha256=digest),
            resource="Teardown",
        )
        self.silent().delete()
        values = {"GitRepoName": f"{OWNER}/--upload-pack_touch", "GitBranchName": "feature/--exec/id"}
        launch = self._platform.launch("rm--rf", product=product, **values).completed()
        launch.delivered(0)
        standing = Standing.of(launch)
        launch.ask_for_deletion()
        status, log, records = launch.stack()["StackStatus"], launch.runner_log(), launch.run_records("destroy")
        engineer(
            *("s3api", "copy-object", "--bucket", bucket, "--key", missing),
            *("--copy-source", f"{bucket}/{missing.replace('elsewhere', 'project-setup')}"),
        )
        ended = Obstructed(standing, missing, status, log, records)
        launch.delete()
        return ended

    def _unheard(self) -> Launch:
        def silence(properties: dict[str, Any]) -> None:
            command = properties["Command"]["Fn::Sub"]
            command[0] = command[0].replace("cp output /command-output.txt", "true")

        return self._platform.launch(
            "unheard", product=variants.offer(self._platform, "unheard", silence)
        ).failed()
