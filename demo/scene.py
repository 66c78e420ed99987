"""What all parts of the demo share: who is there, what is known so far, and taking turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demo.children import Children
from demo.cloud import Clients, Handout
from demo.journey import Journey
from demo.report.model import Delivery, Project, Report

# An activity does a little at each turn; it raises DemoError when the journey cannot go on.
Activity = Iterator[None]

PREFIX = "sagemaker-projects"


@dataclass
class Scene:
    """The running demo.

    Attributes:
        folder: where the demo writes, below ``build``.
        founded: whether there is the ground that package 1 stands on; a demo with the foundation waits for it.
        offered: whether the data scientist can see the product.
        finished: activities by name that have ended.

    """

    folder: Path
    handout: Handout
    journey: Journey
    report: Report
    children: Children
    project: Project
    engineer: Clients
    scientist: Clients
    founded: bool = True
    offered: bool = False
    finished: set[str] = field(default_factory=set)

    @property
    def prefix(self) -> str:
        """Beginning of the names of everything the project owns."""
        return f"ml-{self.project.identifier}"

    @property
    def state_bucket(self) -> str:
        """The platform's bucket of states, run records and releases."""
        return f"{PREFIX.replace('sagemaker', 'ml')}-state-{self.report.account}-{self.report.region}"

    @property
    def artifact_bucket(self) -> str:
        """The project's bucket."""
        return f"{self.prefix}-{self.report.account}-{self.report.region}"

    @property
    def pipeline(self) -> str:
        """Name of the project's CodePipeline pipeline."""
        return f"{self.prefix}-build"

    @property
    def deploy_pipeline(self) -> str:
        """Name of the CodePipeline pipeline that deploys."""
        return f"{self.prefix}-deploy"

    @property
    def training_pipeline(self) -> str:
        """Name of the project's SageMaker pipeline and model package group."""
        return f"{self.project.name}-{self.project.identifier}"

    def delivery(self, number: int) -> Delivery | None:
        """The first (0) or second (1) delivery, once its commit is known."""
        return self.report.deliveries[number] if number < len(self.report.deliveries) else None


def until(condition: Callable[[], bool]) -> Activity:
    """Let the others go on until the condition holds."""
    while not condition():
        yield
