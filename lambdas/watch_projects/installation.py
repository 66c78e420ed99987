"""What package 1 had installed when it was last applied: the object that guard.tf writes."""

from pydantic import BaseModel, ConfigDict


class Installation(BaseModel):
    """Compared with a plan, it says what the plan removes."""

    model_config = ConfigDict(frozen=True)

    products: dict[str, str]
    """Service Catalog's id of a product → its key in ``var.products``."""
    principals: list[str]
    """ARNs of the roles that the portfolio is shared with."""
    releases: list[str]
    """Versions on offer."""
    environments: list[str] = []
    """Other accounts that projects deploy to, or did; none before there were any."""
