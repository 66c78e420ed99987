"""The local cloud as strict as IAM: it refuses what a role's policies do not allow, in AWS's words."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from iam.engine import TOOLS
from localcloud.authorization.enforcement import Enforcer
from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError
from tests.localcloud.conftest import RunningCloud

pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
BUCKET = "enforced-bucket"


@pytest.fixture(scope="module")
def enforcing(cloud: RunningCloud) -> Iterator[Cloud]:
    """The session's local cloud, as if it had been started with --enforce-iam."""
    internal = cloud.internal
    internal.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    internal.client("s3").put_object(Bucket=BUCKET, Key="mine/1", Body=b"1")
    internal.enforcer = Enforcer(internal.questions.book)
    try:
        yield internal
    finally:
        internal.enforcer.close()
        internal.enforcer = None


@pytest.fixture(scope="module")
def role(enforcing):
    iam = enforcing.client("iam")
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "codebuild.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:codebuild:eu-central-1:123456789012:project/mine"}},
    }
    arn = iam.create_role(
        RoleName="enforced", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/mine/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringLike": {"s3:prefix": "mine/*"}},
        },
        {"Effect": "Deny", "Action": "sagemaker:CreatePipeline", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/once/*",
            "Condition": {"Null": {"s3:if-none-match": "false"}},
        },
        {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/once/*",
            "Condition": {"Bool": {"s3:ObjectCreationOperation": "false"}},
        },
        {
            "Effect": "Allow",
            "Action": "sagemaker:CreateDataQualityJobDefinition",
            "Resource": "*",
            "Condition": {"Bool": {"sagemaker:NetworkIsolation": "true"}},
        },
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName="enforced", PolicyName="mine", PolicyDocument=document)
    return arn


@pytest.fixture(scope="module")
def client(enforcing, role):
    credentials = enforcing.principals.assume(role, "somebody")
    return lambda service: enforcing.client(service, credentials)


def refusal(call, **arguments) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_what_is_allowed_is_done(client):
    s3 = client("s3")

    assert s3.get_object(Bucket=BUCKET, Key="mine/1")["Body"].read() == b"1"
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="mine/")["KeyCount"] == 1


def test_what_nothing_allows_is_refused_in_awss_words(client):
    code, message = refusal(client("s3").put_object, Bucket=BUCKET, Key="mine/2", Body=b"2")

    assert code == "AccessDenied"
    assert message == (
        "User: arn:aws:sts::123456789012:assumed-role/enforced/somebody is not authorized to perform: "
        f"s3:PutObject on resource: arn:aws:s3:::{BUCKET}/mine/2 because no identity-based policy allows "
        "the s3:PutObject action"
    )


def test_conditions_count(client):
    code, _ = refusal(client("s3").list_objects_v2, Bucket=BUCKET, Prefix="yours/")

    assert code == "AccessDenied"


def test_objects_that_are_written_once_may_come_in_parts(client):
    s3 = client("s3")
    where = {"Bucket": BUCKET, "Key": "once/parts"}

    assert refusal(s3.put_object, Bucket=BUCKET, Key="once/1", Body=b"1")[0] == "AccessDenied"
    s3.put_object(Bucket=BUCKET, Key="once/1", Body=b"1", IfNoneMatch="*")
    upload = s3.create_multipart_upload(**where)["UploadId"]
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"1")
    whole = {"UploadId": upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}}
    assert refusal(s3.complete_multipart_upload, **where, **whole)[0] == "AccessDenied"
    s3.complete_multipart_upload(**where, **whole, IfNoneMatch="*")


@pytest.mark.parametrize("isolated", [True, False])
def test_a_monitoring_jobs_network_isolation_is_asked_about(client, isolated):
    definition = {
        "JobDefinitionName": "watched",
        "DataQualityAppSpecification": {"ImageUri": "image"},
        "DataQualityJobInput": {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input"}},
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": f"s3://{BUCKET}/mine", "LocalPath": "/opt/ml/processing/out"}}
            ]
        },
        "JobResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "NetworkConfig": {"EnableNetworkIsolation": isolated},
        "RoleArn": "arn:aws:iam::123456789012:role/enforced",
    }
    code, message = refusal(client("sagemaker").create_data_quality_job_definition, **definition)

    # The role is not one that may be passed: that is asked after the action itself.
    asked = "iam:PassRole" if isolated else "sagemaker:CreateDataQualityJobDefinition"
    assert code == "AccessDeniedException"
    assert f"perform: {asked} on resource" in message


def test_an_explicit_denial_is_named(client):
    code, message = refusal(
        client("sagemaker").create_pipeline,
        PipelineName="p",
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::123456789012:role/enforced",
        PipelineDefinition="{}",
    )

    assert code == "AccessDeniedException"
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_each_service_has_its_own_code(client):
    assert refusal(client("ec2").describe_instances)[0] == "UnauthorizedOperation"
    assert refusal(client("iam").list_role_policies, RoleName="enforced")[0] == "AccessDenied"


def test_a_trust_policys_condition_counts(enforcing, role):
    source = "arn:aws:codebuild:eu-central-1:123456789012:project/"

    enforcing.principals.assume(role, "build", service="codebuild.amazonaws.com", source_arn=source + "mine")
    with pytest.raises(AccessDeniedError, match="sts:AssumeRole"):
        enforcing.principals.assume(role, "build", service="codebuild.amazonaws.com", source_arn=source + "yours")


def test_a_refusal_is_in_the_call_log(enforcing, client):
    refusal(client("s3").delete_object, Bucket=BUCKET, Key="mine/1")

    calls = [item for item in enforcing.call_log.read() if item["operation"] == "DeleteObject"]
    (call,) = [item for item in calls if item["principal"].endswith("enforced/somebody")]
    assert call["error"] == "AccessDenied"
    assert call["authorization"]["authorizations"][0]["action"] == "s3:DeleteObject"
