"""A machine for the runner: its scripts, a release in a bucket, and fake tools on PATH."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runner.fakes.forked import CALLER

REPOSITORY = Path(__file__).resolve().parents[3]
RUNNER = REPOSITORY / "service-catalog-setup" / "runner"
FAKES = Path(__file__).resolve().parent / "fakes"
BUCKET = "ml-projects-state-111122223333-eu-west-1"
FORKED = ("aws", "curl")
_RUNNING: list[subprocess.Popen[str]] = []
PARAMETERS = {
    "SageMakerProjectName": "Churn",
    "SageMakerProjectId": "p-abc123",
    "GitRepoName": "my-team/churn",
    "GitBranchName": "main",
    "GitRepoURL": "",
    "CodeStarConnectionArn": (
        "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
    ),
    "Stack": "arn:aws:cloudformation:eu-west-1:111122223333:stack/SC-111122223333-pp-abc/11111111-2222",
}


@cache
def forked_fakes() -> int:
    """Start the process that runs the fakes, once; its port. It ends with this process."""
    process = subprocess.Popen(
        [sys.executable, "-S", str(FAKES / "forked.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    _RUNNING.append(process)
    return int(process.stdout.readline())


@dataclass
class Machine:
    """One instance of the CommandRunner, with everything outside it faked."""

    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=lambda: dict(PARAMETERS))
    scenario: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root.mkdir(exist_ok=True)
        (self.root / "tmp").mkdir()
        (self.root / "runner.tar.gz").write_bytes(b"a runner")
        self.settings = {
            "name": "sagemaker-projects",
            "region": "eu-west-1",
            "state_bucket": BUCKET,
            "lock_table": "sagemaker-projects-locks",
            "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
            "log_group": "/sagemaker-projects/runner",
            "release_version": "1.0.0",
            "product": "model-build",
            "github_base_url": "https://github.com",
            "github_api_url": "https://api.github.com",
            "github_secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:projects/github-AbCdEf",
            **self.store("project_setup", "project-setup.tar.gz", archive({"main.tf": "# package 2\n"})),
            **self.store("platform", "platform.auto.tfvars.json", b'{"platform": {"name": "sagemaker-projects"}}'),
            "terraform_version": "1.11.4",
            "terraform_sha256_linux_amd64": "0" * 64,
            "mirror_terraform_key": "",
            "mirror_provider_key": "",
            "mirror_provider_sha256": "",
        }
        for name in ("aws", "terraform", "curl"):
            self.install(name, self.root / "bin")

    def install(self, name: str, folder: Path, source: Path | None = None) -> None:
        """Put a fake tool into a folder of PATH."""
        folder.mkdir(exist_ok=True)
        tool = folder / name
        if source is None and name in FORKED and Path("/proc/self/fd").exists():
            text = CALLER.format(port=forked_fakes(), name=name)
        else:
            text = f'#!/bin/sh\nexec "{sys.executable}" -S "{source or FAKES / f"{name}.py"}" "$@"\n'
        tool.write_text(text, encoding="utf-8")
        tool.chmod(0o755)

    def store(self, name: str, file: str, content: bytes) -> dict[str, str]:
        """Put an object into the bucket under its hash; the settings that name it."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.object_path(f"objects/{digest}/{file}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {f"{name}_key": f"objects/{digest}/{file}", f"{name}_sha256": digest}

    def object_path(self, key: str) -> Path:
        return self.root / "s3" / BUCKET / key

    def write_inputs(self) -> None:
        (self.root / "scenario.json").write_text(json.dumps(self.scenario), encoding="utf-8")
        (self.root / "settings").write_text(
            "".join(f"{key}={value}\n" for key, value in self.settings.items()), encoding="utf-8"
        )
        (self.root / "parameters").write_text(
            "".join(
                f"{name}={base64.b64encode(value.encode()).decode()}\n" for name, value in self.parameters.items()
            ),
            encoding="utf-8",
        )

    @property
    def process_environment(self) -> dict[str, str]:
        path = f"{self.root / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {
            "PATH": path,
            "FAKE_ROOT": str(self.root),
            "HOME": str(self.root),
            "TMPDIR": str(self.root / "tmp"),
            **self.environment,
        }

    def run(self, action: str = "apply") -> subprocess.CompletedProcess[str]:
        """Run runner.sh as the bootstrap would."""
        self.write_inputs()
        return subprocess.run(
            ["bash", str(RUNNER / "runner.sh"), action, "settings", "parameters", "output"],
            cwd=self.root,
            env=self.process_environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=60,
        )

    def bash(self, script: str, *arguments: str | bytes) -> bytes:
        """Run a piece of bash in the runner's folder; its output."""
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail; export LC_ALL=C; {script}", "bash", *arguments],
            cwd=RUNNER,
            env=self.process_environment,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout

    @property
    def output(self) -> str | None:
        """What the run left for CloudFormation."""
        path = self.root / "output"
        return path.read_text(encoding="utf-8") if path.exists() else None

    @property
    def record(self) -> dict[str, Any]:
        """The one run record that was written."""
        [path] = (self.root / "s3" / BUCKET / "projects").glob("*/runs/*.json")
        return {
            "key": str(path.relative_to(self.root / "s3" / BUCKET)),
            **json.loads(path.read_text(encoding="ascii")),
        }

    def stands(self, release: str = "1.0.0", **owner: str) -> None:
        """The project was applied before: there is a state with resources, and the owner says so."""
        (self.root / "state").write_text('{"resources": [{"mode": "managed"}]}', encoding="utf-8")
        path = self.object_path("projects/p-abc123/terraform.tfstate")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")
        content = self.settings["project_setup_sha256"] if release else ""
        self.lock("owner", **{"Stack": self.parameters["Stack"], "Release": release, "Content": content, **owner})

    def lock(self, name: str, **attributes: str) -> None:
        """Put an item of the project into the lock table."""
        key = f"{BUCKET}/projects/p-abc123/{name}"
        item = {name: {"S": value} for name, value in {"LockID": key, **attributes}.items() if value}
        file = self.root / "locks.json"
        items = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(json.dumps({**items, key: item}), encoding="utf-8")

    @property
    def locks(self) -> dict[str, dict[str, str]]:
        """The project's items in the lock table, by the last part of their name."""
        file = self.root / "locks.json"
        items = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return {
            key.rsplit("/", 1)[1]: {name: value["S"] for name, value in item.items()}
            for key, item in items.items()
        }

    @property
    def events(self) -> list[dict[str, Any]]:
        return [entry for line in self._lines("events") for entry in json.loads(line)]

    @property
    def log(self) -> str:
        """All messages in the log group, in order."""
        return "\n".join(event["message"] for batch in self.log_batches for event in batch["events"])

    @property
    def log_batches(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("log.batches")]

    @property
    def aws_calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self._lines("aws.calls")]

    @property
    def terraform_calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("terraform.calls")]

    @property
    def terraform_commands(self) -> list[str]:
        return [call["arguments"][0] for call in self.terraform_calls]

    def _lines(self, name: str) -> list[str]:
        path = self.root / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def archive(files: dict[str, str]) -> bytes:
    """A tar.gz with the given texts."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture
def quick(machine: Any) -> Any:
    """A machine on which sleeping takes no time."""
    (machine.root / "sleep.py").write_text("", encoding="utf-8")
    machine.install("sleep", machine.root / "bin", machine.root / "sleep.py")
    machine.settings["lock_timeout_seconds"] = "20"
    return machine
