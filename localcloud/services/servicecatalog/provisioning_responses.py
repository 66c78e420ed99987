"""Operations on provisioned products and records."""

from collections.abc import Iterable
from typing import Any

from localcloud.responses import ActionResult, operations
from localcloud.services.servicecatalog import access, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import InvalidParametersError
from localcloud.services.servicecatalog.launching import Change, Launch, Launching
from localcloud.services.servicecatalog.models import ProvisionedProduct, Record


@operations("servicecatalog")
class ProvisioningResponses(CatalogResponse):
    """Launching, updating, terminating, and looking at what was launched."""

    def provision_product(self) -> ActionResult:
        """ProvisionProduct."""
        product = self._catalog.product(self.params.get("ProductId"), self.params.get("ProductName"))
        path = access.launch_path(
            self._catalog, self.caller, product, self.params.get("PathId"), self.params.get("PathName")
        )
        artifact = self._catalog.artifact(
            product, self.params.get("ProvisioningArtifactId"), self.params.get("ProvisioningArtifactName")
        )
        record = self._launching.provision(
            Launch(
                product=product,
                artifact=artifact,
                path=path,
                name=self.params["ProvisionedProductName"],
                token=self.params["ProvisionToken"],
                parameters={
                    item["Key"]: item.get("Value") or ""
                    for item in self.params.get("ProvisioningParameters") or []
                },
                tags=views.untag(self.params.get("Tags")),
                notification_arns=self.params.get("NotificationArns") or [],
            )
        )
        return ActionResult({"RecordDetail": views.record(record)})

    def update_provisioned_product(self) -> ActionResult:
        """UpdateProvisionedProduct: other parameters, or another version."""
        provisioned = self._provisioned("ProvisionedProductId", "ProvisionedProductName")
        product_name = self.params.get("ProductName")
        product_id = self.params.get("ProductId") or (None if product_name else provisioned.product_id)
        product = self._catalog.product(product_id, product_name)
        artifact_name = self.params.get("ProvisioningArtifactName")
        artifact_id = self.params.get("ProvisioningArtifactId") or (
            None if artifact_name else provisioned.artifact_id
        )
        path = access.launch_path(
            self._catalog, self.caller, product, self.params.get("PathId"), self.params.get("PathName")
        )
        tags = self.params.get("Tags")
        record = self._launching.update(
            provisioned,
            Change(
                product=product,
                artifact=self._catalog.artifact(product, artifact_id, artifact_name),
                path=path,
                token=self.params["UpdateToken"],
                parameters={
                    item["Key"]: None if item.get("UsePreviousValue") else item.get("Value") or ""
                    for item in self.params.get("ProvisioningParameters") or []
                },
                tags=None if tags is None else views.untag(tags),
            ),
        )
        return ActionResult({"RecordDetail": views.record(record)})

    def terminate_provisioned_product(self) -> ActionResult:
        """TerminateProvisionedProduct."""
        provisioned = self._provisioned("ProvisionedProductId", "ProvisionedProductName")
        record = self._launching.terminate(
            provisioned,
            self.params["TerminateToken"],
            ignore_errors=bool(self.params.get("IgnoreErrors")),
            retain=bool(self.params.get("RetainPhysicalResources")),
        )
        return ActionResult({"RecordDetail": views.record(record)})

    def describe_provisioned_product(self) -> ActionResult:
        """DescribeProvisionedProduct."""
        return ActionResult({"ProvisionedProductDetail": views.provisioned(self._provisioned("Id", "Name"))})

    def get_provisioned_product_outputs(self) -> ActionResult:
        """GetProvisionedProductOutputs."""
        provisioned = self._provisioned("ProvisionedProductId", "ProvisionedProductName")
        keys = self.params.get("OutputKeys")
        known = {item["OutputKey"] for item in provisioned.outputs}
        if unknown := sorted(set(keys or []) - known):
            raise InvalidParametersError(f"Output keys not found: {', '.join(unknown)}")
        every = [item for item in provisioned.outputs if not keys or item["OutputKey"] in keys]
        return ActionResult(self._page("Outputs", every))

    def search_provisioned_products(self) -> ActionResult:
        """SearchProvisionedProducts."""
        queries = (self.params.get("Filters") or {}).get("SearchQuery") or []
        shown = [self._attribute(item) for item in self._accessible(list(self._catalog.provisioned.values()))]
        found = [item for item in shown if all(_matches(item, query) for query in queries)]
        key = {"id": "Id", "name": "Name", "lastRecordId": "LastRecordId"}.get(
            self.params.get("SortBy") or "", "CreatedTime"
        )
        found.sort(key=lambda item: item[key], reverse=self.params.get("SortOrder") == "DESCENDING")
        return ActionResult({**self._page("ProvisionedProducts", found), "TotalResultsCount": len(found)})

    def scan_provisioned_products(self) -> ActionResult:
        """ScanProvisionedProducts."""
        every = self._accessible(list(self._catalog.provisioned.values()))
        return ActionResult(self._page("ProvisionedProducts", [views.provisioned(item) for item in every]))

    def describe_record(self) -> ActionResult:
        """DescribeRecord."""
        record = self._catalog.record(self.params["Id"])
        return ActionResult({"RecordDetail": views.record(record), **self._page("RecordOutputs", record.outputs)})

    def list_record_history(self) -> ActionResult:
        """ListRecordHistory, newest first."""
        wanted = self.params.get("SearchFilter") or {}
        attribute = {"product": "product_id", "provisionedproduct": "provisioned_id"}.get(wanted.get("Key", ""))
        if wanted and attribute is None:
            raise InvalidParametersError("The search filter's key is one of product, provisionedproduct.")
        every: Iterable[Record] = reversed(list(self._catalog.records.values()))
        found = [item for item in every if attribute is None or getattr(item, attribute) == wanted.get("Value")]
        return ActionResult(self._page("RecordDetails", [views.record(item) for item in found]))

    @property
    def _launching(self) -> Launching:
        return Launching(self.cloud, self.caller, self.current_account, self.region)

    def _provisioned(self, id_name: str, name_name: str) -> ProvisionedProduct:
        return self._catalog.provisioned_product(self.params.get(id_name), self.params.get(name_name))

    def _accessible(self, every: list[ProvisionedProduct]) -> list[ProvisionedProduct]:
        """Those that the AccessLevelFilter leaves; without one, the account's."""
        level = (self.params.get("AccessLevelFilter") or {}).get("Key", "Account")
        if level == "User":
            return [item for item in every if item.user_session_arn == self.caller.arn]
        if level == "Role":
            return [item for item in every if item.user_arn == (self.caller.role_arn or self.caller.arn)]
        return every

    def _attribute(self, shown: ProvisionedProduct) -> dict[str, Any]:
        product = self._catalog.products.get(shown.product_id)
        artifact = product.artifacts.get(shown.artifact_id) if product else None
        return views.provisioned_attribute(shown, product, artifact)


_FIELDS = {
    "arn": "Arn",
    "createdTime": "CreatedTime",
    "id": "Id",
    "lastRecordId": "LastRecordId",
    "idempotencyToken": "IdempotencyToken",
    "name": "Name",
    "physicalId": "PhysicalId",
    "productId": "ProductId",
    "provisioningArtifactId": "ProvisioningArtifactId",
    "type": "Type",
    "status": "Status",
    "userArn": "UserArn",
    "userArnSession": "UserArnSession",
    "productName": "ProductName",
    "provisioningArtifactName": "ProvisioningArtifactName",
}


def _matches(shown: dict[str, Any], query: str) -> bool:
    """One search query: ``field:value``, or a word that is in the name."""
    name, separator, value = query.partition(":")
    if separator and name in _FIELDS:
        return str(shown.get(_FIELDS[name], "")) == value.strip("\"'")
    return query.lower() in str(shown["Name"]).lower()
