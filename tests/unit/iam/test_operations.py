"""From calls to IAM's questions."""

import pytest

from iam import operations, reference
from iam.operations import Authorization, UnknownCallError, authorizations
from iam.request import Request

ACCOUNT, REGION = "111122223333", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/projects/ml-p-abc-execution"


class Account:
    """An account in which every role lies under /projects/, and a bucket under a key."""

    def lookup(self, kind, value):
        known = {"role": f"arn:aws:iam::{ACCOUNT}:role/projects/{value}", "profile-role": ROLE, "key": KEY}
        return known.get(kind)

    def context(self, service, operation, parameters, resource):
        return {"s3:prefix": "x/"} if operation == "ListObjectsV2" else {}

    def keys(self, service, operation, parameters):
        return [(KEY, {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b"})] if service == "s3" else []


def asked(service, operation, **parameters) -> list[tuple[str, str]]:
    return [(item.action, item.resource) for item in questions(service, operation, **parameters)]


def questions(service, operation, **parameters) -> list[Authorization]:
    return authorizations(Request(service, operation, parameters, REGION, ACCOUNT), Account())


def test_an_operation_is_the_action_of_its_name_on_what_its_parameter_names():
    assert asked("codebuild", "StartBuild", projectName="ml-p-abc-build") == [
        ("codebuild:StartBuild", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ml-p-abc-build")
    ]
    assert asked("sagemaker", "DescribePipeline", PipelineName="penguins") == [
        ("sagemaker:DescribePipeline", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/penguins")
    ]


def test_an_arn_is_taken_as_it_is():
    arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:delivery"

    assert asked("codepipeline", "ListTagsForResource", resourceArn=arn) == [
        ("codepipeline:ListTagsForResource", arn)
    ]


def test_what_knows_no_resources_is_asked_for_all():
    assert asked("logs", "DescribeLogGroups", logGroupNamePrefix="/aws/") == [("logs:DescribeLogGroups", "*")]


def test_reading_an_object_takes_the_key_through_s3():
    read, decrypt = questions("s3", "GetObject", Bucket="b", Key="models/1.tar.gz")

    assert (read.action, read.resource) == ("s3:GetObject", "arn:aws:s3:::b/models/1.tar.gz")
    assert (decrypt.action, decrypt.resource) == ("kms:Decrypt", KEY)
    assert decrypt.context["kms:ViaService"] == f"s3.{REGION}.amazonaws.com"
    assert decrypt.context["kms:EncryptionContext:aws:s3:arn"] == "arn:aws:s3:::b"


def test_versions_have_actions_of_their_own():
    assert asked("s3", "GetObject", Bucket="b", Key="k", VersionId="1")[0][0] == "s3:GetObjectVersion"
    deleted = asked("s3", "DeleteObjects", Bucket="b", Delete={"Objects": [{"Key": "k", "VersionId": "1"}]})
    assert deleted == [("s3:DeleteObjectVersion", "arn:aws:s3:::b/k")]


def test_a_role_that_is_handed_over_is_passed_to_the_service():
    create, passed = questions("codebuild", "CreateProject", name="b", serviceRole=ROLE)

    assert create.action == "codebuild:CreateProject"
    assert (passed.action, passed.resource) == ("iam:PassRole", ROLE)
    assert passed.context["iam:PassedToService"] == "codebuild.amazonaws.com"


def test_an_instance_profile_is_its_role():
    found = questions("ec2", "RunInstances", ImageId="ami-1", SubnetId="s", SecurityGroupIds=["g"],
                      IamInstanceProfile={"Name": "runner"})  # fmt: skip

    assert [item.context["iam:PassedToService"] for item in found if item.action == "iam:PassRole"] == [
        "ec2.amazonaws.com"
    ]
    assert len({item.resource for item in found if item.action == "ec2:RunInstances"}) == 6


def test_creating_with_tags_also_tags():
    create, tag = questions(
        "sagemaker", "CreateModelPackageGroup", ModelPackageGroupName="g", Tags=[{"Key": "a", "Value": "1"}]
    )

    assert create.context["aws:RequestTag/a"] == "1"
    assert (tag.action, tag.context["sagemaker:TaggingAction"]) == ("sagemaker:AddTags", "CreateModelPackageGroup")


def test_roles_get_their_path():
    assert asked("iam", "DeleteRole", RoleName="ml-p-abc-build") == [
        ("iam:DeleteRole", f"arn:aws:iam::{ACCOUNT}:role/projects/ml-p-abc-build")
    ]


def test_what_cannot_be_translated_is_said():
    with pytest.raises(UnknownCallError, match="AWS knows no action"):
        questions("s3", "GetBucketNotificationConfiguration", Bucket="b")
    with pytest.raises(UnknownCallError, match="no "):
        questions("codebuild", "StartBuild")


def test_every_exception_names_actions_that_exist():
    rows = operations.exceptions()
    named = [
        row["action"]
        for service, table in rows.items()
        if service not in ("prefixes", "tagging", "kms_use", "roles")
        for entries in table.values()
        for row in entries
        if row.get("action")
    ]
    named += [*rows["tagging"].values(), *(action for actions in rows["kms_use"].values() for action in actions)]

    assert [action for action in named if not reference.exists(action)] == []


def test_a_rule_of_the_default_bus_has_no_bus_in_its_name():
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule"

    assert asked("events", "DescribeRule", Name="r", EventBusName="default") == [
        ("events:DescribeRule", f"{rule}/r")
    ]
    assert asked("events", "PutTargets", Rule="r", Targets=[]) == [("events:PutTargets", f"{rule}/r")]
    assert asked("events", "DeleteRule", Name="r", EventBusName="own") == [("events:DeleteRule", f"{rule}/own/r")]


def test_alarms_without_names_are_all_alarms():
    alarms = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"

    assert asked("cloudwatch", "DescribeAlarms", StateValue="OK") == [("cloudwatch:DescribeAlarms", f"{alarms}*")]
    assert asked("cloudwatch", "DescribeAlarms", AlarmNames=["a", "b"]) == [
        ("cloudwatch:DescribeAlarms", f"{alarms}a"),
        ("cloudwatch:DescribeAlarms", f"{alarms}b"),
    ]


def test_a_session_with_tags_is_asked_about_twice():
    role = "arn:aws:iam::444455556666:role/prod-deployment"

    tagged = asked("sts", "AssumeRole", RoleArn=role, RoleSessionName="s", Tags=[{"Key": "a", "Value": "1"}])

    assert tagged == [("sts:AssumeRole", role), ("sts:TagSession", role)]
    assert asked("sts", "AssumeRole", RoleArn=role, RoleSessionName="s") == [("sts:AssumeRole", role)]


def test_a_target_of_autoscaling_with_tags_is_asked_about_twice():
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v"}
    arn = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/endpoint/e/variant/v"

    tagged = asked("application-autoscaling", "RegisterScalableTarget", **target, Tags={"a": "1"})

    assert tagged == [
        ("application-autoscaling:RegisterScalableTarget", arn),
        ("application-autoscaling:TagResource", arn),
    ]


def test_a_database_that_is_given_a_role_is_passed_it():
    cluster = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:shop"

    assert asked("rds", "AddRoleToDBCluster", DBClusterIdentifier="shop", RoleArn=ROLE) == [
        ("rds:AddRoleToDBCluster", cluster),
        ("iam:PassRole", ROLE),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("codebuild", "StartBuild", {"projectName": "b", "serviceRoleOverride": ROLE}),
        ("rds", "ModifyDBInstance", {"DBInstanceIdentifier": "d", "MonitoringRoleArn": ROLE}),
        ("rds", "RestoreDBInstanceFromS3", {"DBInstanceIdentifier": "d", "S3IngestionRoleArn": ROLE}),
        ("sagemaker", "CreateDomain", {"DomainName": "d", "DefaultUserSettings": {"ExecutionRole": ROLE}}),
        ("events", "PutTargets", {"Rule": "r", "Targets": [{"Id": "1", "RoleArn": ROLE}]}),
        ("firehose", "CreateDeliveryStream", {"DeliveryStreamName": "s", "S3": {"RoleARN": ROLE}}),
    ],
)
def test_a_role_is_passed_whatever_its_member_is_called(service, operation, parameters):
    found = questions(service, operation, **parameters)

    (passed,) = [item for item in found if item.action == "iam:PassRole"]
    assert (passed.resource, passed.context["iam:PassedToService"]) == (ROLE, f"{service}.amazonaws.com")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("rds", "RemoveRoleFromDBCluster", {"DBClusterIdentifier": "c", "RoleArn": ROLE}),
        ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "s"}),
        ("kms", "CreateGrant", {"KeyId": "k", "GranteePrincipal": ROLE}),
        ("codebuild", "CreateProject", {"name": "b", "pullRequestBuildPolicy": {"approverRoles": [ROLE]}}),
    ],
)
def test_a_role_that_nobody_acts_as_is_not_passed(service, operation, parameters):
    assert "iam:PassRole" not in [item.action for item in questions(service, operation, **parameters)]


def test_a_role_in_an_instance_profile_is_passed_to_machines():
    found = questions("iam", "AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="ml-p-abc-execution")

    (passed,) = [item for item in found if item.action == "iam:PassRole"]
    assert (passed.resource, passed.context["iam:PassedToService"]) == (ROLE, "ec2.amazonaws.com")


def test_tags_in_systems_manager_are_a_parameters():
    asked_for = asked("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId="ml-p-abc-note")

    assert asked_for == [("ssm:ListTagsForResource", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/ml-p-abc-note")]


def test_a_parameters_first_slash_is_its_arns_and_public_ones_are_not_asked_about():
    place = f"arn:aws:ssm:{REGION}"

    assert asked("ssm", "GetParameter", Name="abcdefghij") == [
        ("ssm:GetParameter", f"{place}:{ACCOUNT}:parameter/abcdefghij")
    ]
    assert asked("ssm", "DeleteParameter", Name="/a/b") == [
        ("ssm:DeleteParameter", f"{place}:{ACCOUNT}:parameter/a/b")
    ]
    # Without an account in its ARN, which the simulator does not know.
    assert asked("ssm", "GetParameter", Name="/aws/service/x") == []
