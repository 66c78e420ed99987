"""How a project's first model reaches production, and how a project ends: alike in every account."""

from tests.deployment import accounts, models
from tests.deployment.deliveries import Delivery, Deploying
from tests.deployment.told import Deleted, Deployed, look
from tests.journey.leftovers import everything, left_in, left_of

# Production's limit; the slow model takes longer.
LATENCY_MS = 2000
# The seed's limit is half a second, which a busy machine may take by itself. Its default watches no data.
PRODUCTION = {
    "alarms": {"errors": 0, "latency_p99_ms": LATENCY_MS},
    "monitoring": {"schedule": "cron(0 */6 ? * * *)", "drift_threshold": 0.2},
}


def empty(deploying: Deploying) -> list[Delivery]:
    """The pipeline's executions before any model: of its creation, and of a push of production's settings."""
    created = deploying.ended(deploying.execution(0))
    return [created, deploying.ended(deploying.started_by(lambda: deploying.push(prod=PRODUCTION)))]


def deploy(deploying: Deploying, trained: models.Trained, before: list[Delivery], package: str) -> Deployed:
    """Approve a package, and approve it again for production."""
    execution = deploying.started_by(lambda: deploying.decide(package))
    approval = deploying.approve(execution)
    delivery = deploying.ended(execution)
    assert delivery.status == "Succeeded", delivery.logs
    answers = {name: deploying.ask(name, trained.rows) for name in accounts.ENVIRONMENTS}
    return Deployed(deploying, trained, before, delivery, approval, look(deploying), answers)


def delete(deploying: Deploying, interrupted: str = "") -> Deleted:
    """Delete the project; ``interrupted`` is the id of a build that runs."""
    launch = deploying.launch
    engineer, git = launch.platform.engineer, launch.platform.git
    repositories = (launch.repository, deploying.repository)
    before = left_of(launch) | _named("there", left_in(deploying.account, launch))
    heads = [git.heads(name) for name in repositories]
    launch.delete()
    build = engineer("codebuild", "batch-get-builds", "--ids", interrupted) if interrupted else None
    left = left_of(launch) | _named("there", left_in(deploying.account, launch))
    (record,) = launch.run_records("destroy")
    stores = {name for name in everything(launch.platform) if launch.identifier in name}
    return Deleted(
        deploying, before, left, (heads, [git.heads(name) for name in repositories]), stores, record,
        build["builds"][0] if build else None,
    )  # fmt: skip


def _named(where: str, found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {f"{kind} {where}": names for kind, names in found.items()}
