"""The local cloud as strict as IAM: it refuses what a role's policies do not allow, in AWS's words."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from iam.engine import TOOLS
from localcloud.authorization.enforcement import Enforcer
from localcloud.cloud import Cloud
from localcloud.principals import AccessDeniedError, Credentials
from localcloud.service_role import ServiceRole
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
        {
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"events:source": "mine"}},
        },
        {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Action": "codebuild:StartBuild",
            "Resource": "*",
            "Condition": {"Null": {"codebuild:source.buildspec": "true"}},
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


def test_a_users_policies_count(enforcing):
    iam = enforcing.client("iam")
    iam.create_user(UserName="enforced-user")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/mine/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_group(GroupName="enforced-group")
    iam.put_group_policy(GroupName="enforced-group", PolicyName="mine", PolicyDocument=document)
    iam.add_user_to_group(GroupName="enforced-group", UserName="enforced-user")
    key = iam.create_access_key(UserName="enforced-user")["AccessKey"]
    s3 = enforcing.client("s3", Credentials(key["AccessKeyId"], key["SecretAccessKey"], ""))

    assert s3.get_object(Bucket=BUCKET, Key="mine/1")["Body"].read() == b"1"
    code, message = refusal(s3.put_object, Bucket=BUCKET, Key="mine/1", Body=b"2")
    assert code == "AccessDenied"
    assert message.startswith("User: arn:aws:iam::123456789012:user/enforced-user is not authorized")


def test_every_event_of_a_call_counts(client):
    def entry(source):
        return {"Source": source, "DetailType": "t", "Detail": "{}"}

    events = client("events")

    assert events.put_events(Entries=[entry("mine"), entry("mine")])["FailedEntryCount"] == 0
    assert (
        refusal(events.put_events, Entries=[entry("mine"), entry("aws.codebuild")])[0] == "AccessDeniedException"
    )


def test_what_a_build_overrides_counts(client):
    builds = client("codebuild")

    with pytest.raises(ClientError) as caught:  # no such project: it got past IAM
        builds.start_build(projectName="none")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert refusal(builds.start_build, projectName="none", buildspecOverride="x")[0] == "AccessDeniedException"


def test_what_a_service_reads_for_the_caller_counts(enforcing, client, role):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", "def handle(event, context): pass")
    for key in ("mine/code.zip", "yours/code.zip"):
        enforcing.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content.getvalue())
    iam = enforcing.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    runs = iam.create_role(
        RoleName="enforced-function",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]

    def create(key):
        return client("lambda").create_function(
            FunctionName="enforced",
            Role=runs,
            Runtime="python3.12",
            Handler="handler.handle",
            Code={"S3Bucket": BUCKET, "S3Key": key},
        )

    code, message = refusal(create, key="yours/code.zip")
    assert (code, "s3:GetObject on resource" in message) == ("AccessDeniedException", True)
    assert create("mine/code.zip")["FunctionName"] == "enforced"


def test_what_a_service_does_with_a_role_counts(enforcing, role):
    source = "arn:aws:codebuild:eu-central-1:123456789012:project/mine"
    held = ServiceRole(
        enforcing, role, service="codebuild.amazonaws.com", session_name="service", source_arn=source
    )

    held.record("codebuild", "StartBuild", {"projectName": "mine"})
    with pytest.raises(AccessDeniedError, match="not authorized to perform: codebuild:StopBuild"):
        held.record("codebuild", "StopBuild", {"id": "mine:1"})

    last = [item for item in enforcing.call_log.read() if item["operation"] == "StopBuild"][-1]
    assert (last["error"], last["status"]) == ("AccessDeniedException", 400)
