"""The model registry's rules: groups, versions, approval."""

import json
from typing import Any

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from localcloud import identity
from localcloud.cloud import Cloud
from localcloud.principals import Principal
from localcloud.services.sagemaker import eventbridge
from localcloud.services.sagemaker.errors import ConflictError, ValidationError
from localcloud.services.sagemaker.jobs.transfer import TransferError, split_uri
from localcloud.services.sagemaker.registry.model_package import ModelPackage, ModelPackageGroup
from localcloud.services.sagemaker.resources import arn, merged_tags
from localcloud.services.sagemaker.store import SageMakerStore

_STATE_CHANGE = "SageMaker Model Package State Change"
# What an event says to have been updated.
_UPDATED = (
    "ModelApprovalStatus", "ApprovalDescription", "SourceUri", "CustomerMetadataProperties",
    "InferenceSpecification", "ModelLifeCycle",
)  # fmt: skip


class Registry:
    """Operations on one account's and region's registry."""

    def __init__(self, cloud: Cloud, store: SageMakerStore) -> None:
        self._cloud = cloud
        self._store = store

    def create_group(self, request: dict[str, Any], caller: Principal) -> ModelPackageGroup:
        """Create a group.

        Raises:
            ValidationError: it exists already.

        """
        name = request["ModelPackageGroupName"]
        with self._store.lock:
            if (present := self._store.model_package_groups.get(name)) is not None:
                raise ValidationError(f"Model Package Group already exists: {present.arn}")
            group = ModelPackageGroup(
                name,
                request.get("ModelPackageGroupDescription"),
                merged_tags([], request.get("Tags", [])),
                caller,
                region=self._store.region_name,
                account_id=self._store.account_id,
            )
            self._store.model_package_groups[name] = group
        return group

    def group(self, name_or_arn: str) -> ModelPackageGroup:
        """A group by name or ARN.

        Raises:
            ValidationError: there is none.

        """
        name = name_or_arn.rsplit("/", 1)[-1]
        group = self._store.model_package_groups.get(name)
        if group is None:
            missing = arn(self._store.region_name, self._store.account_id, f"model-package-group/{name}")
            raise ValidationError(f"ModelPackageGroup {missing} does not exist.")
        return group

    def delete_group(self, name_or_arn: str) -> None:
        """Delete a group.

        Raises:
            ConflictError: packages are in it.

        """
        with self._store.lock:
            group = self.group(name_or_arn)
            if any(package.group is group for package in self._store.model_packages.values()):
                raise ConflictError(
                    "Model Package Group cannot be deleted because it still contains Model Packages."
                )
            del self._store.model_package_groups[group.name]

    def create(self, request: dict[str, Any], caller: Principal) -> ModelPackage:
        """Create a package: the next version of a group, or one with a name of its own.

        Raises:
            ValidationError: the request breaks a rule, or a model file is not there.

        """
        group_name, name = request.get("ModelPackageGroupName"), request.get("ModelPackageName")
        if group_name and name:
            raise ValidationError(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
                "Cannot determine which one to use."
            )
        if not group_name and not name:
            raise ValidationError("Either ModelPackageName or ModelPackageGroupName must be provided.")
        if group_name and request.get("Tags"):
            raise ValidationError("Tags cannot be set on a model package version: it has the tags of its group.")
        self._check_models(request)
        with self._store.lock:
            token = request.get("ClientToken")
            if token and token in self._store.model_package_tokens:
                return self._store.model_packages[self._store.model_package_tokens[token]]
            group = self.group(group_name) if group_name else None
            package = ModelPackage(
                request,
                caller,
                group=group,
                version=group.next_version if group is not None else None,
                region=self._store.region_name,
                account_id=self._store.account_id,
            )
            if package.arn in self._store.model_packages:
                raise ValidationError(f"Model package already exists: {package.arn}")
            if group is not None:
                group.next_version += 1
            self._store.model_packages[package.arn] = package
            if token:
                self._store.model_package_tokens[token] = package.arn
        self._announce(package)
        return package

    def package(self, name_or_arn: str) -> ModelPackage:
        """A package by ARN, or by name when it is no version of a group.

        Raises:
            ValidationError: there is none.

        """
        store = self._store
        own_arn = name_or_arn
        if not name_or_arn.startswith("arn:"):
            own_arn = arn(store.region_name, store.account_id, f"model-package/{name_or_arn}")
        package = store.model_packages.get(own_arn)
        if package is None:
            raise ValidationError(f"ModelPackage {own_arn} does not exist.")
        return package

    def update(self, request: dict[str, Any], caller: Principal) -> ModelPackage:
        """Change a package; a change of its approval is announced.

        Raises:
            ValidationError: there is none, or it has no approval.

        """
        package = self.package(request["ModelPackageArn"])
        if package.group is None and "ModelApprovalStatus" in request:
            raise ValidationError("ModelApprovalStatus can be set on versions of a model package group only.")
        package.update(request, caller)
        self._announce(package, [name for name in _UPDATED if name in request])
        return package

    def delete(self, name_or_arn: str) -> None:
        """Delete a package."""
        with self._store.lock:
            del self._store.model_packages[self.package(name_or_arn).arn]

    def set_policy(self, name_or_arn: str, policy: str) -> ModelPackageGroup:
        """Let other accounts use a group.

        Raises:
            ValidationError: there is no such group, or the policy is no JSON.

        """
        group = self.group(name_or_arn)
        try:
            json.loads(policy)
        except ValueError as error:
            raise ValidationError("Invalid resource policy: it is not valid JSON.") from error
        group.policy = policy
        return group

    def delete_policy(self, name_or_arn: str) -> None:
        """Let other accounts use a group no longer."""
        self.group(name_or_arn).policy = None

    def permits(self, caller: Principal, action: str, name_or_arn: str) -> bool:
        """Whether another account's principal may do something to a group, or to a version in it."""
        own = name_or_arn.split(":", 5)[-1].split("/")[1] if ":" in name_or_arn else name_or_arn
        group = self._store.model_package_groups.get(own)
        return group is not None and identity.allowed_across_accounts(
            caller, group.policy, f"sagemaker:{action}", name_or_arn
        )

    def _announce(self, package: ModelPackage, changed: list[str] | None = None) -> None:
        described = package.describe()
        self._cloud.events.publish(
            "sagemaker.model-package",
            {
                "arn": package.arn,
                "group": described["ModelPackageGroupName"],
                "version": package.version,
                "approval_status": package.approval_status,
                "region": self._store.region_name,
                "account_id": self._store.account_id,
            },
        )
        detail = {name: value for name, value in described.items() if name not in ("CreatedBy", "LastModifiedBy")}
        if changed:
            detail["UpdatedModelPackageFields"] = changed
        eventbridge.put(self._cloud, self._store, _STATE_CHANGE, [package.arn], detail)

    def _check_models(self, request: dict[str, Any]) -> None:
        for container in request.get("InferenceSpecification", {}).get("Containers", []):
            uri = container.get("ModelDataUrl")
            if uri is not None and not self._exists(uri):
                raise ValidationError(f"Could not find model data at {uri}.")

    def _exists(self, uri: str) -> bool:
        try:
            bucket, key = split_uri(uri)
        except TransferError as error:
            raise ValidationError(f"Invalid ModelDataUrl '{uri}'") from error
        backend = s3_backends[self._store.account_id][get_partition(self._store.region_name)]
        if bucket not in backend.buckets:
            return False
        keys = backend.buckets[bucket].keys
        return key in keys if not key.endswith("/") else any(name.startswith(key) for name in keys)
