"""Promotion, and what the stage Build hands on."""

import hashlib
import json

import pytest
from support import BUCKET, GROUP, Bucket, Registry, choice, context, described

from deploy import deployment, promotion, stop
from deploy.errors import DeployError, NothingApprovedError
from deploy.package import read
from deploy.promotion import promote

RUN = f"pipelines/{GROUP}/executions/3"


@pytest.fixture
def bucket():
    return Bucket(
        **{
            f"{RUN}/model/model.tar.gz": b"a model",
            f"{RUN}/baseline/statistics.json": b"{}",
            f"{RUN}/baseline/constraints.json": json.dumps({"features": [{"name": "island"}]}).encode(),
            f"{RUN}/evaluation/contract.json": b"{}",
        }
    )


def test_every_file_is_copied_under_the_models_hash(bucket):
    digest = hashlib.sha256(b"a model").hexdigest()

    promoted = promote(context(), bucket, read(described(3)))

    assert promoted.sha256 == digest
    assert promoted.data_url == f"s3://{BUCKET}/deploy/models/3-{digest[:12]}/model.tar.gz"
    assert bucket.objects[promoted.data_url.removeprefix(f"s3://{BUCKET}/")] == b"a model"
    assert promoted.features == ["island"]
    assert all("/deploy/models/" in uri for uri in (promoted.statistics, promoted.constraints, promoted.contract))


def test_promoting_again_writes_nothing(bucket):
    promote(context(), bucket, read(described(3)))
    bucket.written.clear()

    promote(context(), bucket, read(described(3)))

    assert bucket.written == []


@pytest.mark.parametrize("name", ["model.tar.gz", "contract.json", "statistics.json"])
def test_a_file_that_somebody_has_put_there_before_is_not_taken(bucket, name):
    digest = hashlib.sha256(b"a model").hexdigest()
    bucket.objects[f"deploy/models/3-{digest[:12]}/{name}"] = b"another one"

    with pytest.raises(DeployError, match="is another file than"):
        promote(context(), bucket, read(described(3)))


def test_what_is_there_is_never_written_again(bucket, monkeypatch):
    monkeypatch.setattr(promotion, "_there", lambda *_: False)
    promote(context(), bucket, read(described(3)))

    with pytest.raises(DeployError, match="PreconditionFailed"):
        promote(context(), bucket, read(described(3)))


def test_a_large_file_is_written_in_parts(bucket, monkeypatch):
    monkeypatch.setattr(promotion, "PART", 3)

    promoted = promote(context(), bucket, read(described(3)))

    assert bucket.objects[promoted.data_url.removeprefix(f"s3://{BUCKET}/")] == b"a model"
    assert bucket.parts[-1] != b"" and len(bucket.parts) > 1


def test_a_model_file_that_is_gone_is_named():
    with pytest.raises(DeployError, match=r"model\.tar\.gz cannot be read"):
        promote(context(), Bucket(), read(described(3)))


def test_each_environment_gets_what_its_settings_say(bucket, tmp_path):
    registry = Registry(v3="Approved")
    settings = {"staging": {}, "prod": {"model_package_version": 3, "shadow": {"model_package_version": 3}}}

    choices = deployment.decide(context(), settings, registry, bucket)
    deployment.write(context(), choices, tmp_path / "deployment.json")

    assert deployment.read("staging", tmp_path / "deployment.json") == choices["staging"]
    assert deployment.read("prod", tmp_path / "deployment.json").shadow == choices["staging"].package
    with pytest.raises(DeployError, match="resolve dev"):
        deployment.read("dev", tmp_path / "deployment.json")


def test_only_what_every_environment_runs_from_this_commit_is_nothing_new(bucket):
    choices = deployment.decide(context(), {"staging": {}, "prod": {}}, Registry(v3="Approved"), bucket)
    runs = {"package": choices["prod"].package.arn, "deploy_commit": "c" * 40, "current": "k", "verified": ["k"]}

    assert deployment.nothing_new(choices, {"staging": runs, "prod": runs}, "c" * 40)
    assert not deployment.nothing_new(choices, {"staging": runs, "prod": runs}, "d" * 40)
    assert not deployment.nothing_new(choices, {"staging": runs, "prod": None}, "c" * 40)
    assert not deployment.nothing_new(choices, {"staging": runs, "prod": {**runs, "verified": []}}, "c" * 40)
    assert not deployment.nothing_new(choices, {"staging": runs, "prod": {**runs, "package": "other"}}, "c" * 40)


def test_production_gets_what_staging_gets_or_keeps_what_it_has():
    choices = {"staging": choice(2), "prod": choice(1)}

    with pytest.raises(DeployError, match=r"Production would get version 1, which neither runs there .* gets \(2\)"):
        deployment.check_order(choices, {"staging": None, "prod": None})
    with pytest.raises(DeployError, match="Production would get version 1"):
        deployment.check_order(choices, {"staging": None, "prod": {"package": choice(3).package.arn}})
    deployment.check_order(choices, {"staging": None, "prod": {"package": choice(1).package.arn}})
    deployment.check_order({"staging": choice(2), "prod": choice(2)}, {"staging": None, "prod": None})


def test_nothing_to_deploy_stops_the_pipeline_and_fails_by_hand(monkeypatch):
    class Pipelines:
        asked: dict[str, object]

        def stop_pipeline_execution(self, **request):
            type(self).asked = request

    with pytest.raises(NothingApprovedError, match="none"):
        stop.pipeline(context(), "none", print)
    inside = context(pipeline_name="deploy", pipeline_execution_id="e-1")
    monkeypatch.setattr(type(inside), "client", lambda self, service: Pipelines())
    stop.pipeline(inside, "x" * 300, lambda line: None)

    assert Pipelines.asked["pipelineExecutionId"] == "e-1"
    assert Pipelines.asked["abandon"] is False
    assert len(str(Pipelines.asked["reason"])) == 200
