"""Which tests share a process when pytest-xdist runs them side by side.

Files stay whole, because their fixtures are expensive. Some folders stay whole too: what they set up once serves
all of their files. (xdist 3.8 hands groups to pytest by a private name that pytest 9.2 no longer has, so
that ``--dist loadgroup`` on its own groups nothing, without a word.)
"""

import os
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

_TOGETHER = ("tests/deployment/", "tests/journey/", "tests/life/", "tests/terraform/service_catalog_setup/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--enforce-iam", action="store_true", help="the journeys' local cloud refuses what IAM would")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Terraform first: its tests are few and long, and a long one that begins last is waited for by everybody.

    What deletes the projects that the others look at comes last.
    """
    items.sort(
        key=lambda item: (
            "terraform" not in item.nodeid.split("::", 1)[0],
            "test_nothing_is_left" in item.nodeid,
        )
    )


class ByFile(LoadScopeScheduling):
    """Hands out whole files, and some folders as one."""

    def _split_scope(self, nodeid: str) -> str:
        folder = next((folder for folder in _TOGETHER if nodeid.startswith(folder)), None)
        return folder or nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def terraform_cli_config() -> Path:
    """Terraform's CLI configuration, as the Makefile prepared it."""
    named = os.environ.get("TF_CLI_CONFIG_FILE", "")
    if not named or not Path(named).is_file():
        pytest.fail(
            "TF_CLI_CONFIG_FILE names no file, so Terraform would not find its provider. "
            'Run these tests through make: make test ARGS="tests/terraform".',
            pytrace=False,
        )
    return Path(named)
