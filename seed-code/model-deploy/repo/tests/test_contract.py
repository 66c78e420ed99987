"""Smoke test and contract test."""

import json

import pytest
from botocore.exceptions import ReadTimeoutError
from support import BUCKET, PREDICTIONS, ROWS, Bucket, context, package

from deploy import contract, formats
from deploy.ask import Model
from deploy.context import Context
from deploy.errors import DeployError

KEY = "deploy/models/3-abc/contract.json"


class Endpoint(Model):
    """Answers in every format, with numbers that a test may change per format."""

    def __init__(self, answers=None, kind="realtime"):
        super().__init__(context(), kind, "endpoint", "model", "ml.m5.large")
        self.answers = answers or {}
        self.asked = []

    def ask(self, body, content_type, accept):
        self.asked.append((content_type, body))
        numbers = self.answers.get(accept, PREDICTIONS)
        if accept == "application/json":
            return json.dumps({"predictions": numbers}).encode()
        if accept == "text/csv":
            return "".join(f"{number}\n" for number in numbers).encode()
        return "".join(json.dumps({"prediction": number}) + "\n" for number in numbers).encode()


@pytest.fixture
def bucket():
    return Bucket(**{KEY: json.dumps({"instances": ROWS, "predictions": PREDICTIONS}).encode()})


def test_a_model_that_answers_alike_in_every_format_passes(bucket):
    endpoint = Endpoint()

    contract.check(endpoint, package(), bucket, lambda line: None)

    assert [kind for kind, _ in endpoint.asked] == list(formats.KNOWN)
    assert json.loads(endpoint.asked[0][1]) == {"instances": ROWS}
    assert endpoint.asked[2][1] == b"bill_length_mm,island\n39.1,Torgersen\n46.5,Dream\n"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"text/csv": [1.0, 2.0]}, "row 0 is answered with 1.0, the trained model says 3750.25"),
        ({"application/json": [3750.25]}, "2 rows were sent and 1 predictions came back"),
        ({"text/csv": [float("nan"), 1.0]}, "nan is no prediction"),
        ({"application/json": [None, None]}, "None is no prediction"),
        ({"application/json": [4000.0, 4000.0]}, "the trained model says"),
    ],
)
def test_an_answer_that_is_not_right_is_told(bucket, answers, reason):
    with pytest.raises(DeployError, match=reason):
        contract.check(Endpoint(answers), package(), bucket, lambda line: None)


def test_without_a_contract_the_sample_is_asked_and_formats_are_compared():
    sample = Bucket(**{"sample.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS).encode()})
    given = package(contract=None, sample=f"s3://{BUCKET}/sample.jsonl")
    said: list[str] = []

    contract.check(Endpoint(), given, sample, said.append)
    assert "formats were compared only" in said[-1]
    with pytest.raises(DeployError, match="row 1"):
        contract.check(Endpoint({"text/csv": [PREDICTIONS[0], 1.0]}), given, sample, said.append)


def test_without_anything_to_ask_it_is_said_what_to_register():
    with pytest.raises(DeployError, match="names no sample"):
        contract.check(Endpoint(), package(contract=None), Bucket(), print)


@pytest.mark.parametrize("field", ["contract", "sample"])
def test_no_rows_are_no_test(field):
    empty = json.dumps({"instances": [], "predictions": []}).encode() if field == "contract" else b"\n"
    given = package(**{"contract": None, "sample": None, field: f"s3://{BUCKET}/empty"})

    with pytest.raises(DeployError, match="has no rows"):
        contract.check(Endpoint(), given, Bucket(empty=empty), print)


def test_a_format_that_nobody_knows_is_refused(bucket):
    with pytest.raises(DeployError, match=r"image/png: deploy/formats\.py knows none"):
        contract.check(Endpoint(), package(content_types=["image/png"]), bucket, print)


def test_an_answer_that_is_no_answer_is_shown():
    with pytest.raises(DeployError, match="<html>"):
        formats.predictions(b"<html>", "application/json")


def test_a_batch_is_asked_once(bucket):
    endpoint = Endpoint(kind="batch")

    contract.check(endpoint, package(), bucket, lambda line: None)

    assert [kind for kind, _ in endpoint.asked] == ["text/csv"]


@pytest.mark.parametrize("content", [b"[]", b"{}", b"no json", b'{"instances": []}'])
def test_a_contract_that_is_none_is_told(content):
    with pytest.raises(DeployError, match=r"contract.json is no file of rows to ask with"):
        contract.check(Endpoint(), package(), Bucket(**{KEY: content}), lambda line: None)


def test_a_model_that_never_answers_has_failed_the_test(bucket, monkeypatch):
    class Hanging:
        def invoke_endpoint(self, **request):
            raise ReadTimeoutError(endpoint_url="https://runtime.sagemaker")

    monkeypatch.setattr(Context, "environment_client", lambda self, service: Hanging())

    with pytest.raises(DeployError, match="endpoint did not answer: Read timeout"):
        contract.check(Model(context(), "realtime", "endpoint", "model", "ml.m5.large"), package(), bucket)


class Transforms:
    """Takes a transform job, which is completed at once."""

    def create_transform_job(self, **request):
        self.request = request

    def describe_transform_job(self, TransformJobName):
        return {"TransformJobStatus": "Completed"}


@pytest.mark.parametrize(
    ("key", "encrypt_volume", "expected"),
    [("arn:key", True, {"VolumeKmsKeyId": "arn:key"}), ("arn:key", False, {}), (None, True, {})],
)
def test_a_transforms_disk_has_the_key_unless_the_instance_brings_its_own(monkeypatch, key, encrypt_volume, expected):
    transforms = Transforms()
    monkeypatch.setattr(Context, "environment_client", lambda self, service: transforms)
    where = context(environment_kms_key_arn=key)
    model = Model(where, "batch", None, "model", "ml.m5.large", encrypt_volume=encrypt_volume)

    assert model.transform("x", "s3://a", "s3://b", "text/csv", "text/csv") == f"{where.prefix}-x"
    assert transforms.request["TransformResources"] == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        **expected,
    }
