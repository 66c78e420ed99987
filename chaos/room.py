"""Where the campaign happens: a local cloud with package 1, and what it needs to look at both."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from shutil import copytree, rmtree
from time import monotonic, sleep

from chaos import releases
from demo import stage
from demo.children import Child, Children
from demo.cloud import Clients, Handout, clean_environment
from demo.errors import DemoError
from demo.platform import Progress, Terraform, initialize
from demo.stage import Place
from localcloud.faults.client import FaultClient

NAME = "sagemaker-projects"
OWNER = "example-org"
TEARDOWN = "ml-projects-teardown"
LOCK_TIMEOUT_SECONDS = 10
"""The least that package 1 takes: nobody wants to watch a run wait for another one."""
_APPLY_SECONDS = 240.0
_SERVICES = (
    *("sagemaker", "servicecatalog", "cloudformation", "s3", "dynamodb", "iam", "logs", "lambda"),
    *("codebuild", "codepipeline", "ec2", "sts", "resourcegroupstaggingapi"),
)


@dataclass
class Room:
    """A local cloud with package 1.

    Attributes:
        handout: what the local cloud hands out.
        work: folder for clones.
        releases: versions that are on offer, oldest first; projects begin with the oldest. Without any they take
            what they are given.

    """

    handout: Handout
    work: Path
    releases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.engineer = self.handout.engineer()
        self.scientist: Clients = self.handout.scientist()
        for service in _SERVICES:  # made here: making a client is not for several threads at once
            self.engineer(service)
        self.scientist("sagemaker")
        self.scientist("servicecatalog")
        self.control = FaultClient(self.handout.endpoint)

    @property
    def region(self) -> str:
        """The region of everything."""
        return self.handout.region

    @cached_property
    def account(self) -> str:
        """The account's number."""
        return str(self.engineer("sts").get_caller_identity()["Account"])

    @property
    def state_bucket(self) -> str:
        """Where states and records are."""
        return f"{NAME.replace('sagemaker', 'ml')}-state-{self.account}-{self.region}"

    @property
    def lock_table(self) -> str:
        """Where locks, leases and owners are."""
        return f"{NAME}-locks"

    @cached_property
    def product(self) -> str:
        """The product's id, as a data scientist finds it."""
        found = self.scientist("servicecatalog").search_products()["ProductViewSummaries"]
        return next(
            str(item["ProductId"]) for item in found if item["Name"] == "Model build with GitHub and Terraform"
        )

    @cached_property
    def artifacts(self) -> dict[str, str]:
        """Ids of the releases, as a data scientist finds them."""
        found = self.scientist("servicecatalog").describe_product(Id=self.product)["ProvisioningArtifacts"]
        return {str(item["Name"]): str(item["Id"]) for item in found}


@contextmanager
def opened(place: Place) -> Iterator[Room]:
    """Start a local cloud, apply package 1, and end both.

    Raises:
        DemoError: package 1 could not be applied.

    """
    rmtree(place.out, ignore_errors=True)
    place.out.mkdir(parents=True)
    children = Children()
    try:
        release = children.start(
            [str(place.python), "-m", "release", "build", "--local", "--out", str(place.out / "release")],
            environment=clean_environment(),
            directory=place.root,
        )
        package = Path(copytree(place.root / "service-catalog-setup", place.out / "package-1"))
        initialization = initialize(place.terraform, package, place.out / "terraform", children)
        cloud = stage.start_cloud(place, children)
        handout = _impatient(stage.wait_for_cloud(place, cloud), place.out / "platform.tfvars.json")
        stage.wait_for(release, "the release")
        first = releases.derive(place.out / "release", place.out / releases.FIRST, releases.FIRST)
        second = releases.with_an_addition(first, place.out / releases.SECOND)
        terraform = Terraform(place.terraform, package, second, handout, retained=(first,))
        stage.wait_for(initialization, "terraform init")
        terraform.take(place.out / "terraform")
        progress = Progress()
        _wait(terraform.apply(children, progress), progress)
        yield Room(handout, place.out, (releases.FIRST, releases.SECOND))
    finally:
        children.end()


def _impatient(handout: Handout, values: Path) -> Handout:
    """The same, with package 1's values in another file: a run does not wait for another one for minutes."""
    given = json.loads(Path(handout.environment["TFVARS"]).read_text(encoding="utf-8"))
    given["runner"] = {"lock_timeout_seconds": LOCK_TIMEOUT_SECONDS}
    values.write_text(json.dumps(given, indent=2), encoding="utf-8")
    return replace(handout, environment=handout.environment | {"TFVARS": str(values)})


def _wait(apply: Child, progress: Progress) -> None:
    """Wait until package 1 is applied."""
    deadline = monotonic() + _APPLY_SECONDS
    while apply.code is None and monotonic() < deadline:
        if progress.failed:
            break
        sleep(0.2)
    if apply.code != 0:
        raise progress.error(apply) if progress.failed or apply.code else DemoError("Package 1 took too long.")
