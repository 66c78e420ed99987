"""One local cloud with package 1, for all tests of a folder; its conftest.py names the fixtures."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo import stage
from demo.children import Children
from demo.cloud import Handout, clean_environment
from demo.platform import Progress, Terraform, initialize
from demo.stage import Place
from tests.journey.canaries import Planted
from tests.journey.clients import Aws, Git, eventually
from tests.journey.world import Platform
from toolchain.locate import prepare

_ROOT = Path(__file__).resolve().parents[2]
_APPLY_SECONDS = 180


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    out = tmp_path_factory.mktemp("journey")
    return Place(_ROOT, out, Path(sys.executable), prepare(_ROOT))


@pytest.fixture(scope="session")
def options(request: pytest.FixtureRequest) -> list[str]:
    """Options of the local cloud, from the command line of the tests."""
    return ["--enforce-iam"] if request.config.getoption("--enforce-iam") else []


def keep_record(cloud: Path, suite: str) -> None:
    """Leave the calls and the policies of all journeys where `make iam` looks for them."""
    build = _ROOT / "build" / "iam" / suite
    build.mkdir(parents=True, exist_ok=True)
    for name in ("calls.jsonl", "policies.jsonl"):
        if (cloud / name).exists():
            shutil.copy(cloud / name, build / name)


@contextmanager
def installed(
    place: Place,
    suite: str,
    options: Sequence[str] = (),
    prepare: Callable[[Handout], dict[str, Any]] = lambda _handout: {},
    *,
    alone: bool = True,
    **variables: Any,
) -> Iterator[Platform]:
    """The local cloud with package 1.

    Args:
        place: where things are; release and packages are those of its checkout.
        suite: under which name `make iam` finds the record of what was called.
        options: of the local cloud.
        prepare: makes in the empty account what package 1 is to find there; further variables of package 1.
        alone: whether no other package 1 comes into the account. Then the CommandRunner acts as this one's role
            for it; an account has one such type, and the role of one starts no instance of the other's runner.
        variables: package 1's, where they differ from those that the local cloud hands out.

    """
    children = Children()
    try:
        release = children.start(
            [sys.executable, "-m", "release", "build", "--local", "--out", str(place.out / "release")],
            environment=clean_environment(),
            directory=place.root,
        )
        # A copy: editing the checkout while the tests run is no difference between apply and plan.
        package = Path(shutil.copytree(place.package, place.out / "package-1"))
        initialization = initialize(place.terraform, package, place.out / "terraform", children)
        cloud = stage.start_cloud(place, children, "--keep-traffic", *options)
        handout = stage.wait_for_cloud(place, cloud)
        planted = Planted(suite, handout, cloud.pid, place.out.parent)
        vary(handout, **variables, **prepare(handout))
        terraform = Terraform(place.terraform, package, place.out / "release", handout)
        stage.wait_for(initialization, "terraform init")
        terraform.take(place.out / "terraform")
        stage.wait_for(release, "the release")
        progress = Progress()
        apply = terraform.apply(children, progress)

        def offered() -> bool:
            if progress.failed or apply.code not in (None, 0):
                pytest.fail(f"{progress.error(apply)}")
            return progress.settled or apply.code == 0

        eventually(offered, _APPLY_SECONDS, "package 1")
        if alone:
            register_command_runner(handout)
        environment = clean_environment(
            **handout.environment,
            GIT_CONFIG_GLOBAL="/dev/null",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_TERMINAL_PROMPT="0",
            **handout.git_credential,
            GIT_AUTHOR_NAME="Data Scientist",
            GIT_AUTHOR_EMAIL="data-scientist@example.org",
            GIT_COMMITTER_NAME="Data Scientist",
            GIT_COMMITTER_EMAIL="data-scientist@example.org",
        )
        watcher = handout.engineer()
        for service in ("sagemaker", "sagemaker-runtime", "codepipeline", "codebuild", "logs"):
            watcher(service)  # made here: making a client is not for several threads at once
        program = handout.directory / "programs" / "aws"
        engineer = Aws(program, environment)
        yield Platform(
            terraform=terraform,
            progress=progress,
            engineer=engineer,
            scientist=Aws(program, environment, profile="data-scientist"),
            watcher=watcher,
            git=Git(handout.git_url, environment),
            account=engineer("sts", "get-caller-identity")["Account"],
            region=handout.region,
            apply=apply,
            pid=cloud.pid,
            planted=planted,
        )
        planted.look_everywhere()
    finally:
        children.end()
        keep_record(place.cloud, suite)


def register_command_runner(handout: Handout) -> None:
    """Register the CommandRunner as package 1's output says: its handlers act as package 1's role for them."""
    name = json.loads(Path(handout.environment["TFVARS"]).read_text()).get("name", "sagemaker-projects")
    iam, cloudformation = handout.engineer()("iam"), handout.engineer()("cloudformation")
    roles = {
        kind: iam.get_role(RoleName=f"{name}-{kind}")["Role"]["Arn"]
        for kind in ("command-runner", "command-runner-log")
    }
    cloudformation.register_type(
        Type="RESOURCE",
        TypeName="AWSUtility::CloudFormation::CommandRunner",
        SchemaHandlerPackage="s3://example/commandrunner.zip",
        ExecutionRoleArn=roles["command-runner"],
        LoggingConfig={"LogRoleArn": roles["command-runner-log"], "LogGroupName": f"/{name}/runner"},
    )


def vary(handout: Handout, **variables: Any) -> None:
    """Let package 1 be applied, and planned, with other values from now on."""
    file = Path(handout.environment["TFVARS"])
    file.write_text(json.dumps(json.loads(file.read_text()) | variables))


@pytest.fixture(scope="session")
def package_1(platform: Platform) -> Platform:
    """The platform with package 1 applied to its end."""
    eventually(lambda: platform.apply.code is not None, _APPLY_SECONDS, "the end of package 1's apply")
    assert platform.apply.code == 0, platform.progress.error(platform.apply)
    return platform
