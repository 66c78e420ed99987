"""What the groups of operations share."""

from collections.abc import Sequence
from typing import Any

from localcloud.responses import LocalResponse
from localcloud.services.servicecatalog import catalog
from localcloud.services.servicecatalog.catalog import Catalog
from localcloud.services.servicecatalog.errors import InvalidParametersError
from localcloud.services.servicecatalog.templates import Templates

_PAGE = 20
"""Entries of a page unless PageSize says otherwise; the service's own default is not documented."""


class CatalogResponse(LocalResponse):
    """Operations on the catalog of the caller's account and region."""

    @property
    def _catalog(self) -> Catalog:
        return catalog.of(self.cloud, self.current_account, self.region)

    @property
    def _templates(self) -> Templates:
        return Templates(self.cloud, self.current_account, self.region)

    def _page(self, name: str, every: Sequence[Any]) -> dict[str, Any]:
        """One page of a list under ``name``, and the token of the next page.

        Raises:
            InvalidParametersError: the token is not one of ours.

        """
        token = self.params.get("PageToken")
        if token and not token.isdecimal():
            raise InvalidParametersError("The page token is not valid.")
        start = int(token or 0)
        end = start + (self.params.get("PageSize") or _PAGE)
        found: dict[str, Any] = {name: list(every[start:end])}
        if end < len(every):
            found["NextPageToken"] = str(end)
        return found
