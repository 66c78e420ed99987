"""Code repositories."""

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.code_repositories import CodeRepository
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.resources import arn, merged_tags
from localcloud.services.sagemaker.responses.base import SageMakerBase


@operations("sagemaker")
class CodeRepositoryResponse(SageMakerBase):
    """CreateCodeRepository and its like."""

    def create_code_repository(self) -> ActionResult:
        """Create a code repository."""
        parameters, store = self._parameters, self._store
        name = parameters["CodeRepositoryName"]
        with store.lock:
            if name in store.code_repositories:
                raise ValidationError(
                    f"Cannot create an already existing code repository ({store.code_repositories[name].arn})"
                )
            repository = CodeRepository(
                name,
                parameters["GitConfig"],
                merged_tags([], parameters.get("Tags", [])),
                region=self.region,
                account_id=self.current_account,
            )
            store.code_repositories[name] = repository
        return ActionResult({"CodeRepositoryArn": repository.arn})

    def describe_code_repository(self) -> ActionResult:
        """Tell everything about a code repository."""
        return ActionResult(self._repository().describe())

    def update_code_repository(self) -> ActionResult:
        """Change a code repository's secret."""
        repository = self._repository()
        repository.update(self._parameters.get("GitConfig", {}).get("SecretArn"))
        return ActionResult({"CodeRepositoryArn": repository.arn})

    def delete_code_repository(self) -> ActionResult:
        """Delete a code repository."""
        repository = self._repository()
        del self._store.code_repositories[repository.name]
        return EmptyResult()

    def list_code_repositories(self) -> ActionResult:
        """List code repositories."""
        parameters = self._parameters
        found = [
            item
            for item in list(self._store.code_repositories.values())
            if listing.named(item.name, parameters.get("NameContains"))
            and listing.within(
                item.created, parameters.get("CreationTimeAfter"), parameters.get("CreationTimeBefore")
            )
            and listing.within(
                item.modified, parameters.get("LastModifiedTimeAfter"), parameters.get("LastModifiedTimeBefore")
            )
        ]
        keys = {
            "Name": lambda item: item.name,
            "CreationTime": lambda item: item.created,
            "LastModifiedTime": lambda item: item.modified,
        }
        shown, token = listing.page(listing.ordered(found, parameters, keys, default="Name"), parameters)
        return ActionResult({"CodeRepositorySummaryList": [item.describe() for item in shown], "NextToken": token})

    def _repository(self) -> CodeRepository:
        name = self._parameters["CodeRepositoryName"]
        repository = self._store.code_repositories.get(name)
        if repository is None:
            missing = arn(self.region, self.current_account, f"code-repository/{name}")
            raise ValidationError(f"Cannot find CodeRepository: {missing}")
        return repository
