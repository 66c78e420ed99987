"""Where Terraform is told to find the AWS provider."""

import os
from pathlib import Path

import pytest

from toolchain import locate
from toolchain.provider import find_mirror, write_cli_configuration


def mirror(folder: Path) -> Path:
    (folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    return folder


def test_the_folder_that_a_person_names_is_first(tmp_path: Path) -> None:
    named, implied = mirror(tmp_path / "named"), mirror(tmp_path / "home" / ".terraform.d" / "plugins")

    assert find_mirror(tmp_path / "home", {"TF_PROVIDER_MIRROR": str(named)}) == named
    assert find_mirror(tmp_path / "home", {}) == implied


def test_a_folder_without_the_provider_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "empty" / "registry.terraform.io").mkdir(parents=True)
    implied = mirror(tmp_path / "data" / "terraform" / "plugins")
    environment = {"TF_PROVIDER_MIRROR": str(tmp_path / "empty"), "XDG_DATA_HOME": str(tmp_path / "data")}

    assert find_mirror(tmp_path / "home", environment) == implied


def test_a_mirror_is_the_only_source(tmp_path: Path) -> None:
    text = write_cli_configuration(tmp_path / "tools", mirror(tmp_path / "mirror")).read_text()

    assert f'filesystem_mirror {{ path = "{tmp_path / "mirror"}" }}' in text
    assert "direct" not in text
    assert "plugin_cache_dir" not in text


def test_without_a_mirror_the_registry_serves_and_the_checkout_keeps(tmp_path: Path) -> None:
    text = write_cli_configuration(tmp_path / "tools", None).read_text()

    assert f'plugin_cache_dir = "{tmp_path / "tools" / "terraform-providers"}"' in text
    assert (tmp_path / "tools" / "terraform-providers").is_dir()


def test_what_the_makefile_found_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "terraform.rc"
    configuration.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("TERRAFORM", "/tools/terraform")

    assert locate.prepare(tmp_path) == Path("/tools/terraform")
    assert os.environ["TF_CLI_CONFIG_FILE"] == str(configuration)
    assert not (tmp_path / ".tools").exists()


def test_a_configuration_that_is_gone_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "gone"))
    monkeypatch.setenv("TERRAFORM", "/tools/terraform")

    locate.prepare(tmp_path)

    assert os.environ["TF_CLI_CONFIG_FILE"] == str(tmp_path / ".tools" / "terraform.rc")
    assert Path(os.environ["TF_CLI_CONFIG_FILE"]).is_file()
