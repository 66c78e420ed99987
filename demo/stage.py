"""Step 0 and what comes before it: the local cloud, the release, package 1."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from demo.children import Child, Children
from demo.cloud import Handout, clean_environment
from demo.errors import DemoError
from demo.platform import Progress, Terraform, initialize
from demo.report.model import Span
from demo.scene import Activity, Scene, until

_START_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where things are.

    Attributes:
        root: the checkout.
        out: the demo's own folder; the local cloud's is in it.
        python: the interpreter that runs the children.
        terraform: the Terraform binary.
        foundation: whether everything happens inside the foundation's network, and a database asks the endpoint.

    """

    root: Path
    out: Path
    python: Path
    terraform: Path
    foundation: bool = False

    @property
    def cloud(self) -> Path:
        """The local cloud's folder."""
        return self.out / "cloud"

    @property
    def package(self) -> Path:
        """Package 1."""
        return self.root / "service-catalog-setup"

    @property
    def release(self) -> Path:
        """The release for this machine, which `make package` keeps there too."""
        return self.root / "build" / "release-local"


def start_cloud(place: Place, children: Children, *options: str) -> Child:
    """Start the local cloud on free ports."""
    (place.cloud / "settings.json").unlink(missing_ok=True)
    return _python(place, children, "localcloud", "serve", "--directory", str(place.cloud), *options)


def start_release(place: Place, children: Children) -> Child:
    """Start building the release for this machine."""
    return _python(place, children, "release", "build", "--local", "--out", str(place.release))


def start_init(place: Place, children: Children) -> Child:
    """Start initialising Terraform for package 1; it does not need the local cloud."""
    data = _data(place.out)
    shutil.rmtree(data, ignore_errors=True)
    return initialize(place.terraform, place.package, data, children)


def wait_for_cloud(place: Place, cloud: Child) -> Handout:
    """Wait until the local cloud answers.

    Raises:
        DemoError: it ended, or did not answer in time.

    """
    deadline = monotonic() + _START_SECONDS
    while not answers(place.cloud):
        if cloud.code is not None or monotonic() > deadline:
            raise DemoError("The local cloud did not start.", list(cloud.tail)[-20:])
        sleep(0.1)
    return Handout.read(place.cloud)


def wait_for(child: Child, what: str) -> None:
    """Wait until a child has ended well.

    Raises:
        DemoError: it failed; its last lines are the log.

    """
    while child.code is None:
        sleep(0.05)
    if child.code != 0:
        raise DemoError(f"{what} failed (exit code {child.code}).", list(child.tail)[-20:])


def apply_package(scene: Scene, terraform: Terraform, preparations: dict[str, Child]) -> Activity:
    """Step 0: Terraform applies package 1. The journey goes on as soon as nobody waits for what is left."""
    step = scene.journey.step(0)
    yield from until(lambda: scene.founded)
    scene.journey.start(step, "the release is built, Terraform is initialised")
    for what, child in preparations.items():
        while child.code is None:
            yield
        wait_for(child, what)
        scene.report.spans.append(Span("Preparation", what, child.started, child.ended or child.started))
    terraform.take(_data(scene.folder))
    progress = Progress()
    child = terraform.apply(scene.children, progress)
    while child.code is None:
        scene.journey.note(step, progress.words)
        scene.offered = progress.settled
        if progress.failed:
            break
        yield
    scene.report.spans += progress.spans
    release = json.loads((terraform.release / "release.json").read_text(encoding="utf-8"))
    scene.report.versions |= {
        "release": release["version"],
        "Terraform": progress.version,
        "AWS provider": release["terraform"]["aws_provider_version"],
    }
    if child.code != 0:
        raise progress.error(child)
    scene.offered = True
    scene.journey.finish(step, f"{progress.made} resources; the products are offered to the data scientists' role")


def answers(directory: Path) -> bool:
    """Whether a local cloud runs in this folder."""
    settings = directory / "settings.json"
    if not settings.exists():
        return False
    endpoint = json.loads(settings.read_text(encoding="utf-8"))["endpoint"]
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{endpoint}/_localcloud/health", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (URLError, TimeoutError, ConnectionError, ValueError):
        return False


def _data(out: Path) -> Path:
    """Terraform's plugins, until there is a local cloud that they belong to: it begins with an empty folder."""
    return out / "terraform-data"


def _python(place: Place, children: Children, *arguments: str) -> Child:
    return children.start(
        [str(place.python), "-m", *arguments], environment=clean_environment(), directory=place.root
    )
