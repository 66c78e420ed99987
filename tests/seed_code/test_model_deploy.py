"""The model-deploy seed: what the deploy repository begins with, and that it works as it is."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
SEED = PROJECT / "seed-code" / "model-deploy" / "repo"


@pytest.fixture(scope="module")
def repository(rendered: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that tests may write to."""
    return Path(shutil.copytree(rendered("model-deploy"), tmp_path_factory.mktemp("copy") / "repository"))


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the repository as its build would: nothing of this project's environment reaches it."""
    kept = ("PATH", "HOME", "TMPDIR", "TF_CLI_CONFIG_FILE", "GOGC")
    clean = {name: os.environ[name] for name in kept if name in os.environ}
    return subprocess.run(
        command,
        cwd=folder,
        env=clean | {"PYTHONDONTWRITEBYTECODE": "1", "CHECKPOINT_DISABLE": "1"} | environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_its_own_tests_pass_offline(repository: Path) -> None:
    nowhere = {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = run(repository, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", **nowhere)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["lint", "format"])
def test_its_own_ruff_is_content(repository: Path, arguments: tuple[str, ...]) -> None:
    if shutil.which("ruff", path=str(Path(sys.executable).parent)) is None:
        pytest.skip("ruff is not installed; make check has it")
    done = run(repository, str(Path(sys.executable).parent / "ruff"), *arguments, "--no-cache", ".")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.terraform
@pytest.mark.parametrize("folder", ["terraform/settings", "terraform"])
def test_its_terraform_makes_what_the_settings_say(
    repository: Path, folder: str, terraform_cli_config: Path
) -> None:
    environ = {"TF_CLI_CONFIG_FILE": str(terraform_cli_config)}
    init = run(repository / folder, "terraform", "init", "-backend=false", "-input=false", "-no-color", **environ)
    assert init.returncode == 0, init.stderr

    done = run(repository / folder, "terraform", "test", "-no-color", **environ)

    assert re.search(r"Success! \d+ passed, 0 failed", done.stdout), done.stdout + done.stderr


BUILD = {
    "SAGEMAKER_PROJECT_NAME": "penguins",
    "SAGEMAKER_PROJECT_ID": "p-abc123def456",
    "MODEL_PACKAGE_GROUP_NAME": "penguins-p-abc123def456",
    "ARTIFACT_BUCKET": "ml-p-abc123def456-111122223333-eu-west-1",
    "AWS_REGION": "eu-west-1",
}


@pytest.mark.terraform
def test_the_build_checks_the_settings_of_every_environment(repository: Path, terraform_cli_config: Path) -> None:
    environ = BUILD | {"TF_CLI_CONFIG_FILE": str(terraform_cli_config)}

    done = run(repository, sys.executable, "-m", "deploy", "check", **environ)
    assert done.returncode == 0, done.stderr
    assert [
        name for name in ("dev", "staging", "prod") if f"environments/{name}.json is right" in done.stderr
    ] == [
        "dev",
        "staging",
        "prod",
    ]

    (repository / "environments" / "dev.json").write_text('{"kind": "edge"}', encoding="utf-8")
    done = run(repository, sys.executable, "-m", "deploy", "check", **environ)
    assert done.returncode == 1
    assert "error: environments/dev.json is not right: Invalid value for variable kind must be" in done.stderr


def test_it_deploys_with_the_terraform_of_the_platform() -> None:
    """Then a mirror holds both, and the local cloud needs no download."""
    pins, platform = SEED / "terraform.toml", PROJECT / "release" / "terraform.toml"
    lock = PROJECT / "sagemaker-project-setup" / ".terraform.lock.hcl"

    assert (SEED / "terraform" / ".terraform.lock.hcl").read_bytes() == lock.read_bytes()
    for line in pins.read_text(encoding="utf-8").splitlines():
        if re.match(r"(version|aws_provider_version|linux_\w+) = ", line):
            assert line in platform.read_text(encoding="utf-8")


def test_what_the_build_installs_is_what_the_local_cloud_has() -> None:
    def pins(file: Path) -> set[str]:
        lines = (line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
        return {line for line in lines if "==" in line}

    here = pins(PROJECT / "requirements" / "test.in") | pins(PROJECT / "requirements" / "demo.in")
    assert pins(SEED / "requirements.txt") <= here


@pytest.mark.parametrize("name", ["buildspec.yml", "buildspec-environment.yml"])
def test_the_buildspecs_are_ones_that_codebuild_takes(repository: Path, name: str) -> None:
    buildspec = yaml.safe_load((repository / name).read_text(encoding="utf-8"))

    assert buildspec["version"] == 0.2
    for phase in buildspec["phases"].values():
        for command in phase["commands"]:
            checked = run(repository, "bash", "-n", "-c", command)
            assert checked.returncode == 0, command + checked.stderr


@pytest.mark.parametrize(("step", "taken"), [("verify", True), ("destroy", True), ("plan", False)])
def test_a_build_of_an_environment_does_what_its_stage_or_a_person_says(
    repository: Path, tmp_path: Path, step: str, taken: bool
) -> None:
    buildspec = yaml.safe_load((repository / "buildspec-environment.yml").read_text(encoding="utf-8"))
    (command,) = buildspec["phases"]["build"]["commands"]
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    python.chmod(0o755)

    path = f"{tmp_path}:{os.environ['PATH']}"
    done = run(repository, "bash", "-c", command, PATH=path, DEPLOY_STEP=step, DEPLOY_ENVIRONMENT="prod")

    assert (done.returncode == 0, done.stdout) == (taken, f"-m deploy {step} prod\n" if taken else "")


def test_the_approval_shows_what_the_build_exports(repository: Path) -> None:
    exported = yaml.safe_load((repository / "buildspec.yml").read_text(encoding="utf-8"))["env"][
        "exported-variables"
    ]
    pipeline = (PROJECT / "sagemaker-project-setup" / "deploy-pipeline.tf").read_text(encoding="utf-8")

    assert set(re.findall(r"#\{Build\.(\w+)\}", pipeline)) == set(exported)
    shown = run(repository, sys.executable, "-m", "deploy.show", "version")
    assert shown.stdout == "-\n", "an execution that is stopped has nothing to show"
