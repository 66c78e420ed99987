"""Operations on products and their versions, for administrators."""

from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.cloudformation.inputs import forwarded
from localcloud.services.servicecatalog import identifiers, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import InvalidParametersError, ResourceInUseError
from localcloud.services.servicecatalog.models import Artifact, Product

_TYPE = "CLOUD_FORMATION_TEMPLATE"
_TEXTS = {
    "Name": "name",
    "Owner": "owner",
    "Description": "description",
    "Distributor": "distributor",
    "SupportDescription": "support_description",
    "SupportEmail": "support_email",
    "SupportUrl": "support_url",
}


@operations("servicecatalog")
class ProductResponses(CatalogResponse):
    """Products and provisioning artifacts."""

    def create_product(self) -> ActionResult:
        """CreateProduct, with its first version."""
        made = self._catalog.once("CreateProduct", self.params["IdempotencyToken"], self._new_product)
        return ActionResult(
            {
                "ProductViewDetail": views.product(made),
                "ProvisioningArtifactDetail": views.artifact(next(iter(made.artifacts.values()))),
                "Tags": views.tags(made.tags),
            }
        )

    def update_product(self) -> ActionResult:
        """UpdateProduct."""
        found = self._catalog.product(self.params["Id"])
        for name, attribute in _TEXTS.items():
            if self.params.get(name) is not None:
                setattr(found, attribute, self.params[name])
        found.tags |= views.untag(self.params.get("AddTags"))
        for key in self.params.get("RemoveTags") or []:
            found.tags.pop(key, None)
        return ActionResult({"ProductViewDetail": views.product(found), "Tags": views.tags(found.tags)})

    def delete_product(self) -> ActionResult:
        """DeleteProduct; refused while it is in a portfolio."""
        with self._catalog.lock:
            found = self._catalog.product(self.params["Id"])
            within = [item.id for item in self._catalog.portfolios.values() if found.id in item.products]
            if within:
                raise ResourceInUseError(f"Product {found.id} is associated with portfolios: {', '.join(within)}")
            del self._catalog.products[found.id]
        return EmptyResult()

    def create_provisioning_artifact(self) -> ActionResult:
        """CreateProvisioningArtifact: a new version of a product."""
        product = self._catalog.product(self.params["ProductId"])
        made = self._catalog.once(
            f"CreateProvisioningArtifact:{product.id}",
            self.params["IdempotencyToken"],
            lambda: self._new_artifact(product, self.params["Parameters"]),
        )
        return ActionResult(self._artifact(made))

    def describe_provisioning_artifact(self) -> ActionResult:
        """DescribeProvisioningArtifact."""
        product = self._catalog.product(self.params.get("ProductId"), self.params.get("ProductName"))
        found = self._catalog.artifact(
            product, self.params.get("ProvisioningArtifactId"), self.params.get("ProvisioningArtifactName")
        )
        answer = self._artifact(found)
        if self.params.get("IncludeProvisioningArtifactParameters"):
            answer["ProvisioningArtifactParameters"] = self._templates.form(found)[0]
        return ActionResult(answer)

    def update_provisioning_artifact(self) -> ActionResult:
        """UpdateProvisioningArtifact: name, description, whether it may be launched, guidance."""
        product = self._catalog.product(self.params["ProductId"])
        found = self._catalog.artifact(product, self.params["ProvisioningArtifactId"])
        if self.params.get("Name") is not None:
            found.name = self.params["Name"]
        if self.params.get("Description") is not None:
            found.description = self.params["Description"]
        if self.params.get("Active") is not None:
            found.active = bool(self.params["Active"])
        if self.params.get("Guidance") is not None:
            found.guidance = self.params["Guidance"]
        return ActionResult(self._artifact(found))

    def delete_provisioning_artifact(self) -> ActionResult:
        """DeleteProvisioningArtifact; a product keeps at least one."""
        with self._catalog.lock:
            product = self._catalog.product(self.params["ProductId"])
            found = self._catalog.artifact(product, self.params["ProvisioningArtifactId"])
            if len(product.artifacts) == 1:
                raise ResourceInUseError(
                    f"Provisioning artifact {found.id} is the last one of product {product.id}: "
                    "it cannot be deleted."
                )
            del product.artifacts[found.id]
        return EmptyResult()

    def list_provisioning_artifacts(self) -> ActionResult:
        """ListProvisioningArtifacts."""
        product = self._catalog.product(self.params["ProductId"])
        return ActionResult(
            {"ProvisioningArtifactDetails": [views.artifact(item) for item in product.artifacts.values()]}
        )

    def _artifact(self, shown: Artifact) -> dict[str, Any]:
        return {
            "ProvisioningArtifactDetail": views.artifact(shown),
            "Info": dict(shown.source),
            "Status": "AVAILABLE",
        }

    def _new_product(self) -> Product:
        if self.params["ProductType"] != _TYPE:
            raise InvalidParametersError(f"The local cloud has products of type {_TYPE} only.")
        if not self.params.get("ProvisioningArtifactParameters"):
            raise InvalidParametersError("ProvisioningArtifactParameters are required.")
        product_id = identifiers.new("prod")
        made = Product(
            id=product_id,
            view_id=identifiers.new("prodview"),
            arn=f"arn:aws:catalog:{self.region}:{self.current_account}:product/{product_id}",
            name=self.params["Name"],
            owner=self.params["Owner"],
            type=_TYPE,
            tags=views.untag(self.params.get("Tags")),
        )
        for name, attribute in _TEXTS.items():
            setattr(made, attribute, self.params.get(name) or "")
        self._new_artifact(made, self.params["ProvisioningArtifactParameters"])
        self._catalog.products[made.id] = made
        return made

    def _new_artifact(self, product: Product, wanted: dict[str, Any]) -> Artifact:
        if (wanted.get("Type") or _TYPE) != _TYPE:
            raise InvalidParametersError(f"The local cloud has provisioning artifacts of type {_TYPE} only.")
        info = wanted.get("Info") or {}
        if url := info.get("LoadTemplateFromURL"):
            body = self._templates.read(url, forwarded(self.caller))
            source = {"TemplateUrl": url}
        elif stack_id := info.get("ImportFromPhysicalId"):
            body = self._templates.of_stack(stack_id)
            source = {"PhysicalId": stack_id}
        else:
            raise InvalidParametersError("Info needs LoadTemplateFromURL or ImportFromPhysicalId.")
        if not wanted.get("DisableTemplateValidation"):
            self._templates.check(body)
        artifact_id = identifiers.new("pa")
        made = Artifact(
            id=artifact_id,
            name=wanted.get("Name") or "",
            description=wanted.get("Description") or "",
            type=_TYPE,
            source=source,
            body=body,
            template_url=self._templates.copy(artifact_id, product.id, body),
        )
        product.artifacts[made.id] = made
        return made
