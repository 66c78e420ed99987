"""All of Service Catalog's operations, by group."""

from localcloud.services.servicecatalog import (
    browse_responses,
    constraint_responses,
    portfolio_responses,
    product_responses,
    provisioning_responses,
    tag_option_responses,
)

__all__ = [
    "browse_responses",
    "constraint_responses",
    "portfolio_responses",
    "product_responses",
    "provisioning_responses",
    "tag_option_responses",
]
