"""Code repositories."""

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.sagemaker.conftest import TAGS, Sample, token

GIT = {"RepositoryUrl": "https://github.com/example-org/sample.git", "Branch": "main"}
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:github-AbCdEf"


def test_a_code_repository_from_birth_to_death(sample: Sample) -> None:
    client, name = sample.sagemaker, f"code-{token()[:8]}"

    arn = client.create_code_repository(CodeRepositoryName=name, GitConfig=GIT, Tags=TAGS)["CodeRepositoryArn"]

    assert arn == f"arn:aws:sagemaker:eu-central-1:123456789012:code-repository/{name}"
    assert client.describe_code_repository(CodeRepositoryName=name)["GitConfig"] == GIT
    assert client.list_tags(ResourceArn=arn)["Tags"] == TAGS
    client.update_code_repository(CodeRepositoryName=name, GitConfig={"SecretArn": SECRET})
    described = client.describe_code_repository(CodeRepositoryName=name)
    assert described["GitConfig"] == {**GIT, "SecretArn": SECRET}
    assert described["LastModifiedTime"] >= described["CreationTime"]
    listed = client.list_code_repositories(NameContains=name)["CodeRepositorySummaryList"]
    assert [item["CodeRepositoryArn"] for item in listed] == [arn]
    with pytest.raises(ClientError, match="already existing"):
        client.create_code_repository(CodeRepositoryName=name, GitConfig=GIT)
    client.delete_code_repository(CodeRepositoryName=name)
    for call in (client.describe_code_repository, client.delete_code_repository, client.update_code_repository):
        with pytest.raises(ClientError, match="Cannot find CodeRepository"):
            call(CodeRepositoryName=name)


def test_a_url_must_be_https(sample: Sample) -> None:
    with pytest.raises(ClientError, match="regular expression pattern"):
        sample.sagemaker.create_code_repository(
            CodeRepositoryName="wrong", GitConfig={"RepositoryUrl": "git@github.com:example-org/sample.git"}
        )
