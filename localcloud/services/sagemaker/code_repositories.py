"""Code repositories: Git repositories that SageMaker knows by a name."""

from typing import Any

from localcloud.services.sagemaker.resources import Resource, Tags, arn, now


class CodeRepository(Resource):
    """A code repository; ``git_config`` has RepositoryUrl and perhaps Branch and SecretArn."""

    def __init__(self, name: str, git_config: dict[str, Any], tags: Tags, *, region: str, account_id: str) -> None:
        super().__init__(arn(region, account_id, f"code-repository/{name}"), tags=tags)
        self.name = name
        self.git_config = git_config
        self.created = self.modified = now()

    def update(self, secret_arn: str | None) -> None:
        """Change the secret: the only thing that can be changed."""
        if secret_arn is not None:
            self.git_config = {**self.git_config, "SecretArn": secret_arn}
        self.modified = now()

    def describe(self) -> dict[str, Any]:
        """The answer of DescribeCodeRepository, and the entry in ListCodeRepositories."""
        return {
            "CodeRepositoryName": self.name,
            "CodeRepositoryArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "GitConfig": self.git_config,
        }
