"""What the classes with SageMaker's operations share."""

from typing import Any

from localcloud.responses import LocalResponse
from localcloud.services.sagemaker.store import SageMakerStore, store_of


class SageMakerBase(LocalResponse):
    """Gives an operation the store of the caller's account and the request's region."""

    @property
    def _store(self) -> SageMakerStore:
        return store_of(self.current_account, self.region)

    @property
    def _parameters(self) -> dict[str, Any]:
        return {name: value for name, value in self.params.items() if value is not None}
