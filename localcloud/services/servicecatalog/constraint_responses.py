"""Operations on constraints."""

import json
import re
from typing import Any

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.servicecatalog import identifiers, views
from localcloud.services.servicecatalog.base import CatalogResponse
from localcloud.services.servicecatalog.errors import (
    DuplicateResourceError,
    InvalidParametersError,
    ResourceNotFoundError,
)
from localcloud.services.servicecatalog.models import Constraint

_TYPES = ("LAUNCH", "NOTIFICATION", "RESOURCE_UPDATE", "STACKSET", "TEMPLATE")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")


@operations("servicecatalog")
class ConstraintResponses(CatalogResponse):
    """Constraints on products within portfolios."""

    def create_constraint(self) -> ActionResult:
        """CreateConstraint."""
        made = self._catalog.once("CreateConstraint", self.params["IdempotencyToken"], self._new_constraint)
        return ActionResult(_answer(made))

    def describe_constraint(self) -> ActionResult:
        """DescribeConstraint."""
        return ActionResult(_answer(self._catalog.constraint(self.params["Id"])))

    def update_constraint(self) -> ActionResult:
        """UpdateConstraint: description and parameters."""
        found = self._catalog.constraint(self.params["Id"])
        if self.params.get("Parameters") is not None:
            _check(found.type, self.params["Parameters"])
            found.parameters = self.params["Parameters"]
        if self.params.get("Description") is not None:
            found.description = self.params["Description"]
        return ActionResult(_answer(found))

    def delete_constraint(self) -> ActionResult:
        """DeleteConstraint."""
        found = self._catalog.constraint(self.params["Id"])
        del self._catalog.constraints[found.id]
        return EmptyResult()

    def list_constraints_for_portfolio(self) -> ActionResult:
        """ListConstraintsForPortfolio."""
        portfolio = self._catalog.portfolio(self.params["PortfolioId"])
        every = self._catalog.constraints_of(portfolio.id, self.params.get("ProductId"))
        return ActionResult(self._page("ConstraintDetails", [views.constraint(item) for item in every]))

    def _new_constraint(self) -> Constraint:
        portfolio = self._catalog.portfolio(self.params["PortfolioId"])
        product = self._catalog.product(self.params["ProductId"])
        if product.id not in portfolio.products:
            raise ResourceNotFoundError(f"Product {product.id} is not associated with portfolio {portfolio.id}")
        kind, parameters = self.params["Type"], self.params["Parameters"]
        _check(kind, parameters)
        if kind == "LAUNCH" and any(
            item.type == kind for item in self._catalog.constraints_of(portfolio.id, product.id)
        ):
            raise DuplicateResourceError(
                f"Product {product.id} has a LAUNCH constraint in portfolio {portfolio.id} already."
            )
        made = Constraint(
            id=identifiers.new("cons"),
            type=kind,
            description=self.params.get("Description") or "",
            owner=self.current_account,
            product_id=product.id,
            portfolio_id=portfolio.id,
            parameters=parameters,
        )
        self._catalog.constraints[made.id] = made
        return made


def _answer(shown: Constraint) -> dict[str, Any]:
    return {
        "ConstraintDetail": views.constraint(shown),
        "ConstraintParameters": shown.parameters,
        "Status": "AVAILABLE",
    }


def _check(kind: str, parameters: str) -> None:
    """Refuse a constraint that Service Catalog could not apply (API reference, CreateConstraint)."""
    if kind not in _TYPES:
        raise InvalidParametersError(f"Unknown constraint type {kind}: one of {', '.join(_TYPES)}")
    try:
        content = json.loads(parameters)
    except ValueError as error:
        raise InvalidParametersError(f"Constraint parameters are not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InvalidParametersError("Constraint parameters have to be a JSON object")
    if kind == "LAUNCH":
        if ("RoleArn" in content) == ("LocalRoleName" in content):
            raise InvalidParametersError("A LAUNCH constraint has either a RoleArn or a LocalRoleName.")
        if "RoleArn" in content and not _ROLE_ARN.fullmatch(str(content["RoleArn"])):
            raise InvalidParametersError(f"Invalid RoleArn: {content['RoleArn']}")
