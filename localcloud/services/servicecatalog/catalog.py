"""The catalog of an account and region: finding and keeping things."""

from collections.abc import Callable
from threading import RLock
from typing import TypeVar
from weakref import WeakKeyDictionary

from localcloud.cloud import Cloud
from localcloud.services.servicecatalog.errors import InvalidParametersError, ResourceNotFoundError
from localcloud.services.servicecatalog.models import (
    Artifact,
    Constraint,
    Portfolio,
    Product,
    ProvisionedProduct,
    Record,
    TagOption,
)

Thing = TypeVar("Thing")


class Catalog:
    """Everything of one account and region.

    Attributes:
        lock: held while something is checked and then changed.

    """

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.lock = RLock()
        self.portfolios: dict[str, Portfolio] = {}
        self.products: dict[str, Product] = {}
        self.constraints: dict[str, Constraint] = {}
        self.tag_options: dict[str, TagOption] = {}
        self.provisioned: dict[str, ProvisionedProduct] = {}
        self.records: dict[str, Record] = {}
        self._once: dict[tuple[str, str], object] = {}

    def once(self, operation: str, token: str, make: Callable[[], Thing]) -> Thing:
        """What ``make`` gives, or gave when this operation's token was used before."""
        with self.lock:
            if (operation, token) not in self._once:
                self._once[operation, token] = make()
            return self._once[operation, token]  # type: ignore[return-value]

    def portfolio(self, portfolio_id: str) -> Portfolio:
        """A portfolio by id."""
        return _found(self.portfolios, portfolio_id, "Portfolio")

    def product(self, product_id: str | None, name: str | None = None) -> Product:
        """A product by id or name.

        Raises:
            ResourceNotFoundError: no such product.
            InvalidParametersError: both, neither, or a name that several have.

        """
        if (product_id is None) == (name is None):
            raise InvalidParametersError("Specify either the product's id or its name, not both.")
        if product_id is not None:
            return _found(self.products, product_id, "Product")
        return _named(list(self.products.values()), str(name), "Product")

    def artifact(self, product: Product, artifact_id: str | None, name: str | None = None) -> Artifact:
        """A product's version by id or name."""
        if (artifact_id is None) == (name is None):
            raise InvalidParametersError("Specify either the provisioning artifact's id or its name, not both.")
        if artifact_id is not None:
            if artifact_id not in product.artifacts:
                raise ResourceNotFoundError(
                    f"Provisioning artifact {artifact_id} does not exist or access was denied"
                )
            return product.artifacts[artifact_id]
        return _named(list(product.artifacts.values()), str(name), "Provisioning Artifact")

    def constraint(self, constraint_id: str) -> Constraint:
        """A constraint by id."""
        return _found(self.constraints, constraint_id, "Constraint")

    def constraints_of(self, portfolio_id: str, product_id: str | None = None) -> list[Constraint]:
        """The constraints in a portfolio, of one product or of all."""
        return [
            constraint
            for constraint in list(self.constraints.values())
            if constraint.portfolio_id == portfolio_id and product_id in (None, constraint.product_id)
        ]

    def tag_option(self, option_id: str) -> TagOption:
        """A tag option by id."""
        return _found(self.tag_options, option_id, "TagOption")

    def provisioned_product(self, product_id: str | None, name: str | None = None) -> ProvisionedProduct:
        """A provisioned product by id or name."""
        if (product_id is None) == (name is None):
            raise InvalidParametersError("Specify either the provisioned product's id or its name, not both.")
        if product_id is not None:
            return _found(self.provisioned, product_id, "Provisioned product")
        return _named(list(self.provisioned.values()), str(name), "Provisioned product")

    def record(self, record_id: str) -> Record:
        """A record by id."""
        return _found(self.records, record_id, "Record")


def _found(things: dict[str, Thing], key: str, noun: str) -> Thing:
    if key not in things:
        raise ResourceNotFoundError(f"{noun} {key} not found.")
    return things[key]


def _named(things: list[Thing], name: str, noun: str) -> Thing:
    found = [thing for thing in things if getattr(thing, "name", None) == name]
    if not found:
        raise ResourceNotFoundError(f"{noun} with name {name} not found.")
    if len(found) > 1:
        raise InvalidParametersError(f"Multiple {noun} with name {name} found.")
    return found[0]


_ALL: "WeakKeyDictionary[Cloud, dict[tuple[str, str], Catalog]]" = WeakKeyDictionary()
_LOCK = RLock()


def of(cloud: Cloud, account_id: str, region: str) -> Catalog:
    """The catalog of one account and region of a local cloud."""
    with _LOCK:
        regions = _ALL.setdefault(cloud, {})
        if (account_id, region) not in regions:
            regions[account_id, region] = Catalog(account_id, region)
        return regions[account_id, region]
