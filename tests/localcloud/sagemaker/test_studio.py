"""Studio's domains and profiles, the switch for projects, and tags of lifecycle configurations."""

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token

ROLE = "arn:aws:iam::123456789012:role/studio"
SETTINGS = {"ExecutionRole": ROLE, "SecurityGroups": ["sg-0123456789abcdef0"]}


def test_a_domain_with_a_profile_from_birth_to_death(sample: Sample) -> None:
    client, name = sample.sagemaker, f"domain-{token()[:8]}"
    subnet = sample.cloud.client("ec2").describe_subnets()["Subnets"][0]
    place = {"SubnetIds": [subnet["SubnetId"]], "VpcId": subnet["VpcId"]}
    given = {"AuthMode": "IAM", "DefaultUserSettings": SETTINGS, **place}

    domain = client.create_domain(DomainName=name, Tags=TAGS, **given)
    profile = {"DomainId": domain["DomainId"], "UserProfileName": "Ada"}
    arn = client.create_user_profile(**profile, UserSettings=SETTINGS, Tags=TAGS)["UserProfileArn"]

    described = client.describe_domain(DomainId=domain["DomainId"])
    assert described.items() >= given.items()
    assert (described["DomainName"], described["Status"], described["Url"]) == (name, "InService", domain["Url"])
    assert client.describe_user_profile(**profile)["UserSettings"] == SETTINGS
    assert (
        client.list_tags(ResourceArn=arn)["Tags"]
        == client.list_tags(ResourceArn=domain["DomainArn"])["Tags"]
        == TAGS
    )
    listed = client.list_user_profiles(DomainIdEquals=domain["DomainId"])["UserProfiles"]
    assert [item["UserProfileName"] for item in listed] == ["Ada"]

    client.update_domain(
        DomainId=domain["DomainId"], DomainSettingsForUpdate={"ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"}
    )
    client.update_user_profile(**profile, UserSettings={"ExecutionRole": ROLE + "-2"})
    assert client.describe_domain(DomainId=domain["DomainId"])["DomainSettings"] == {
        "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME"
    }
    assert client.describe_user_profile(**profile)["UserSettings"] == {"ExecutionRole": ROLE + "-2"}

    with pytest.raises(ClientError, match="already exists"):
        client.create_domain(DomainName=name, **given)
    with pytest.raises(ClientError, match="already exists"):
        client.create_user_profile(**profile, UserSettings=SETTINGS)
    with pytest.raises(ClientError, match=r"UserProfile\(s\) are associated"):
        client.delete_domain(DomainId=domain["DomainId"])

    client.delete_user_profile(**profile)
    client.delete_domain(DomainId=domain["DomainId"], RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    assert domain["DomainId"] not in {item["DomainId"] for item in client.list_domains()["Domains"]}
    for call, arguments in (
        (client.describe_domain, {"DomainId": domain["DomainId"]}),
        (client.describe_user_profile, profile),
        (client.create_user_profile, profile),
    ):
        with pytest.raises(ClientError, match="does not exist") as refused:
            call(**arguments)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_home_directories_stay_with_their_subnets_unless_they_are_deleted(sample: Sample) -> None:
    client, ec2, efs = (sample.cloud.client(service) for service in ("sagemaker", "ec2", "efs"))
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]

    def groups() -> list[str]:
        found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
        return sorted(group["GroupName"].rsplit("-d-", 1)[0] for group in found)

    left = []
    for policy in ("Delete", "Retain"):
        name = f"homes-{token()[:8]}"
        given = {"AuthMode": "IAM", "SubnetIds": [subnet], "VpcId": vpc, "DefaultUserSettings": SETTINGS}
        domain = client.create_domain(DomainName=name, **given)["DomainId"]
        system = client.describe_domain(DomainId=domain)["HomeEfsFileSystemId"]
        (target,) = efs.describe_mount_targets(FileSystemId=system)["MountTargets"]
        assert target["SubnetId"] == subnet
        client.delete_domain(DomainId=domain, RetentionPolicy={"HomeEfsFileSystem": policy})
        left.append(groups())

    nfs = [f"security-group-for-{way}-nfs" for way in ("inbound", "outbound")]
    assert left == [["default"], ["default", *nfs]]
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    ec2.delete_subnet(SubnetId=subnet)
    with pytest.raises(ClientError, match="does not exist"):
        client.create_domain(DomainName="nowhere", **given)


def test_projects_are_allowed_and_forbidden(sample: Sample) -> None:
    client = sample.sagemaker

    client.enable_sagemaker_servicecatalog_portfolio()
    assert client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Enabled"
    client.disable_sagemaker_servicecatalog_portfolio()
    assert client.get_sagemaker_servicecatalog_portfolio_status()["Status"] == "Disabled"


def test_a_lifecycle_configuration_keeps_its_tags(sample: Sample) -> None:
    name = f"config-{token()[:8]}"

    made = sample.sagemaker.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=name, OnStart=[{"Content": "IyEvYmluL2Jhc2g="}], Tags=TAGS
    )

    assert sample.sagemaker.list_tags(ResourceArn=made["NotebookInstanceLifecycleConfigArn"])["Tags"] == TAGS
