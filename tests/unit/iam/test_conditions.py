"""Condition keys out of the parameters of requests."""

from localcloud.authorization.conditions import of_codebuild, of_events, of_sagemaker

KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, "VolumeKmsKeyId": "alias/k"}


def asked(operation, **parameters):
    return of_sagemaker(operation, parameters, lambda _: KEY, lambda name: f"model/{name}")


def test_a_training_jobs_keys_network_and_limits():
    found = asked(
        "CreateTrainingJob",
        ResourceConfig=RESOURCES,
        OutputDataConfig={"S3OutputPath": "s3://b", "KmsKeyId": "k"},
        VpcConfig={"Subnets": ["s-2", "s-1"], "SecurityGroupIds": ["g"]},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        EnableNetworkIsolation=True,
        EnableInterContainerTrafficEncryption=False,
    )

    assert found == {
        "sagemaker:InstanceTypes": ["ml.m5.large"],
        "sagemaker:VpcSubnets": ["s-1", "s-2"],
        "sagemaker:VpcSecurityGroupIds": ["g"],
        "sagemaker:VolumeKmsKeyArn": KEY,
        "sagemaker:OutputKmsKeyArn": KEY,
        "sagemaker:NetworkIsolation": "true",
        "sagemaker:InterContainerTrafficEncryption": "false",
        "sagemaker:MaxRuntimeInSeconds": "60",
    }


def test_what_a_request_does_not_say_has_no_key():
    found = asked("CreateTrainingJob", ResourceConfig={"InstanceType": "ml.m5.large"}, OutputDataConfig={})

    assert found == {"sagemaker:InstanceTypes": ["ml.m5.large"]}


def test_an_endpoints_disk_and_models():
    found = asked("CreateEndpointConfig", KmsKeyId="k", ProductionVariants=[{"ModelName": "m"}])

    assert found == {"sagemaker:VolumeKmsKeyArn": KEY, "sagemaker:ModelArn": "model/m"}


def test_monitorings_results_lie_under_a_key():
    found = asked(
        "CreateDataQualityJobDefinition",
        DataQualityJobOutputConfig={"KmsKeyId": "k"},
        JobResources={"ClusterConfig": RESOURCES},
        NetworkConfig={"EnableNetworkIsolation": False},
    )

    assert found["sagemaker:OutputKmsKeyArn"] == found["sagemaker:VolumeKmsKeyArn"] == KEY
    assert found["sagemaker:NetworkIsolation"] == "false"


def test_what_a_build_overrides_is_what_it_is_of():
    assert of_codebuild("StartBuild", {"projectName": "p"}) == {}
    assert of_codebuild(
        "StartBuild",
        {
            "projectName": "p",
            "buildspecOverride": "version: 0.2",
            "privilegedModeOverride": True,
            "environmentVariablesOverride": [{"name": "A", "value": "secret"}, {"name": "B", "value": "1"}],
        },
    ) == {
        "codebuild:source": "true",
        "codebuild:source.buildspec": "version: 0.2",
        "codebuild:environment": "true",
        "codebuild:environment.privilegedMode": "true",
        "codebuild:environment.environmentVariables": "true",
        "codebuild:environment.environmentVariables.name": ["A", "B"],
    }


def test_a_project_says_what_it_is_made_of():
    found = of_codebuild(
        "CreateProject",
        {
            "name": "p",
            "serviceRole": "arn:r",
            "environment": {"image": "i", "privilegedMode": False},
            "vpcConfig": {"subnets": ["s-2", "s-1"]},
        },
    )

    assert found["codebuild:serviceRole"] == "arn:r"
    assert found["codebuild:environment.privilegedMode"] == "false"
    assert found["codebuild:vpcConfig.subnets"] == ["s-1", "s-2"]


def test_all_events_of_a_call_are_asked_about_together():
    entries = [{"Source": "b", "DetailType": "t"}, {"Source": "a", "DetailType": "t"}, {"Source": "b"}]

    assert of_events({"Entries": entries}) == {"events:source": ["a", "b"], "events:detail-type": ["", "t"]}
