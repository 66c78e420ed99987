"""Code and data are uploaded under the hash of their content."""

import dataclasses
import io
import tarfile

import boto3
import pytest
from botocore.stub import ANY, Stubber
from support import ROOT

from pipeline import bundle


@pytest.fixture
def s3():
    return boto3.client("s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_the_key_depends_on_content_and_names_only():
    first = bundle.Bundle("code", {"a.py": b"1", "b.py": b"2"})

    assert first.digest == bundle.Bundle("code", {"b.py": b"2", "a.py": b"1"}).digest
    assert first.digest != bundle.Bundle("code", {"a.py": b"1", "b.py": b"3"}).digest
    assert first.digest != bundle.Bundle("code", {"a.py": b"1", "c.py": b"2"}).digest


def test_the_archive_is_repeatable_and_holds_every_script():
    source = bundle.code()

    assert source.archive() == source.archive()
    with tarfile.open(fileobj=io.BytesIO(source.archive())) as tar:
        assert tar.getnames() == sorted(file.name for file in (ROOT / "src").glob("*.py"))
        assert {(entry.mtime, entry.uid, entry.mode) for entry in tar} == {(0, 0, 0o644)}


def test_everything_the_definition_points_to_is_uploaded_encrypted(settings, s3):
    prefix = "pipelines/Penguins-p-abc123def456"
    code, data = bundle.code(), bundle.data()
    keys = [f"{prefix}/code/{code.digest}/src/{name}" for name in code.files]
    keys += [f"{prefix}/code/{code.digest}/sourcedir.tar.gz", f"{prefix}/data/{data.digest}/penguins.csv"]
    key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": settings.kms_key_arn}
    with Stubber(s3) as stub:
        for name in keys:
            stub.add_response("put_object", {}, {"Bucket": settings.bucket, "Key": name, "Body": ANY, **key})
        bundle.upload(settings, s3)
        stub.assert_no_pending_responses()


def test_without_a_key_the_bucket_encrypts(settings, s3):
    plain = dataclasses.replace(settings, kms_key_arn=None)
    with Stubber(s3) as stub:
        for _ in range(len(bundle.code().files) + 2):
            stub.add_response("put_object", {}, {"Bucket": settings.bucket, "Key": ANY, "Body": ANY})
        bundle.upload(plain, s3)
