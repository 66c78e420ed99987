"""Package 1: Terraform's run, followed resource by resource."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from demo.children import Child, Children
from demo.cloud import Handout, clean_environment
from demo.errors import DemoError
from demo.report.model import Span, State

# The provider always waits 55 s after writing these rules; nothing depends on them, and the journey goes on. Nor
# does it wait for the last resource, which only keeps package 1 from being destroyed under its projects.
_RULES = "aws_s3_bucket_lifecycle_configuration"
_WAITED_FOR_BY_NOBODY = (_RULES, "aws_lambda_invocation.guard")
LANE = "Terraform, package 1"
PRODUCTS = ("model-build", "model-build-deploy")
WAITING = "the provider waits out its 55 s for lifecycle rules"


@dataclass(frozen=True)
class Terraform:
    """Where Terraform is, and where it keeps what belongs to package 1.

    Attributes:
        products: keys of the products to offer; without any, what the variables' file or package 1's default says.
        values: a file with further variables, for example those that the foundation hands over.
        retained: folders of older releases that stay on offer.

    """

    binary: Path
    package: Path
    release: Path
    handout: Handout
    products: tuple[str, ...] = ()
    values: Path | None = None
    retained: tuple[Path, ...] = ()

    @property
    def state(self) -> Path:
        """The folder of state and plugins, beside the local cloud that the state describes."""
        return Path(self.handout.environment["DEPLOY_STATE"])

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Terraform is the platform engineer."""
        return clean_environment(
            **self.handout.environment,
            TF_DATA_DIR=str(self.state / "data"),
            TF_IN_AUTOMATION="1",
            TF_VAR_github_token=self.handout.environment["GITHUB_TOKEN"],
        )

    def take(self, data: Path) -> None:
        """Take over the folder that ``initialize`` has filled."""
        self.state.mkdir(parents=True, exist_ok=True)
        data.rename(self.state / "data")

    def apply(self, children: Children, progress: "Progress") -> Child:
        """Start ``terraform apply``, whose messages go to ``progress``."""
        return children.start(
            [
                *(str(self.binary), f"-chdir={self.package}", "apply", "-json", "-input=false", "-auto-approve"),
                *self.arguments,
            ],
            environment=self.environment,
            directory=self.package,
            on_line=progress.read,
            patience=2.0,  # what it makes lives in the local cloud's memory, which ends too
        )

    @property
    def arguments(self) -> list[str]:
        """State and variables, as ``plan`` and ``apply`` take them."""
        return [
            f"-state={self.state / 'terraform.tfstate'}",
            f"-var-file={self.handout.environment['TFVARS']}",
            *([f"-var-file={self.values}"] if self.values else []),
            f"-var=release_dir={self.release}",
            *([f"-var=products={json.dumps({key: {} for key in self.products})}"] if self.products else []),
            # Terraform loads a record of this checkout's numbered releases by itself; they are AWS's.
            f"-var=retained_release_dirs={json.dumps([str(folder) for folder in self.retained])}",
            "-var=deprecated_releases=[]",
        ]


def initialize(binary: Path, package: Path, data: Path, children: Children) -> Child:
    """Start ``terraform init`` into a folder of its own: it needs no cloud, and the checkout stays as it is."""
    return children.start(
        [str(binary), f"-chdir={package}", "init", "-input=false", "-no-color", "-lockfile=readonly"],
        environment=clean_environment(TF_DATA_DIR=str(data), TF_IN_AUTOMATION="1"),
        directory=package,
        patience=2.0,
    )


class Progress:
    """What ``terraform apply -json`` has said so far (Terraform's machine-readable UI, version 1).

    Attributes:
        version: of Terraform.

    """

    def __init__(self, lane: str = LANE) -> None:
        self._lane = lane
        self._lock = Lock()
        self._planned: set[str] = set()
        self._began: dict[str, datetime] = {}
        self._spans: dict[str, Span] = {}
        self._errors: list[str] = []
        self._applying = False
        self.version = ""

    def read(self, line: str) -> None:
        """Take in one line of output."""
        try:
            message = json.loads(line)
        except ValueError:
            return  # a plugin's own words; the child's tail keeps them
        with self._lock:
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        resource = message.get("hook", {}).get("resource", {})
        if kind == "version":
            self.version = message["terraform"]
        elif kind == "planned_change":
            change = message["change"]
            if change["action"] != "delete":
                self._planned.add(change["resource"]["addr"])
        elif kind == "change_summary" and message["changes"].get("operation") == "plan":
            self._applying = True
        elif kind == "apply_start":
            self._began[resource["addr"]] = _time(message)
        elif kind in ("apply_complete", "apply_errored"):
            self._end(resource["addr"], _time(message), failed=kind == "apply_errored")
        elif kind == "diagnostic" and message["diagnostic"]["severity"] == "error":
            diagnostic = message["diagnostic"]
            words = [diagnostic.get("address"), diagnostic.get("summary"), diagnostic.get("detail")]
            self._errors.append(": ".join(" ".join(word.split()) for word in words if word))

    def _end(self, address: str, ended: datetime, *, failed: bool) -> None:
        state = State.FAILED if failed else State.SUCCEEDED
        waits = "Terraform's AWS provider waits 55 s here, always" if _RULES in address else ""
        self._spans[address] = Span(self._lane, address, self._began.get(address, ended), ended, state, waits)

    @property
    def settled(self) -> bool:
        """Whether everything is made that anybody could wait for."""
        with self._lock:
            open_ = self._planned - self._spans.keys()
            return self._applying and all(address.startswith(_WAITED_FOR_BY_NOBODY) for address in open_)

    @property
    def words(self) -> str:
        """How far it is."""
        with self._lock:
            if not self._applying:
                return "Terraform plans"
            made = len(self._planned & self._spans.keys())
            running = [address for address in self._began if address not in self._spans]
            if running and all(address.startswith(_RULES) for address in running):
                return f"{made} of {len(self._planned)} resources; {WAITING}"
            return f"{made} of {len(self._planned)} resources"

    @property
    def failed(self) -> bool:
        """Whether Terraform has named an error: it still waits for what runs, the journey does not."""
        with self._lock:
            return bool(self._errors)

    @property
    def made(self) -> int:
        """Number of resources made."""
        with self._lock:
            return len(self._planned & self._spans.keys())

    @property
    def spans(self) -> list[Span]:
        """The resources, as spans."""
        with self._lock:
            return sorted(self._spans.values(), key=lambda span: span.started)

    def error(self, child: Child, what: str = "Package 1") -> DemoError:
        """Why Terraform failed."""
        with self._lock:
            reason = self._errors[0] if self._errors else f"Terraform ended with exit code {child.code}."
        return DemoError(f"{what} could not be applied. {reason}", _readable(child))


def _readable(child: Child) -> list[str]:
    lines = []
    for line in child.tail:
        try:
            lines.append(json.loads(line)["@message"])
        except (ValueError, KeyError):
            lines.append(line)
    return lines[-20:]


def _time(message: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(message["@timestamp"])
