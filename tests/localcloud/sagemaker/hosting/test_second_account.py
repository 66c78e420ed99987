"""A model of one account served in another: who may assume what, read what, and where things land."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.principals import Credentials
from tests.localcloud.sagemaker.conftest import token, trust
from tests.localcloud.sagemaker.hosting.conftest import ENVIRONMENT, IMAGE, Hosting, archive, variant

MEMBER = "210987654321"


def session(client: Any, role_arn: str, **more: Any) -> Credentials:
    given = client.assume_role(RoleArn=role_arn, RoleSessionName="test", **more)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def policy(*actions: str, resource: str = "*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Member:
    """The second account, as its administrator."""

    hosting: Hosting
    credentials: Credentials

    def client(self, service: str) -> Any:
        return self.hosting.sample.cloud.client(service, self.credentials)

    def serving_role(self, *actions: str) -> str:
        name = f"serving-{token()[:8]}"
        iam = self.client("iam")
        document = trust("sagemaker.amazonaws.com")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="serving", PolicyDocument=policy(*actions))
        return arn


@pytest.fixture(scope="module")
def member(hosting: Hosting) -> Member:
    sts = hosting.sample.cloud.client("sts")
    return Member(hosting, session(sts, f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole"))


def test_what_is_made_there_is_there(hosting: Hosting, member: Member) -> None:
    identity = member.client("sts").get_caller_identity()
    assert identity["Account"] == MEMBER
    name = f"there-{token()[:8]}"
    arn = member.client("sns").create_topic(Name=name)["TopicArn"]
    assert arn.split(":")[4] == MEMBER
    topics = hosting.sample.cloud.client("sns").list_topics()["Topics"]
    assert arn not in [topic["TopicArn"] for topic in topics]
    calls = hosting.sample.cloud.internal.call_log.read()
    call = next(item for item in reversed(calls) if item["operation"] == "CreateTopic")
    assert (call["account_id"], call["role_arn"]) == (
        MEMBER, f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole",
    )  # fmt: skip


def test_a_role_is_assumed_only_by_whom_it_trusts(hosting: Hosting, member: Member) -> None:
    iam, sts = hosting.sample.cloud.client("iam"), hosting.sample.cloud.client("sts")
    name = f"deployer-{token()[:8]}"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    deployer = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.tag_role(RoleName=name, Tags=[{"Key": "project", "Value": "p-1"}])
    statement["Condition"] = {
        "StringEquals": {"sts:ExternalId": "secret", "aws:PrincipalTag/project": "p-1"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/deployer-*"},
    }
    target = member.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    as_deployer = hosting.sample.cloud.client("sts", session(sts, deployer))

    def refused(client: Any, role_arn: str = target, **more: Any) -> None:
        with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
            session(client, role_arn, **more)

    refused(as_deployer, ExternalId="secret")  # its own policies do not allow it
    iam.put_role_policy(RoleName=name, PolicyName="go", PolicyDocument=policy("sts:AssumeRole", resource=target))
    refused(as_deployer)
    refused(as_deployer, ExternalId="wrong")
    refused(sts, ExternalId="secret")  # the administrator is no deployer
    refused(as_deployer, f"{target}-nobody")
    there = session(as_deployer, target, ExternalId="secret")
    assert hosting.sample.cloud.client("sts", there).get_caller_identity()["Account"] == MEMBER


def test_a_session_is_tagged_as_the_role_says_it_must_be(hosting: Hosting, member: Member) -> None:
    iam, sts = hosting.sample.cloud.client("iam"), hosting.sample.cloud.client("sts")
    name = f"tagging-{token()[:8]}"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    trusting = {"Version": "2012-10-17", "Statement": [statement]}
    caller = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusting))["Role"]["Arn"]
    iam.tag_role(RoleName=name, Tags=[{"Key": "project", "Value": "p-1"}])
    statement["Condition"] = {"StringEquals": {"aws:RequestTag/project": "${aws:PrincipalTag/project}"}}
    target = member.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusting))[
        "Role"
    ]["Arn"]
    client = hosting.sample.cloud.client("sts", session(sts, caller))
    own, other = [{"Key": "project", "Value": "p-1"}], [{"Key": "project", "Value": "p-2"}]

    def allow(*actions: str) -> None:
        iam.put_role_policy(RoleName=name, PolicyName="go", PolicyDocument=policy(*actions, resource=target))

    allow("sts:AssumeRole")
    with pytest.raises(ClientError, match="not authorized to perform: sts:TagSession"):
        session(client, target, Tags=own)
    allow("sts:AssumeRole", "sts:TagSession")
    for wrong in ({}, {"Tags": other}):
        with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
            session(client, target, **wrong)
    tagged = hosting.sample.cloud.client("sts", session(client, target, Tags=own))
    assert tagged.get_caller_identity()["Account"] == MEMBER
    # The session's tag is the principal's: the same condition holds for the next role.
    there = member.client("iam")
    member_statement = {**statement, "Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"}}
    last = there.create_role(
        RoleName=f"{name}-next",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [member_statement]}),
    )["Role"]["Arn"]
    go = policy("sts:AssumeRole", "sts:TagSession", resource=last)
    there.put_role_policy(RoleName=name, PolicyName="go", PolicyDocument=go)
    with pytest.raises(ClientError, match="not authorized"):
        session(tagged, last, Tags=other)
    assert session(tagged, last, Tags=own).access_key_id


def test_giving_a_session_tags_knows_no_external_id(hosting: Hosting, member: Member) -> None:
    """AWS's service authorization reference lists the key for AssumeRole alone."""
    sts, iam, name = hosting.sample.cloud.client("sts"), member.client("iam"), f"external-{token()[:8]}"
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    external = {"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}
    both = {**root, **external, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    apart = [{**root, **external, "Action": "sts:AssumeRole"}, {**root, "Action": "sts:TagSession"}]
    target = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": both})
    )["Role"]["Arn"]
    said = {"ExternalId": "secret", "Tags": [{"Key": "project", "Value": "p-1"}]}

    with pytest.raises(ClientError, match="not authorized to perform: sts:TagSession"):
        session(sts, target, **said)
    iam.update_assume_role_policy(
        RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": apart})
    )
    assert session(sts, target, **said).access_key_id


def test_a_registered_model_is_served_in_the_other_account(hosting: Hosting, member: Member) -> None:
    s3, bucket = hosting.sample.cloud.client("s3"), f"shared-{token()[:8]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    key, group = "models/model.tar.gz", f"shared-{token()[:8]}"
    s3.put_object(Bucket=bucket, Key=key, Body=archive(4))
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{key}", "Environment": ENVIRONMENT}
    hosting.client.create_model_package_group(ModelPackageGroupName=group)
    package = hosting.client.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"]},
    )["ModelPackageArn"]
    role = member.serving_role("s3:GetObject", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    sagemaker = member.client("sagemaker")
    name = f"there-{token()[:8]}"

    def create() -> None:
        sagemaker.create_model(
            ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=role
        )

    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker.describe_model_package(ModelPackageName=package)
    with pytest.raises(ClientError, match="does not allow CreateModel"):
        create()
    actions = ("sagemaker:DescribeModelPackage", "sagemaker:CreateModel", "sagemaker:ListModelPackages")
    principal = {"Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"}}
    hosting.client.put_model_package_group_policy(
        ModelPackageGroupName=group, ResourcePolicy=policy(*actions, **principal)
    )
    described = sagemaker.describe_model_package(ModelPackageName=package)
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == f"s3://{bucket}/{key}"

    with pytest.raises(ClientError, match="Could not access model data"):
        create()
    with pytest.raises(ClientError, match="AccessDenied"):
        member.client("s3").get_object(Bucket=bucket, Key=key)
    s3.put_bucket_policy(
        Bucket=bucket, Policy=policy("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/models/*", **principal)
    )
    assert member.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    with pytest.raises(ClientError, match="AccessDenied"):
        member.client("s3").list_objects_v2(Bucket=bucket)
    with pytest.raises(ClientError, match="Cross-account pass role"):
        sagemaker.create_model(
            ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=hosting.role_arn
        )
    create()

    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant("v1", name)])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1})
    body = member.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body="2", ContentType="text/csv")[
        "Body"
    ]
    assert json.loads(body.read()) == {"predictions": [8.0]}
    groups = member.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/sagemaker/Endpoints/{name}")
    assert [item["logGroupName"] for item in groups["logGroups"]] == [f"/aws/sagemaker/Endpoints/{name}"]
    with pytest.raises(ClientError, match="of account 123456789012 not found"):
        hosting.ask(name)
    sagemaker.delete_endpoint(EndpointName=name)


def test_a_key_is_asked_in_the_name_of_what_is_read(hosting: Hosting, member: Member) -> None:
    cloud = hosting.sample.cloud
    s3, kms, bucket = cloud.client("s3"), cloud.client("kms"), f"sealed-{token()[:8]}"
    root = {"Principal": {"AWS": f"arn:aws:iam::{MEMBER}:root"}}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*", **root))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=archive(4), **encryption)
    role = member.serving_role("s3:GetObject", "kms:Decrypt")
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/model.tar.gz", "Environment": ENVIRONMENT}

    def create(about: str) -> None:
        condition = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": about}}
        kms.put_key_policy(
            KeyId=key, PolicyName="default", Policy=policy("kms:Decrypt", Condition=condition, **root)
        )
        member.client("sagemaker").create_model(
            ModelName=f"sealed-{token()[:8]}", PrimaryContainer=container, ExecutionRoleArn=role
        )

    with pytest.raises(ClientError, match="Could not access model data"):
        create("arn:aws:s3:::another/*")
    create(f"arn:aws:s3:::{bucket}/*")
