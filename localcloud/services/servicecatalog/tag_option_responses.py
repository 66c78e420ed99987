"""Operations on tag options."""

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.servicecatalog import identifiers, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import (
    DuplicateResourceError,
    ResourceInUseError,
    ResourceNotFoundError,
)
from localcloud.services.servicecatalog.models import TagOption


@operations("servicecatalog")
class TagOptionResponses(CatalogResponse):
    """Tag options and what they are associated with."""

    def create_tag_option(self) -> ActionResult:
        """CreateTagOption."""
        key, value = self.params["Key"], self.params["Value"]
        with self._catalog.lock:
            if any(item.key == key and item.value == value for item in self._catalog.tag_options.values()):
                raise DuplicateResourceError(f"A TagOption with key {key} and value {value} exists already.")
            made = TagOption(identifiers.new("tag"), key, value, self.current_account)
            self._catalog.tag_options[made.id] = made
        return ActionResult({"TagOptionDetail": views.tag_option(made)})

    def describe_tag_option(self) -> ActionResult:
        """DescribeTagOption."""
        return ActionResult({"TagOptionDetail": views.tag_option(self._catalog.tag_option(self.params["Id"]))})

    def update_tag_option(self) -> ActionResult:
        """UpdateTagOption: value, and whether it may be used."""
        found = self._catalog.tag_option(self.params["Id"])
        if self.params.get("Value") is not None:
            found.value = self.params["Value"]
        if self.params.get("Active") is not None:
            found.active = bool(self.params["Active"])
        return ActionResult({"TagOptionDetail": views.tag_option(found)})

    def delete_tag_option(self) -> ActionResult:
        """DeleteTagOption; refused while it is associated with anything."""
        found = self._catalog.tag_option(self.params["Id"])
        if found.resources:
            raise ResourceInUseError(f"TagOption {found.id} is associated with {', '.join(found.resources)}")
        del self._catalog.tag_options[found.id]
        return EmptyResult()

    def list_tag_options(self) -> ActionResult:
        """ListTagOptions."""
        filters = self.params.get("Filters") or {}
        every = [
            views.tag_option(item)
            for item in self._catalog.tag_options.values()
            if filters.get("Key") in (None, item.key)
            and filters.get("Value") in (None, item.value)
            and filters.get("Active") in (None, item.active)
        ]
        found = self._page("TagOptionDetails", every)
        found["PageToken"] = found.pop("NextPageToken", None)
        return ActionResult(found)

    def associate_tag_option_with_resource(self) -> ActionResult:
        """AssociateTagOptionWithResource."""
        found = self._catalog.tag_option(self.params["TagOptionId"])
        resource_id = self.params["ResourceId"]
        if resource_id not in self._catalog.portfolios and resource_id not in self._catalog.products:
            raise ResourceNotFoundError(f"Resource {resource_id} not found.")
        if resource_id in found.resources:
            raise DuplicateResourceError(f"TagOption {found.id} is associated with {resource_id} already.")
        found.resources.append(resource_id)
        return EmptyResult()

    def disassociate_tag_option_from_resource(self) -> ActionResult:
        """DisassociateTagOptionFromResource."""
        found = self._catalog.tag_option(self.params["TagOptionId"])
        if self.params["ResourceId"] not in found.resources:
            raise ResourceNotFoundError(f"TagOption {found.id} is not associated with {self.params['ResourceId']}")
        found.resources.remove(self.params["ResourceId"])
        return EmptyResult()

    def list_resources_for_tag_option(self) -> ActionResult:
        """ListResourcesForTagOption."""
        found = self._catalog.tag_option(self.params["TagOptionId"])
        every = [self._resource(item) for item in found.resources]
        answer = self._page("ResourceDetails", every)
        answer["PageToken"] = answer.pop("NextPageToken", None)
        return ActionResult(answer)

    def _resource(self, resource_id: str) -> dict[str, object]:
        thing = self._catalog.portfolios.get(resource_id) or self._catalog.products[resource_id]
        return {
            "Id": thing.id,
            "ARN": thing.arn,
            "Name": thing.name,
            "Description": thing.description,
            "CreatedTime": thing.created,
        }
