"""The model registry."""

from localcloud.responses import ActionResult, EmptyResult, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.registry.model_package import ModelPackage
from localcloud.services.sagemaker.registry.registry import Registry
from localcloud.services.sagemaker.responses.base import SageMakerBase

_KEYS = {"Name": lambda item: item.name, "CreationTime": lambda item: item.created}


@operations("sagemaker")
class ModelPackageGroupResponse(SageMakerBase):
    """Model package groups."""

    @property
    def _registry(self) -> Registry:
        return Registry(self.cloud, self._store)

    def create_model_package_group(self) -> ActionResult:
        """Create a group."""
        return ActionResult(
            {"ModelPackageGroupArn": self._registry.create_group(self._parameters, self.caller).arn}
        )

    def describe_model_package_group(self) -> ActionResult:
        """Tell everything about a group."""
        return ActionResult(self._registry.group(self._parameters["ModelPackageGroupName"]).describe())

    def list_model_package_groups(self) -> ActionResult:
        """List groups."""
        parameters = self._parameters
        found = [
            group
            for group in list(self._store.model_package_groups.values())
            if listing.named(group.name, parameters.get("NameContains"))
            and listing.within(
                group.created, parameters.get("CreationTimeAfter"), parameters.get("CreationTimeBefore")
            )
        ]
        shown, token = listing.page(listing.ordered(found, parameters, _KEYS, default="CreationTime"), parameters)
        return ActionResult(
            {"ModelPackageGroupSummaryList": [group.describe() for group in shown], "NextToken": token}
        )

    def delete_model_package_group(self) -> ActionResult:
        """Delete an empty group."""
        self._registry.delete_group(self._parameters["ModelPackageGroupName"])
        return EmptyResult()


@operations("sagemaker")
class ModelPackageResponse(SageMakerBase):
    """Model packages."""

    @property
    def _registry(self) -> Registry:
        return Registry(self.cloud, self._store)

    def create_model_package(self) -> ActionResult:
        """Register a model."""
        return ActionResult({"ModelPackageArn": self._registry.create(self._parameters, self.caller).arn})

    def describe_model_package(self) -> ActionResult:
        """Tell everything about a package."""
        return ActionResult(self._registry.package(self._parameters["ModelPackageName"]).describe())

    def update_model_package(self) -> ActionResult:
        """Approve or reject a package, or change its description."""
        return ActionResult({"ModelPackageArn": self._registry.update(self._parameters, self.caller).arn})

    def delete_model_package(self) -> ActionResult:
        """Delete a package."""
        self._registry.delete(self._parameters["ModelPackageName"])
        return EmptyResult()

    def list_model_packages(self) -> ActionResult:
        """List packages; without a group and a type only those that are no versions, as SageMaker does."""
        parameters = self._parameters
        found = [package for package in list(self._store.model_packages.values()) if self._wanted(package)]
        shown, token = listing.page(listing.ordered(found, parameters, _KEYS, default="CreationTime"), parameters)
        return ActionResult(
            {"ModelPackageSummaryList": [package.summary() for package in shown], "NextToken": token}
        )

    def _wanted(self, package: ModelPackage) -> bool:
        parameters = self._parameters
        group = parameters.get("ModelPackageGroupName")
        kind = parameters.get("ModelPackageType") or ("Versioned" if group else "Unversioned")
        own = package.group.name if package.group is not None else None
        return (
            kind in ("Both", "Versioned" if package.group is not None else "Unversioned")
            and (group is None or own == group.rsplit("/", 1)[-1])
            and parameters.get("ModelApprovalStatus") in (None, package.approval_status)
            and listing.named(package.name, parameters.get("NameContains"))
            and listing.within(
                package.created, parameters.get("CreationTimeAfter"), parameters.get("CreationTimeBefore")
            )
        )
