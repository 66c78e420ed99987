"""The numbered steps of the journey, as they come along."""

from collections.abc import Callable
from time import monotonic

from demo.report.model import State, Step

# Numbers and words of the table in README.md; 6 and 7 happen twice: for the seed and for the first change.
TABLE: dict[int, tuple[str, str]] = {
    0: (
        "platform engineer applies package 1: state bucket, lock table, secrets, portfolio, products, roles",
        "service-catalog-setup/",
    ),
    1: (
        "data scientist creates a project from an organization template",
        "the product template (CloudFormation)",
    ),
    2: (
        "Service Catalog launches the product under its launch role; CloudFormation starts the CommandRunner",
        "portfolio, launch role",
    ),
    3: (
        "the runner fetches the pinned release from the state bucket, verifies it, applies package 2 with the "
        "project's own state key",
        "runner/ → sagemaker-project-setup/",
    ),
    4: (
        "package 2 creates artifact bucket, CodeBuild, CodePipeline, model group, roles, and invokes the seed "
        "Lambda",
        "sagemaker-project-setup/",
    ),
    5: (
        "the Lambda renders the seed with Jinja2 and pushes it to GitHub as one commit",
        "lambdas/seed_repository/, seed-code/",
    ),
    6: (
        "the push triggers CodePipeline → CodeBuild → the SageMaker Pipeline is upserted and started",
        "the seed's buildspec.yml",
    ),
    7: (
        "preprocess → train → evaluate → quality gate → register; the model waits in the registry",
        "the seed's pipeline/",
    ),
    8: (
        "with the product “build, train and deploy”: an approved model goes to staging, is tested there, and "
        "after a person's approval to production",
        "deploy-*.tf, seed-code/model-deploy/",
    ),
}
# With the foundation: beside the table, because the journey does not need it.
FOUNDATION = 10
BESIDE: dict[int, tuple[str, str]] = {
    FOUNDATION: (
        "inside the foundation's network: a PostgreSQL database asks the endpoint in SQL, as Aurora does",
        "foundation/, demo/aws_ml/",
    )
}
AGAIN = (6, 7)
ELSEWHERE = "Step 9, update, upgrade and deletion, is shown by the tests of projects' lives: make test-life"
"""The demo leaves its project standing, to be looked at."""


class Journey:
    """The steps in order, with the time since the beginning; tells a listener about every change."""

    def __init__(self, *, foundation: bool = False) -> None:
        shown = TABLE | (BESIDE if foundation else {})
        self.steps = [Step(number, title, place) for number, (title, place) in shown.items()]
        self.steps += [Step(number, *TABLE[number], again=True) for number in AGAIN]
        self.listener: Callable[[Step, str], None] = lambda _step, _words: None
        self._began = monotonic()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self._began

    def step(self, number: int, *, again: bool = False) -> Step:
        """One step of the table."""
        return next(step for step in self.steps if step.number == number and step.again is again)

    def start(self, step: Step, words: str = "") -> None:
        """The step begins; a step that has begun stays as it is."""
        if step.state is State.WAITING:
            step.state, step.started = State.RUNNING, self.now
            self.listener(step, words)

    def note(self, step: Step, words: str) -> None:
        """What a running step is busy with; not kept."""
        self.listener(step, words)

    def finish(self, step: Step, *details: str) -> None:
        """The step has succeeded."""
        self.start(step)
        if step.state is State.RUNNING:
            step.state, step.ended = State.SUCCEEDED, self.now
            step.details += details
            self.listener(step, "; ".join(details))

    def fail(self, reason: str) -> None:
        """Every step that was running has failed, or the next one when none was; the rest is skipped."""
        running = [step for step in self.steps if step.state is State.RUNNING]
        waiting = [step for step in self.steps if step.state is State.WAITING]
        # Step 0 may still be waiting for its provider when a later one fails: the latest is the one that failed.
        for step in running or waiting[:1]:
            step.state = State.FAILED if step is (running or waiting)[-1] else State.SKIPPED
            step.started = self.now if step.started is None else step.started
            step.ended = self.now
            if step.state is State.FAILED:
                step.details.append(reason)
            self.listener(step, reason if step.state is State.FAILED else "not finished")
        for step in waiting:
            if step.state is State.WAITING:
                step.state = State.SKIPPED
