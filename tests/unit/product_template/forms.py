"""What the form of a product takes, and what it refuses."""

import re
from typing import Any

CONNECTION = "arn:aws:codeconnections:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555"
GOOD: dict[str, list[str]] = {
    "SageMakerProjectName": ["a", "Churn", "churn-model-2", "a--b", "A" * 32],
    "SageMakerProjectId": ["p-a", "p-abc123def456", "p-" + "z" * 18],
    "GitRepoName": [
        "my-team/churn",
        "o/r",
        "octocat_acme/Model.Build_2-x",
        "a" * 39 + "/" + "b" * 100,
        "team/-dash",
        "team/name.gitx",
        "team/git",
    ],
    "GitBranchName": [
        "main",
        "feature/new-model",
        "release/1.0",
        "v1.2.3",
        "a/b/c",
        "UPPER_case",
        "x" * 100,
        "lock",
        "locked.x",
    ],
    "GitRepoURL": [
        "",
        "https://github.com/my-team/churn",
        "https://github.example.com:8443/my-team/churn.model",
    ],
    "CodeStarConnectionArn": [
        CONNECTION,
        CONNECTION.replace("codeconnections", "codestar-connections"),
        CONNECTION.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"),
        CONNECTION.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1"),
    ],
    "ArtifactBucketContents": ["delete", "keep"],
    "RegisteredModels": ["delete", "keep"],
    "GitRepository": ["keep", "archive"],
}
# Boundaries of what a field is for; everything hostile is the campaign's (hostile/, tests/hostile).
BAD: dict[str, list[str]] = {
    "SageMakerProjectName": ["", "-a", "a-", "a_b", "a.b", "a" * 33],
    "SageMakerProjectId": ["", "p-", "p-ABC", "q-abc", "p-" + "a" * 19, "p-a-b"],
    "GitRepoName": [
        "",
        "churn",
        "my-team/",
        "/churn",
        "my-team/churn/extra",
        "https://github.com/my-team/churn",
        "git@github.com:my-team/churn",
        "my-team/churn.git",
        "my-team/.",
        "my-team/..",
        "my-team/.hidden",
        "-team/churn",
        "team-/churn",
        "my--team/churn",
        "a" * 40 + "/churn",
        "team/" + "b" * 101,
        "../churn",
        "team/ch urn",
    ],
    "GitBranchName": [
        "",
        "-main",
        "/main",
        "main/",
        "main.",
        ".main",
        "a//b",
        "a..b",
        "a/.b",
        "a./b",
        "a.lock",
        "a.lock/b",
        "a@{1}",
        "@",
        "a^b",
        "a~1",
        "a:b",
        "a?b",
        "a*b",
        "a[b",
        "refs\\heads",
        "x" * 101,
    ],
    "GitRepoURL": [
        "http://github.com/a/b",
        "https://github.com",
        "https://github.com/a",
        "https://github.com/a/b/",
        "https://github.com/a/b?x=1",
        "https://github.com/a/b#c",
        "https://user:secret@github.com/a/b",  # pragma: allowlist secret - made up
        "https:///a/b",
        "ssh://git@github.com/a/b",
        "git@github.com:a/b",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
    "CodeStarConnectionArn": [
        "",
        "arn:aws:codecommit:eu-west-1:111122223333:connection/11111111-2222-3333-4444-555555555555",
        CONNECTION.replace("connection/", "host/"),
        CONNECTION.replace("111122223333", "1111"),
        CONNECTION[:-1],
        CONNECTION + "0",
        CONNECTION.upper(),
        CONNECTION.replace("eu-west-1", ""),
        CONNECTION.replace("arn:aws:", "arn:evil:"),
    ],
    "ArtifactBucketContents": ["", "Delete", "keep ", "delete|keep"],
    "RegisteredModels": ["", "Delete", "keep ", "delete|keep"],
    "GitRepository": ["", "delete", "Archive", "keep ", "keep|archive"],
}


def accepts(parameter: dict[str, Any], value: str) -> bool:
    """Whether CloudFormation would take a value: the pattern must match all of it, and the length must fit."""
    return (
        re.fullmatch(parameter["AllowedPattern"], value) is not None
        and parameter.get("MinLength", 0) <= len(value) <= parameter["MaxLength"]
    )


GOOD_VALUES = {name: values[0] for name, values in GOOD.items()}
