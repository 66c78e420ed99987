"""The provisioned products of the account, as Service Catalog knows them."""

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field

from watch_projects.errors import UsageUnknown

if TYPE_CHECKING:
    ServiceCatalogClient = Any

_ID_AT_THE_END = re.compile(r"-(p-[a-z0-9]{1,18})$")
_ROLE = re.compile(r"^arn:(?P<partition>aws[a-z-]*):(?:iam|sts)::(?P<account>[0-9]{12}):(?P<rest>.+)$")


class _Tag(BaseModel):
    Key: str
    Value: str


class ProvisionedProduct(BaseModel):
    """One entry of SearchProvisionedProducts."""

    model_config = ConfigDict(frozen=True)

    Id: str
    Name: str
    Status: str
    ProductId: str | None = None
    ProvisioningArtifactName: str | None = None
    PhysicalId: str | None = None
    """ARN of the stack."""
    UserArn: str | None = None
    Tags: list[_Tag] = Field(default_factory=list)

    def tag(self, key: str) -> str | None:
        """The value of a tag."""
        return next((tag.Value for tag in self.Tags if tag.Key == key), None)

    def project_id(self) -> str | None:
        """SageMaker's id of the project: from its tag, else from the end of the name that SageMaker gives."""
        at_the_end = _ID_AT_THE_END.search(self.Name)
        return self.tag("sagemaker:project-id") or (at_the_end[1] if at_the_end else None)


def role_of(user_arn: str | None, known: list[str]) -> str | None:
    """ARN of the role that stands behind Service Catalog's UserArn.

    A session's ARN lacks the role's path, but a role's name is unique in its account: the path is taken from the
    role of that name among the known ones.
    """
    found = _ROLE.match(user_arn or "")
    if found is None:
        return None
    kind, _, rest = found["rest"].partition("/")
    if kind == "role":
        name = rest.rsplit("/", 1)[-1]
    elif kind == "assumed-role":
        name = rest.split("/", 1)[0]
    else:
        return user_arn
    own = f"arn:{found['partition']}:iam::{found['account']}:role/"
    of_that_name = (arn for arn in known if arn.startswith(own) and arn.rsplit("/", 1)[-1] == name)
    return next(of_that_name, user_arn if kind == "role" else f"{own}{name}")


class Catalog:
    """Service Catalog, read only."""

    def __init__(self, client: "ServiceCatalogClient") -> None:
        self._client = client

    def provisioned(self) -> list[ProvisionedProduct]:
        """Every provisioned product of the account, whoever launched it.

        Raises:
            UsageUnknown: Service Catalog refuses or cannot be reached.

        """
        # Sorted by their creation the list is complete and without duplicates (API reference). botocore has no
        # paginator for it.
        entries: dict[str, dict[str, Any]] = {}
        page: dict[str, str] = {}
        try:
            while True:
                answer = self._client.search_provisioned_products(
                    AccessLevelFilter={"Key": "Account", "Value": "self"},
                    SortBy="createdTime",
                    PageSize=100,
                    **page,
                )
                entries |= {item["Id"]: item for item in answer["ProvisionedProducts"]}
                if not answer.get("NextPageToken"):
                    break
                page = {"PageToken": answer["NextPageToken"]}
        except (ClientError, BotoCoreError) as error:
            raise UsageUnknown(f"Service Catalog does not say which products are provisioned: {error}") from error
        return [ProvisionedProduct.model_validate(entry) for entry in entries.values()]
