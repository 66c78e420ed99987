"""What a run is made of: nothing runs that does not have the hash it was released under."""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

FAKES = Path(__file__).resolve().parent / "fakes"


def terraform_archive(machine: Any) -> bytes:
    """A zip with a Terraform (the fake one) of the pinned version."""
    machine.install("terraform", machine.root / "elsewhere", FAKES / "terraform.py")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.write(machine.root / "elsewhere" / "terraform", "terraform")
    return buffer.getvalue()


def without_terraform(machine: Any) -> None:
    (machine.root / "bin" / "terraform").write_text("#!/bin/sh\necho 'Terraform v1.5.0'\n", encoding="utf-8")


@pytest.mark.parametrize("name", ["project_setup", "platform"])
def test_a_tampered_object_is_refused(machine: Any, name: str) -> None:
    path = machine.object_path(machine.settings[f"{name}_key"])
    path.write_bytes(path.read_bytes() + b"#")

    assert machine.run().returncode == 1
    assert "is not what the release says: its SHA-256 is" in machine.record["reason"]
    assert machine.terraform_calls == []


@pytest.mark.parametrize("name", ["project_setup", "platform"])
def test_a_missing_object_is_named(machine: Any, name: str) -> None:
    machine.object_path(machine.settings[f"{name}_key"]).unlink()

    assert machine.run().returncode == 1
    assert machine.settings[f"{name}_key"] in machine.record["reason"]


def test_terraform_of_another_version_is_not_used(machine: Any) -> None:
    without_terraform(machine)
    content = terraform_archive(machine)
    machine.settings["terraform_sha256_linux_amd64"] = hashlib.sha256(content).hexdigest()
    (machine.root / "web").mkdir()
    (machine.root / "web" / "terraform_1.11.4_linux_amd64.zip").write_bytes(content)

    assert machine.run().returncode == 0, machine.log
    [url] = (machine.root / "curl.calls").read_text(encoding="utf-8").split()
    assert url == "https://releases.hashicorp.com/terraform/1.11.4/terraform_1.11.4_linux_amd64.zip"
    assert "apply" in machine.terraform_commands


def test_a_downloaded_terraform_with_another_hash_is_refused(machine: Any) -> None:
    without_terraform(machine)
    (machine.root / "web").mkdir()
    (machine.root / "web" / "terraform_1.11.4_linux_amd64.zip").write_bytes(terraform_archive(machine))

    assert machine.run().returncode == 1
    assert "Nothing of it was run." in machine.record["reason"]
    assert machine.terraform_calls == []


def test_a_download_that_fails_says_what_to_do(machine: Any) -> None:
    without_terraform(machine)

    assert machine.run().returncode == 1
    assert "terraform_mirror_dir" in machine.record["reason"]


def test_a_mirrored_terraform_and_provider_need_no_internet(machine: Any) -> None:
    without_terraform(machine)
    terraform = machine.store("mirror_terraform", "terraform_1.11.4_linux_amd64.zip", terraform_archive(machine))
    machine.settings["mirror_terraform_key"] = terraform["mirror_terraform_key"]
    machine.settings["terraform_sha256_linux_amd64"] = terraform["mirror_terraform_sha256"]
    machine.settings |= machine.store(
        "mirror_provider", "terraform-provider-aws_5.100.0_linux_amd64.zip", b"a provider"
    )

    assert machine.run().returncode == 0, machine.log
    assert not (machine.root / "curl.calls").exists()
    assert {call["config"].rsplit("/", 1)[1] for call in machine.terraform_calls} == {"terraform.rc"}


def test_a_mirror_that_is_gone_is_done_without(machine: Any) -> None:
    """Projects made while there was one are deleted years later: by the pinned download, and by the registry."""
    without_terraform(machine)
    content = terraform_archive(machine)
    (machine.root / "web").mkdir()
    (machine.root / "web" / "terraform_1.11.4_linux_amd64.zip").write_bytes(content)
    machine.settings |= {
        "terraform_sha256_linux_amd64": hashlib.sha256(content).hexdigest(),
        "mirror_terraform_key": "objects/0/terraform_1.11.4_linux_amd64.zip",
        "mirror_provider_key": "objects/0/terraform-provider-aws_5.100.0_linux_amd64.zip",
        "mirror_provider_sha256": "0" * 64,
    }

    assert machine.run().returncode == 0, machine.log
    assert (machine.root / "curl.calls").exists()
    assert {call["config"] for call in machine.terraform_calls} == {None}
    assert "The mirror has no terraform_1.11.4_linux_amd64.zip any more" in machine.log
    assert "it is fetched from registry.terraform.io" in machine.log


@pytest.mark.parametrize("missing", ["terraform", "provider"])
def test_without_mirror_and_internet_the_reason_names_the_mirror(machine: Any, missing: str) -> None:
    machine.settings[f"mirror_{missing}_key"] = f"objects/0/{missing}.zip"
    if missing == "terraform":
        without_terraform(machine)
    machine.scenario = {"init": {"says": "\nError: Failed to query available provider packages\n", "status": 1}}

    assert machine.run().returncode == 1
    assert f"/objects/0/{missing}.zip could not be read: fatal error" in machine.record["reason"]


def test_a_tampered_provider_is_refused(machine: Any) -> None:
    machine.settings |= machine.store(
        "mirror_provider", "terraform-provider-aws_5.100.0_linux_amd64.zip", b"a provider"
    )
    machine.object_path(machine.settings["mirror_provider_key"]).write_bytes(b"another provider")

    assert machine.run().returncode == 1
    assert "is not what the release says" in machine.record["reason"]


def test_a_machine_with_its_own_provider_mirror_keeps_it(machine: Any) -> None:
    machine.environment["TF_CLI_CONFIG_FILE"] = "/machine/own.rc"
    machine.settings |= machine.store(
        "mirror_provider", "terraform-provider-aws_5.100.0_linux_amd64.zip", b"a provider"
    )

    assert machine.run().returncode == 0
    assert {call["config"] for call in machine.terraform_calls} == {"/machine/own.rc"}


def test_a_project_keeps_what_it_is_made_with(machine: Any) -> None:
    """Package 1 replaces its settings' objects with every change of a variable; a deletion comes years later."""
    machine.settings["lock_table"] = "locks"

    made = machine.run("apply")

    assert made.returncode == 0, made.stdout
    bucket = machine.root / "s3" / machine.settings["state_bucket"]
    copies = bucket / "projects" / "p-abc123" / "objects"
    kept = {path.name: path.parent.name for path in copies.rglob("*") if path.is_file()}
    assert set(kept) == {"runner-settings", "runner.tar.gz", "project-setup.tar.gz", "platform.auto.tfvars.json"}
    for name, digest in kept.items():
        assert hashlib.sha256((copies / digest / name).read_bytes()).hexdigest() == digest
    shutil.rmtree(bucket / "objects")
    machine.stands()
    asked = ("delete-pipeline", "list-builds-for-project", "list-pipeline-executions", "list-model-packages")
    machine.scenario = {operation: [""] for operation in asked}

    deleted = machine.run("destroy")

    assert deleted.returncode == 0, deleted.stdout
    assert [path for path in copies.rglob("*") if path.is_file()] == []


def test_what_a_deletion_begins_with_goes_last(machine: Any) -> None:
    """The others fail to go, the release is gone, the deletion comes again: the build has what it needs."""
    assert machine.run().returncode == 0
    copies = machine.object_path("projects/p-abc123/objects")
    needed = {path for path in copies.rglob("*") if path.is_file()}
    older = copies / ("0" * 64) / "runner-settings"
    older.parent.mkdir()
    older.write_text("of an earlier release", encoding="utf-8")
    shutil.rmtree(machine.object_path("objects"))
    machine.stands()
    asked = ("delete-pipeline", "list-builds-for-project", "list-pipeline-executions", "list-model-packages")
    machine.scenario = {operation: [""] for operation in asked}
    machine.environment["FAKE_AWS_REFUSES"] = "--exclude"

    assert machine.run("destroy").returncode == 1

    assert "Deleting the project's copies of what it was made with failed" in machine.log
    assert older.exists()
    assert all(path.exists() for path in needed)

    del machine.environment["FAKE_AWS_REFUSES"]
    assert machine.run("destroy").returncode == 0
    removals = [call[2:] for call in machine.aws_calls if call[:2] == ["s3", "rm"]]
    assert ["--exclude" in call for call in removals][-2:] == [True, False]
    assert [path for path in copies.rglob("*") if path.is_file()] == []


def test_copies_are_made_before_anything_else_is(machine: Any) -> None:
    machine.environment["FAKE_AWS_REFUSES"] = "s3 cp --recursive"

    done = machine.run("apply")

    assert done.returncode != 0
    assert "Keeping copies of what the project is made with failed" in done.stdout
    assert "apply" not in machine.terraform_commands
