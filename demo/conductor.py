"""The demo from beginning to end: who does what, in turns, and what is left behind."""

import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from time import monotonic, sleep

from botocore.exceptions import BotoCoreError, ClientError

from demo import activity, delivery, deployment, foundation, project, stage, training
from demo.children import Child, Children
from demo.display import Display
from demo.errors import DemoError
from demo.journey import Journey
from demo.platform import PRODUCTS, Terraform
from demo.report.model import Project, Report, Span, State
from demo.scene import Activity, Scene
from demo.stage import Place

PROJECT = "penguins"
# Between two rounds of looking: short enough to be lively, long enough to leave both cores to the work.
_PAUSE = 0.4


class Conductor:
    """One run of the demo.

    Attributes:
        report: what is known so far; complete when ``run`` has returned.
        scene: None until the local cloud answers.

    """

    def __init__(self, place: Place, children: Children, journey: Journey) -> None:
        self.place = place
        self.report = Report(started=datetime.now(UTC), steps=journey.steps, versions=versions())
        self.scene: Scene | None = None
        self._children = children
        self._journey = journey
        self._cloud: Child | None = None

    def run(self, display: Display) -> None:
        """Do everything; what failed is in the report, not raised.

        Raises:
            KeyboardInterrupt: a person has had enough; the report says so.

        """
        try:
            self._perform(display)
            self.report.state = State.SUCCEEDED
        except DemoError as error:
            self._fail(str(error), error.log)
        except ClientError as error:
            self._fail(f"{error.operation_name} was refused: {error}", [])
        except BotoCoreError as error:
            self._fail(f"The local cloud did not answer: {error}", [])
        except KeyboardInterrupt:
            self._journey.fail("Interrupted.")
            self.report.failure = "The demo was interrupted."
            raise
        finally:
            self.report.seconds = self._journey.now
        self._gather()

    def release_cloud(self) -> None:
        """Leave the local cloud running when everything else ends."""
        if self._cloud is not None:
            self._children.release(self._cloud)
            self._cloud = None

    def _perform(self, display: Display) -> None:
        began = datetime.now(UTC)
        release = stage.start_release(self.place, self._children)
        cloud = self._cloud = stage.start_cloud(self.place, self._children)
        initialization = stage.start_init(self.place, self._children)
        display.say("Starting the local cloud, building the release for this machine")
        handout = stage.wait_for_cloud(self.place, cloud)
        self.report.spans.append(Span("Preparation", "start the local cloud", began, datetime.now(UTC)))
        display.say(f"AWS endpoint {handout.endpoint}, git host {handout.git_url}")
        scene = self.scene = Scene(
            folder=self.place.out,
            handout=handout,
            journey=self._journey,
            report=self.report,
            children=self._children,
            project=Project(PROJECT),
            engineer=handout.engineer(),
            scientist=handout.scientist(),
        )
        self.report.region = handout.region
        self.report.account = scene.engineer("sts").get_caller_identity()["Account"]
        self.report.project = scene.project
        values = foundation.values(scene) if self.place.foundation else None
        terraform = Terraform(
            self.place.terraform, self.place.package, self.place.release, handout, PRODUCTS, values
        )
        preparations = {"build the release": release, "terraform init": initialization}
        take_turns(
            {
                "package 1": stage.apply_package(scene, terraform, preparations),
                "project": project.create(scene),
                "launch": project.watch(scene),
                "seed": project.seeded(scene),
                "delivery 0": delivery.follow(scene, 0),
                "training 0": training.follow(scene, 0),
                "change": delivery.change(scene),
                "delivery 1": delivery.follow(scene, 1),
                "training 1": training.follow(scene, 1),
                "deployment": deployment.follow(scene),
            }
            | (foundation.activities(scene, self.place) if self.place.foundation else {})
        )

    def _fail(self, reason: str, log: list[str]) -> None:
        self.report.state, self.report.failure, self.report.log = State.FAILED, reason, log
        self._journey.fail(reason)

    def _gather(self) -> None:
        """Fill the timeline; after a failure, with what can still be had."""
        if self.scene is None:
            return
        try:
            self.report.spans += activity.gather(self.scene)
        except (ClientError, BotoCoreError) as error:
            if self.report.state is State.SUCCEEDED:
                raise
            self.report.log.append(f"(the timeline is incomplete: {error})")


def take_turns(activities: dict[str, Activity], pause: Callable[[float], None] = sleep) -> None:
    """Let every activity do a little, over and over, until all have ended."""
    running = dict(activities)
    while running:
        began = monotonic()
        for name, doing in list(running.items()):
            if next(doing, StopIteration) is StopIteration:
                del running[name]
        pause(max(0.05, _PAUSE - (monotonic() - began)))


def versions() -> dict[str, str]:
    """What runs here."""
    found = {"Python": platform.python_version()}
    names = {
        "moto": "moto",
        "boto3": "boto3",
        "scikit-learn": "scikit-learn",
        "awslambdaric": "Lambda runtime client",
    }
    return found | {label: version(name) for name, label in names.items()}
