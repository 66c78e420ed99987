"""The packages of a Lambda archive: which are installed, for what, and what of them is kept."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from release import dependencies
from release.build import LARGEST_LAMBDA, build
from release.dependencies import BuildError, Pruning, Target, install, prune, without_provided

ROOT = Path(__file__).resolve().parents[3]
LOCK = """# made by a tool
boto3==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via something
Python_Dateutil==2.0 \\
    --hash=sha256:cc
urllib3==3.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Records what pip is asked for, and installs one file."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        target = Path(command[command.index("--target") + 1])
        (target / "one").mkdir(parents=True)
        (target / "one/module.py").write_text("")
        (target / "one/tests").mkdir()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dependencies.subprocess, "run", run)
    yield calls


def test_packages_that_lambda_provides_are_not_installed() -> None:
    assert (
        without_provided(LOCK, frozenset({"boto3", "python-dateutil"}))
        == "urllib3==3.0 \\\n    --hash=sha256:dd\n"
    )


def test_aws_packages_are_wheels_for_amazon_linux(tmp_path: Path, pip: list[list[str]]) -> None:
    (tmp_path / "lock.txt").write_text(LOCK)

    install(tmp_path / "lock.txt", Target.aws("arm64"), tmp_path / "cache", Pruning(frozenset(), ()))

    command = pip[0]
    assert command[0] == sys.executable
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version=3.13"} <= set(command)
    assert "--platform=manylinux_2_34_aarch64" in command
    assert not any("x86_64" in part for part in command)


def test_packages_are_installed_once_per_lock_and_target(tmp_path: Path, pip: list[list[str]]) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK)
    pruning = Pruning(frozenset({"boto3"}), ("*/tests",))

    first = install(lock, Target.here(), tmp_path / "cache", pruning)
    again = install(lock, Target.here(), tmp_path / "cache", pruning)
    install(lock, Target.aws("x86_64"), tmp_path / "cache", pruning)
    lock.write_text(LOCK.replace("3.0", "3.1"))
    install(lock, Target.here(), tmp_path / "cache", pruning)

    assert first == again
    assert len(pip) == 3
    assert [path.name for path in first.rglob("*.py")] == ["module.py"]
    assert not (first / "one/tests").exists()


def test_failed_installation_leaves_nothing_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lock.txt").write_text(LOCK)
    failed = subprocess.CompletedProcess([], 1, "", "no matching distribution")
    monkeypatch.setattr(dependencies.subprocess, "run", lambda *_, **__: failed)

    with pytest.raises(BuildError, match="no matching distribution"):
        install(tmp_path / "lock.txt", Target.here(), tmp_path / "cache", Pruning(frozenset(), ()))
    assert list((tmp_path / "cache").iterdir()) == []


def test_pruning_removes_files_and_folders(tmp_path: Path) -> None:
    for path in ("a/tests/x.py", "a/b.pyi", "a/b.py", "a-1.dist-info/RECORD", "a-1.dist-info/METADATA"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")

    prune(tmp_path, ("*/tests", "*.pyi", "*.dist-info/RECORD"))

    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["a-1.dist-info/METADATA", "a/b.py"]


def test_runtime_label_is_one_that_aws_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies.sys, "version_info", (3, 14, 1))
    assert Target.here().runtime == "python3.13"
    monkeypatch.setattr(dependencies.sys, "version_info", (3, 11, 7))
    assert Target.here().runtime == "python3.11"


def test_this_project_builds_and_its_function_stays_small(tmp_path: Path) -> None:
    """The real parts, for this machine: made twice, the second time from the cache, with the same result."""
    lock = ROOT / "sagemaker-project-setup/.terraform.lock.hcl"
    assert lock.is_file(), "package 2 pins its providers"

    first = build(ROOT, tmp_path / "one", Target.here(), ROOT / "build/cache")
    second = build(ROOT, tmp_path / "two", Target.here(), ROOT / "build/cache")

    assert first == second
    archive = tmp_path / "one/lambda-seed-repository.zip"
    assert archive.stat().st_size <= LARGEST_LAMBDA
    with zipfile.ZipFile(archive) as bundle:
        top = {name.split("/")[0] for name in bundle.namelist()}
    assert {"seed_repository", "pydantic_core", "jinja2", "dulwich", "aws_lambda_powertools"} <= top
    assert not top & {"boto3", "botocore", "s3transfer", "tests"}
