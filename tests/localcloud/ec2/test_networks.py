"""Networks are described as they were made."""


def test_rules_keep_their_descriptions_and_endpoints_their_region(cloud) -> None:
    client = cloud.client("ec2")
    vpc = client.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = client.create_security_group(GroupName="described", Description="x", VpcId=vpc)["GroupId"]
    (prefix_list, *_) = client.describe_managed_prefix_lists()["PrefixLists"]
    ports = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    peers = [
        {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "a network"}]},
        {"UserIdGroupPairs": [{"GroupId": group, "Description": "a group"}]},
        {"PrefixListIds": [{"PrefixListId": prefix_list["PrefixListId"], "Description": "a list"}]},
    ]

    for peer in peers:
        client.authorize_security_group_egress(GroupId=group, IpPermissions=[ports | peer])
    endpoint = client.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.iam", ServiceRegion="us-east-1", VpcEndpointType="Interface"
    )["VpcEndpoint"]

    rules = client.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    descriptions = {rule.get("Description") for rule in rules["SecurityGroupRules"]}
    assert descriptions >= {"a network", "a group", "a list"}
    (described,) = client.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    assert described["ServiceRegion"] == "us-east-1"
