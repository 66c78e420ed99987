"""The model registry."""

from localcloud.responses import ActionResult, EmptyResult, ServiceError, operations
from localcloud.services.sagemaker import listing
from localcloud.services.sagemaker.errors import ValidationError
from localcloud.services.sagemaker.registry.model_package import ModelPackage
from localcloud.services.sagemaker.registry.registry import Registry
from localcloud.services.sagemaker.responses.base import SageMakerBase
from localcloud.services.sagemaker.store import SageMakerStore, store_of

_KEYS = {"Name": lambda item: item.name, "CreationTime": lambda item: item.created}


class _RegistryBase(SageMakerBase):
    """The registry of the caller's account, or of the account that an ARN names and that lets the caller in."""

    @property
    def _registry(self) -> Registry:
        return Registry(self.cloud, self._store)

    def _owner(self, name_or_arn: str, action: str) -> SageMakerStore:
        """The store that keeps a group or package; AccessDenied when another account keeps it to itself."""
        parts = name_or_arn.split(":", 5)
        if len(parts) < 6 or parts[4] == self.current_account:
            return self._store
        store = store_of(parts[4], parts[3])
        if not Registry(self.cloud, store).permits(self.caller, action, name_or_arn):
            raise ServiceError(
                "AccessDeniedException",
                f"User: {self.caller.arn} is not authorized to perform: sagemaker:{action} on resource: "
                f"{name_or_arn} because no resource-based policy allows the sagemaker:{action} action",
            )
        return store

    def _of(self, name_or_arn: str, action: str) -> Registry:
        return Registry(self.cloud, self._owner(name_or_arn, action))


@operations("sagemaker")
class ModelPackageGroupResponse(_RegistryBase):
    """Model package groups."""

    def create_model_package_group(self) -> ActionResult:
        """Create a group."""
        return ActionResult(
            {"ModelPackageGroupArn": self._registry.create_group(self._parameters, self.caller).arn}
        )

    def describe_model_package_group(self) -> ActionResult:
        """Tell everything about a group."""
        name = self._parameters["ModelPackageGroupName"]
        return ActionResult(self._of(name, "DescribeModelPackageGroup").group(name).describe())

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

    def put_model_package_group_policy(self) -> ActionResult:
        """Let other accounts use a group."""
        parameters = self._parameters
        group = self._registry.set_policy(parameters["ModelPackageGroupName"], parameters["ResourcePolicy"])
        return ActionResult({"ModelPackageGroupArn": group.arn})

    def get_model_package_group_policy(self) -> ActionResult:
        """Tell a group's policy."""
        group = self._registry.group(self._parameters["ModelPackageGroupName"])
        if group.policy is None:
            raise ValidationError(f"Cannot find resource policy for: {group.arn}")
        return ActionResult({"ResourcePolicy": group.policy})

    def delete_model_package_group_policy(self) -> ActionResult:
        """Let other accounts use a group no longer."""
        self._registry.delete_policy(self._parameters["ModelPackageGroupName"])
        return EmptyResult()

    def delete_model_package_group(self) -> ActionResult:
        """Delete an empty group."""
        self._registry.delete_group(self._parameters["ModelPackageGroupName"])
        return EmptyResult()


@operations("sagemaker")
class ModelPackageResponse(_RegistryBase):
    """Model packages."""

    def create_model_package(self) -> ActionResult:
        """Register a model."""
        return ActionResult({"ModelPackageArn": self._registry.create(self._parameters, self.caller).arn})

    def describe_model_package(self) -> ActionResult:
        """Tell everything about a package."""
        name = self._parameters["ModelPackageName"]
        return ActionResult(self._of(name, "DescribeModelPackage").package(name).describe())

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
        store = self._owner(parameters.get("ModelPackageGroupName", ""), "ListModelPackages")
        found = [package for package in list(store.model_packages.values()) if self._wanted(package)]
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
