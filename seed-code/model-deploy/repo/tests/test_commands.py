"""The context, the toolchain, and how a command ends."""

import hashlib
import json
import tomllib
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest
from support import BUCKET, Bucket, choice

from deploy import __main__ as commands
from deploy import context, deployment, records, settings, toolchain
from deploy.errors import DeployError

BUILD = {
    "SAGEMAKER_PROJECT_NAME": "penguins",
    "SAGEMAKER_PROJECT_ID": "p-abc123",
    "MODEL_PACKAGE_GROUP_NAME": "penguins-p-abc123",
    "ARTIFACT_BUCKET": BUCKET,
    "AWS_REGION": "eu-west-1",
    "DEPLOY_ENVIRONMENT": "prod",
}


def test_the_build_gives_everything():
    found = context.load(
        BUILD
        | {
            "DEPLOY_TARGET_ROLE_ARN": "arn:aws:iam::111122223333:role/target",
            "DEPLOY_EXTERNAL_ID": "sagemaker-projects",
            "DEPLOY_SUBNET_IDS": "subnet-1,subnet-2",
        }
    )

    assert found.prefix == "ml-p-abc123-prod"
    assert found.data_uri == f"s3://{BUCKET}/deploy/prod"
    assert found.target == context.Target("arn:aws:iam::111122223333:role/target", "sagemaker-projects")
    assert found.subnet_ids == ("subnet-1", "subnet-2")
    assert context.load(BUILD, "dev").folder == "deploy/dev"


@pytest.mark.parametrize("name", ["ARTIFACT_BUCKET", "SAGEMAKER_PROJECT_ID", "AWS_REGION"])
def test_a_variable_that_is_missing_is_named(name, capsys):
    assert commands.main(["test", "staging"], {**BUILD, name: ""}) == 1
    assert f"the variable {name} is not set" in capsys.readouterr().err


def test_an_environment_that_is_none_is_refused():
    with pytest.raises(DeployError, match="dev, staging, prod"):
        context.load({**BUILD, "DEPLOY_ENVIRONMENT": "production"})


def test_every_environment_has_settings_that_can_be_read():
    for name in context.ENVIRONMENTS:
        assert settings.read(name)["kind"] in {"realtime", "serverless", "async", "batch"}


def test_settings_that_are_no_json_are_named(tmp_path):
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.json").write_text("{")

    with pytest.raises(DeployError, match=r"environments/dev\.json cannot be read"):
        settings.read("dev", tmp_path)


@pytest.fixture
def pinned(tmp_path, monkeypatch):
    """A mirror with an archive, and pins that fit it."""
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("terraform", "#!/bin/sh\necho 'Terraform v1.2.3'\n")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    pins = f'version = "1.2.3"\naws_provider_version = "5.100.0"\n[sha256]\nlinux_amd64 = "{digest}"\n'
    (tmp_path / "terraform.toml").write_text(pins)
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    monkeypatch.setattr(toolchain.platform, "machine", lambda: "x86_64")
    mirror = Bucket(**{"objects/1/terraform_1.2.3_linux_amd64.zip": archive.read_bytes()})
    mirror.objects["objects/2/terraform-provider-aws_5.100.0_linux_amd64.zip"] = b"a provider"
    mirror.download_file = lambda bucket, key, file: Path(file).write_bytes(mirror.objects[key])
    return mirror


MIRROR = {
    "TERRAFORM_ARCHIVE": "s3://state/objects/1/terraform_1.2.3_linux_amd64.zip",
    "TERRAFORM_PROVIDER_ARCHIVE": "s3://state/objects/2/terraform-provider-aws_5.100.0_linux_amd64.zip",
    "PATH": "/nowhere",
}


def test_terraform_and_its_provider_come_from_the_mirror(pinned, tmp_path):
    binary, variables = toolchain.install(MIRROR, pinned, tmp_path / "tools")

    assert Path(binary).stat().st_mode & 0o111
    assert str(tmp_path / "tools" / "mirror") in Path(variables["TF_CLI_CONFIG_FILE"]).read_text()


def test_a_terraform_of_the_pinned_version_on_the_path_is_taken(pinned, tmp_path):
    binary, _ = toolchain.install(MIRROR, pinned, tmp_path / "tools")
    found, variables = toolchain.install(
        {"PATH": f"{Path(binary).parent}:/bin", "TF_CLI_CONFIG_FILE": "own"}, pinned, tmp_path / "other"
    )

    assert (found, variables) == (binary, {})


def test_another_archive_than_the_pinned_one_is_not_run(pinned, tmp_path):
    pinned.objects["objects/1/terraform_1.2.3_linux_amd64.zip"] += b"x"

    with pytest.raises(DeployError, match=r"is not what terraform\.toml says"):
        toolchain.install(MIRROR, pinned, tmp_path / "tools")
    assert not (tmp_path / "tools" / "terraform").exists()


def test_the_pins_fit_the_lock_file():
    pins = tomllib.loads((context.ROOT / "terraform.toml").read_text())
    lock = (context.ROOT / "terraform" / ".terraform.lock.hcl").read_text()

    assert f'version     = "{pins["aws_provider_version"]}"' in lock


def test_the_settings_reach_the_module_that_checks_them(tmp_path):
    class Recorder:
        calls: ClassVar[list[tuple[str, ...]]] = []

        def at(self, folder, data):
            assert folder == tmp_path / "terraform" / "settings"
            return self

        def run(self, command, *arguments, what):
            self.calls.append((command, *arguments))
            for argument in arguments:
                if argument.startswith("-var-file="):
                    values = json.loads(Path(argument.removeprefix("-var-file=")).read_text())
                    assert values == {"settings": {"kind": "async"}, "given": {"kind": "async"}}

    settings.check({"kind": "async"}, "dev", Recorder(), tmp_path)

    assert [call[0] for call in Recorder.calls] == ["init", "plan"]


def test_what_still_runs_without_an_approved_version_is_told():
    runs = {"package": "arn:aws:sagemaker:eu-west-1:111122223333:model-package/penguins/1"}

    assert commands._still({"staging": runs, "prod": runs}) == "Still running: version 1 in staging, 1 in prod. "
    assert commands._still({"staging": None, "prod": None}) == ""


def test_choosing_for_dev_asks_nothing_about_the_pipelines_environments(monkeypatch, capsys):
    written = []
    monkeypatch.setattr(context.Context, "client", lambda self, service: service)
    monkeypatch.setattr(records, "live", lambda *_: pytest.fail("people may read nothing of staging and production"))
    monkeypatch.setattr(deployment, "decide", lambda where, chosen, *_: {name: choice(2) for name in chosen})
    monkeypatch.setattr(deployment, "write", lambda where, choices, note: written.append((list(choices), note)))

    assert commands.main(["resolve", "dev"], BUILD) == 0
    assert written == [(["dev"], "")]
    assert "dev: version 2, commit" in capsys.readouterr().err
