"""Operations on portfolios, and on who and what belongs to them."""

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.servicecatalog import identifiers, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import (
    InvalidParametersError,
    ResourceInUseError,
    ResourceNotFoundError,
)
from localcloud.services.servicecatalog.models import Portfolio


@operations("servicecatalog")
class PortfolioResponses(CatalogResponse):
    """Portfolios, their principals and their products."""

    def create_portfolio(self) -> ActionResult:
        """CreatePortfolio."""
        made = self._catalog.once("CreatePortfolio", self.params["IdempotencyToken"], self._new_portfolio)
        return ActionResult({"PortfolioDetail": views.portfolio(made), "Tags": views.tags(made.tags)})

    def describe_portfolio(self) -> ActionResult:
        """DescribePortfolio."""
        found = self._catalog.portfolio(self.params["Id"])
        options = [
            views.tag_option(option)
            for option in self._catalog.tag_options.values()
            if found.id in option.resources
        ]
        return ActionResult(
            {"PortfolioDetail": views.portfolio(found), "Tags": views.tags(found.tags), "TagOptions": options}
        )

    def update_portfolio(self) -> ActionResult:
        """UpdatePortfolio."""
        found = self._catalog.portfolio(self.params["Id"])
        found.name = self.params.get("DisplayName") or found.name
        found.provider = self.params.get("ProviderName") or found.provider
        if self.params.get("Description") is not None:
            found.description = self.params["Description"]
        found.tags |= views.untag(self.params.get("AddTags"))
        for key in self.params.get("RemoveTags") or []:
            found.tags.pop(key, None)
        return ActionResult({"PortfolioDetail": views.portfolio(found), "Tags": views.tags(found.tags)})

    def delete_portfolio(self) -> ActionResult:
        """DeletePortfolio; refused while anything is associated with it."""
        with self._catalog.lock:
            found = self._catalog.portfolio(self.params["Id"])
            if found.products or found.principals or self._catalog.constraints_of(found.id):
                raise ResourceInUseError(
                    f"Portfolio {found.id} has products, principals or constraints: remove them first."
                )
            del self._catalog.portfolios[found.id]
        return EmptyResult()

    def list_portfolios(self) -> ActionResult:
        """ListPortfolios."""
        every = [views.portfolio(item) for item in self._catalog.portfolios.values()]
        return ActionResult(self._page("PortfolioDetails", every))

    def associate_principal_with_portfolio(self) -> ActionResult:
        """AssociatePrincipalWithPortfolio."""
        arn, kind = self.params["PrincipalARN"], self.params["PrincipalType"]
        if kind == "IAM" and not arn.startswith("arn:"):
            raise InvalidParametersError(f"Invalid principal ARN: {arn}")
        if kind == "IAM_PATTERN" and ":iam:::" not in arn:
            raise InvalidParametersError(f"A principal of type IAM_PATTERN has no account in its ARN: {arn}")
        self._catalog.portfolio(self.params["PortfolioId"]).principals[arn] = kind
        return EmptyResult()

    def disassociate_principal_from_portfolio(self) -> ActionResult:
        """DisassociatePrincipalFromPortfolio."""
        found = self._catalog.portfolio(self.params["PortfolioId"])
        if found.principals.pop(self.params["PrincipalARN"], None) is None:
            raise ResourceNotFoundError(
                f"Principal {self.params['PrincipalARN']} is not associated with portfolio {found.id}"
            )
        return EmptyResult()

    def list_principals_for_portfolio(self) -> ActionResult:
        """ListPrincipalsForPortfolio."""
        found = self._catalog.portfolio(self.params["PortfolioId"])
        every = [{"PrincipalARN": arn, "PrincipalType": kind} for arn, kind in found.principals.items()]
        return ActionResult(self._page("Principals", every))

    def associate_product_with_portfolio(self) -> ActionResult:
        """AssociateProductWithPortfolio."""
        with self._catalog.lock:
            found = self._catalog.portfolio(self.params["PortfolioId"])
            product = self._catalog.product(self.params["ProductId"])
            if product.id not in found.products:
                found.products.append(product.id)
        return EmptyResult()

    def disassociate_product_from_portfolio(self) -> ActionResult:
        """DisassociateProductFromPortfolio; refused while constraints stand on the association."""
        with self._catalog.lock:
            found = self._catalog.portfolio(self.params["PortfolioId"])
            product_id = self.params["ProductId"]
            if product_id not in found.products:
                raise ResourceNotFoundError(f"Product {product_id} is not associated with portfolio {found.id}")
            if self._catalog.constraints_of(found.id, product_id):
                raise ResourceInUseError(
                    f"Product {product_id} has constraints in portfolio {found.id}: delete them first."
                )
            found.products.remove(product_id)
        return EmptyResult()

    def list_portfolios_for_product(self) -> ActionResult:
        """ListPortfoliosForProduct."""
        product = self._catalog.product(self.params["ProductId"])
        every = [
            views.portfolio(item) for item in self._catalog.portfolios.values() if product.id in item.products
        ]
        return ActionResult(self._page("PortfolioDetails", every))

    def _new_portfolio(self) -> Portfolio:
        portfolio_id = identifiers.new("port")
        made = Portfolio(
            id=portfolio_id,
            arn=f"arn:aws:catalog:{self.region}:{self.current_account}:portfolio/{portfolio_id}",
            name=self.params["DisplayName"],
            provider=self.params["ProviderName"],
            description=self.params.get("Description") or "",
            tags=views.untag(self.params.get("Tags")),
        )
        self._catalog.portfolios[made.id] = made
        return made
