"""A git host, AWS in memory, and a small seed: what every test of the seed function starts from."""

import json
import logging
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3
from moto import mock_aws
from seed_repository.events import SeedResult, parse_request
from seed_repository.retry import Patience
from seed_repository.service import SeedService
from seed_repository.settings import Settings
from seed_repository.transport import Deadline

from release.archives import sha256, zip_archive
from release.build import seed_entries
from tests.unit.clients import REGION, client
from tests.unit.seed_repository.git_server import TOKEN, GitServer, git, running
from tests.unit.seed_repository.github_server import APP_ID, PRIVATE_KEY, GitHubServer, running_github

EVENTS = Path(__file__).parent / "events"
BUCKET = "sagemaker-projects-111122223333-eu-west-1"

SEED_TOML = """
name = "example"
description = "A small seed"
templates = ["README.md", "docs/**"]

[placeholders.project_name]
description = "Name of the project"
"""


@pytest.fixture(autouse=True)
def _no_credentials_but_these(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture
def seed_folder(tmp_path: Path) -> Path:
    """A seed with one of each: a template, a verbatim file, a binary, an executable, a link, a name to render."""
    repo = tmp_path / "seed" / "repo"
    (repo / "docs").mkdir(parents=True)
    (repo / "src/@{ project_id }@").mkdir(parents=True)
    (repo.parent / "seed.toml").write_text(SEED_TOML, encoding="utf-8")
    (repo / "README.md").write_text("# @{ project_name }@\n\nTrained in @{ region }@.\n", encoding="utf-8")
    (repo / "docs/größe 日本.md").write_text("@{ project_id }@\n", encoding="utf-8")
    (repo / "src/@{ project_id }@/model.py").write_text('TEMPLATE = "@{ kept }@ ${{ kept }} {{ kept }}"\n')
    (repo / "image.bin").write_bytes(bytes(range(256)) * 4)
    (repo / "empty").write_bytes(b"")
    (repo / "run.sh").write_text("#!/bin/sh\nexit 0\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "latest").symlink_to("docs/größe 日本.md")
    return repo.parent


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[GitServer]:
    with running(GitServer(tmp_path / "repositories")) as server:
        yield server


@dataclass
class World:
    """Everything around the seed function."""

    server: GitServer
    s3: Any
    secrets: Any
    event: dict[str, Any]
    slept: list[float] = field(default_factory=list)

    def upload(self, folder: Path) -> None:
        content = zip_archive(seed_entries(folder))
        digest = sha256(content)
        key = f"objects/{digest}/seed-example.zip"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        self.event["seed"].update(bucket=BUCKET, key=key, sha256=digest)

    def point_at(self, full_name: str) -> None:
        self.event["repository"].update(full_name=full_name, url=f"{self.server.url}/{full_name}")

    def store_token(self, token: str) -> None:
        self.secrets.put_secret_value(
            SecretId=self.event["credential"]["secret_arn"], SecretString=json.dumps({"token": token})
        )

    def store_app(self, installation: int | None = None, **changed: Any) -> None:
        app = {"app_id": APP_ID, "installation_id": installation, "private_key": PRIVATE_KEY, **changed}
        self.secrets.put_secret_value(
            SecretId=self.event["credential"]["secret_arn"], SecretString=json.dumps({"github_app": app})
        )

    def service(self, *, seconds: float = 60.0, **settings: Any) -> SeedService:
        configured = Settings(**settings)
        patience = Patience(configured.attempts, Deadline(seconds), self.slept.append, lambda: 0.0)
        return SeedService(
            s3=self.s3,
            secrets=self.secrets,
            pool=urllib3.PoolManager(),
            settings=configured,
            patience=patience,
            log=logging.getLogger("seed-test"),
        )

    def seed(self, **options: Any) -> SeedResult:
        return self.service(**options).seed(parse_request(self.event))

    def commits(self, full_name: str, branch: str = "main") -> list[str]:
        return git("rev-list", branch, cwd=self.server.path(full_name)).stdout.split()

    def tree(self, full_name: str, branch: str = "main") -> str:
        return git("rev-parse", f"{branch}^{{tree}}", cwd=self.server.path(full_name)).stdout.strip()


@pytest.fixture
def world(git_server: GitServer, seed_folder: Path) -> Iterator[World]:
    """A git host without repositories, the uploaded seed, and an event that asks to seed acme/churn."""
    with mock_aws():
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        secrets = client("secretsmanager")
        arn = secrets.create_secret(Name="sagemaker-projects/github", SecretString=json.dumps({"token": TOKEN}))[
            "ARN"
        ]
        event = json.loads((EVENTS / "create.json").read_text(encoding="utf-8"))
        event["host"] = {"base_url": git_server.url, "api_url": f"{git_server.url}/api/v3"}
        event["credential"]["secret_arn"] = arn
        world = World(git_server, s3, secrets, event)
        world.point_at("acme/churn")
        world.upload(seed_folder)
        yield world


@pytest.fixture
def github(world: World, tmp_path: Path) -> Iterator[GitHubServer]:
    """The local cloud's GitHub, at which the world's event points from now on."""
    with running_github(tmp_path / "github") as server:
        world.event["host"] = {"base_url": server.url, "api_url": f"{server.url}/api/v3"}
        world.event["repository"].update(full_name="acme/churn", url=f"{server.url}/acme/churn")
        yield server


@pytest.fixture
def native_tree(tmp_path: Path) -> Callable[[Path], str]:
    """The tree id that native git computes for a folder of files."""

    def compute(folder: Path) -> str:
        work = tmp_path / "native"
        shutil.copytree(folder, work, symlinks=True)
        git("init", "-q", str(work))
        git("add", "--all", "--force", cwd=work)
        return git("write-tree", cwd=work).stdout.strip()

    return compute


@pytest.fixture
def fsck() -> Callable[[Path], subprocess.CompletedProcess[str]]:
    def check(repository: Path) -> subprocess.CompletedProcess[str]:
        return git("fsck", "--strict", "--no-dangling", cwd=repository, check=False)

    return check
