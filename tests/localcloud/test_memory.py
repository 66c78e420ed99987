"""What is deleted is not remembered. In a process of its own: the change to moto is for good."""

import subprocess
import sys

_PROGRAM = """
import gc
import boto3
from moto import mock_aws
from moto.s3.models import FakeKey
from localcloud.memory import keep_small

keep_small()
with mock_aws():
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    s3.create_bucket(Bucket="bucket")
    for number in range(5):
        s3.put_object(Bucket="bucket", Key="key", Body=b"%d" % number)
    gc.collect()
    print(sum(isinstance(thing, FakeKey) for thing in gc.get_objects()))
    print(s3.get_object(Bucket="bucket", Key="key")["Body"].read().decode())
"""


def test_an_object_that_is_overwritten_is_let_go() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["1", "4"]
