"""Operations for looking around: products and forms, as administrator and as end user."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from localcloud.responses import ActionResult, operations
from localcloud.services.servicecatalog import access, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import ResourceNotFoundError
from localcloud.services.servicecatalog.models import Product


@operations("servicecatalog")
class BrowseResponses(CatalogResponse):
    """Searching and describing products."""

    def search_products_as_admin(self) -> ActionResult:
        """SearchProductsAsAdmin: all products, or those of a portfolio."""
        every: Iterable[Product] = self._catalog.products.values()
        if portfolio_id := self.params.get("PortfolioId"):
            portfolio = self._catalog.portfolio(portfolio_id)
            every = [item for item in every if item.id in portfolio.products]
        found = self._searched(every)
        return ActionResult(self._page("ProductViewDetails", [views.product(item) for item in found]))

    def search_products(self) -> ActionResult:
        """SearchProducts: what the caller may launch."""
        visible = [
            item
            for item in self._catalog.products.values()
            if access.launch_paths(self._catalog, self.caller, item)
        ]
        found = self._searched(visible)
        answer = self._page("ProductViewSummaries", [views.product_summary(item) for item in found])
        answer["ProductViewAggregations"] = {
            name: [{"Value": value, "ApproximateCount": count} for value, count in Counter(values).items()]
            for name, values in (
                ("Owner", [item.owner for item in found]),
                ("ProductType", [item.type for item in found]),
            )
        }
        return ActionResult(answer)

    def describe_product_as_admin(self) -> ActionResult:
        """DescribeProductAsAdmin."""
        found = self._catalog.product(self.params.get("Id"), self.params.get("Name"))
        return ActionResult(
            {
                "ProductViewDetail": views.product(found),
                "ProvisioningArtifactSummaries": [
                    views.artifact_summary(item) for item in found.artifacts.values()
                ],
                "Tags": views.tags(found.tags),
                "TagOptions": [
                    views.tag_option(option)
                    for option in self._catalog.tag_options.values()
                    if found.id in option.resources
                ],
                "Budgets": [],
            }
        )

    def describe_product(self) -> ActionResult:
        """DescribeProduct, for those who may launch it: its active versions and launch paths."""
        return ActionResult(self._described(self._catalog.product(self.params.get("Id"), self.params.get("Name"))))

    def describe_product_view(self) -> ActionResult:
        """DescribeProductView, for those who may launch it."""
        for item in self._catalog.products.values():
            if item.view_id == self.params["Id"]:
                described = self._described(item)
                return ActionResult(
                    {name: described[name] for name in ("ProductViewSummary", "ProvisioningArtifacts")}
                )
        raise ResourceNotFoundError(f"Product view {self.params['Id']} not found.")

    def list_launch_paths(self) -> ActionResult:
        """ListLaunchPaths."""
        product = self._catalog.product(self.params["ProductId"])
        paths = access.launch_paths(self._catalog, self.caller, product)
        if not paths:
            raise ResourceNotFoundError(f"No launch paths found for resource: {product.id}")
        every = [
            views.launch_path(path, self._catalog.constraints_of(path.portfolio.id, product.id)) for path in paths
        ]
        return ActionResult(self._page("LaunchPathSummaries", every))

    def describe_provisioning_parameters(self) -> ActionResult:
        """DescribeProvisioningParameters: the form of a version."""
        product = self._catalog.product(self.params.get("ProductId"), self.params.get("ProductName"))
        artifact = self._catalog.artifact(
            product, self.params.get("ProvisioningArtifactId"), self.params.get("ProvisioningArtifactName")
        )
        path = access.launch_path(
            self._catalog, self.caller, product, self.params.get("PathId"), self.params.get("PathName")
        )
        # The service reads the template as the launch role, and answers as it does when it cannot.
        role_arn = access.launch_role(self._catalog, path.portfolio, product)
        access.launch_identity(self.cloud, self.caller, role_arn)
        parameters, outputs = self._templates.form(artifact)
        options: dict[str, list[str]] = {}
        for option in self._catalog.tag_options.values():
            if option.active and {product.id, path.portfolio.id} & set(option.resources):
                options.setdefault(option.key, []).append(option.value)
        constraints = self._catalog.constraints_of(path.portfolio.id, product.id)
        return ActionResult(
            {
                "ProvisioningArtifactParameters": parameters,
                "ConstraintSummaries": [views.constraint_summary(item) for item in constraints],
                "UsageInstructions": [{"Type": "version", "Value": artifact.guidance}],
                "TagOptions": [{"Key": key, "Values": values} for key, values in options.items()],
                "ProvisioningArtifactOutputs": outputs,
                "ProvisioningArtifactOutputKeys": outputs,
            }
        )

    def _described(self, product: Product) -> dict[str, Any]:
        paths = access.launch_paths(self._catalog, self.caller, product)
        if not paths:
            raise ResourceNotFoundError(f"Product {product.id} not found.")
        return {
            "ProductViewSummary": views.product_summary(product),
            "ProvisioningArtifacts": [
                views.artifact_summary(item, with_guidance=True)
                for item in product.artifacts.values()
                if item.active
            ],
            "Budgets": [],
            "LaunchPaths": [{"Id": path.id, "Name": path.portfolio.name} for path in paths],
        }

    def _searched(self, every: Iterable[Product]) -> list[Product]:
        filters = self.params.get("Filters") or {}
        found = [item for item in every if all(_matches(item, kind, values) for kind, values in filters.items())]
        keys = {
            "Title": lambda item: item.name.lower(),
            "VersionCount": lambda item: len(item.artifacts),
            "CreationDate": lambda item: item.created,
        }
        return sorted(
            found,
            key=keys[self.params.get("SortBy") or "Title"],
            reverse=self.params.get("SortOrder") == "DESCENDING",
        )


def _matches(product: Product, kind: str, values: list[str]) -> bool:
    if kind == "FullTextSearch":
        text = " ".join([product.name, product.owner, product.description, product.distributor]).lower()
        return all(value.lower() in text for value in values)
    if kind == "Owner":
        return product.owner in values
    if kind == "ProductType":
        return product.type in values
    return False
