"""Tags of everything that SageMaker has."""

from moto.sagemaker.models import sagemaker_backends

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.resources import Tags
from localcloud.services.sagemaker.responses.base import SageMakerBase

_PAGE = 50


@operations("sagemaker")
class TagResponse(SageMakerBase):
    """AddTags, ListTags and DeleteTags; what moto keeps itself (models, endpoints, …) is asked there."""

    def list_tags(self) -> ActionResult:
        """List a resource's tags."""
        arn = self._parameters["ResourceArn"]
        resource = self._store.find(arn)
        tags = resource.tags if resource is not None else self._of_moto(arn)
        shown, token = listing.page(tags, self._parameters, _PAGE)
        return ActionResult({"Tags": shown, "NextToken": token})

    def add_tags(self) -> ActionResult:
        """Set tags on a resource."""
        arn, tags = self._parameters["ResourceArn"], self._parameters["Tags"]
        resource = self._store.find(arn)
        if resource is not None:
            resource.add_tags(tags)
            return ActionResult({"Tags": resource.tags})
        self._of_moto(arn)
        backend = sagemaker_backends[self.current_account][self.region]
        backend.delete_tags(arn, [tag["Key"] for tag in tags])
        return ActionResult({"Tags": backend.add_tags(arn, tags)})

    def delete_tags(self) -> ActionResult:
        """Remove tags from a resource."""
        arn, keys = self._parameters["ResourceArn"], self._parameters["TagKeys"]
        resource = self._store.find(arn)
        if resource is not None:
            resource.remove_tags(keys)
        else:
            self._of_moto(arn)
            sagemaker_backends[self.current_account][self.region].delete_tags(arn, keys)
        return EmptyResult()

    def _of_moto(self, arn: str) -> Tags:
        """The tags of a resource that moto keeps.

        Raises:
            ValidationError: moto has no such resource (it breaks in one of these ways then).

        """
        backend = sagemaker_backends[self.current_account][self.region]
        try:
            kind, name = arn.split(":", 5)[5].split("/", 1)
            if kind == "notebook-instance-lifecycle-config":  # moto keeps them, and knows no tags of them
                configuration = backend.notebook_instance_lifecycle_configurations[name]
                return list(getattr(configuration, "tags", []))
            tags: Tags = backend._get_resource_from_arn(arn).tags or []
        except (KeyError, AttributeError, ValueError, IndexError) as error:
            raise ValidationError(f"Could not find resource with ARN {arn}") from error
        return tags
