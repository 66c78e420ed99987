"""Launching, updating and terminating products: the checks at once, the stack in the background."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from localcloud.cloud import Cloud
from localcloud.principals import Principal
from localcloud.services import cloudformation
from localcloud.services.servicecatalog import access, catalog, identifiers, refusals, views
from localcloud.services.servicecatalog.errors import (
    DuplicateResourceError,
    InvalidParametersError,
)
from localcloud.services.servicecatalog.models import (
    Artifact,
    Constraint,
    LaunchPath,
    Product,
    ProvisionedProduct,
    Record,
    now,
)
from localcloud.services.servicecatalog.stack_work import StackWork, stack_name
from localcloud.services.servicecatalog.templates import Templates

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_NOTHING_TO_DO = "No updates are to be performed."


@dataclass(frozen=True)
class Launch:
    """What ProvisionProduct was asked for."""

    product: Product
    artifact: Artifact
    path: LaunchPath
    name: str
    token: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    notification_arns: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """What UpdateProvisionedProduct was asked for; a parameter that is None keeps its value."""

    product: Product
    artifact: Artifact
    path: LaunchPath
    token: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None


class Launching:
    """Provisioned products of one account and region, for one caller."""

    def __init__(self, cloud: Cloud, caller: Principal, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._caller = caller
        self._account_id = account_id
        self._region = region
        self._catalog = catalog.of(cloud, account_id, region)
        self._templates = Templates(cloud, account_id, region)
        self._work = StackWork(cloud, region)

    def provision(self, wanted: Launch) -> Record:
        """Start a launch.

        Raises:
            InvalidParametersError, DuplicateResourceError: nothing has been started.

        """
        return self._catalog.once("ProvisionProduct", wanted.token, lambda: self._provision(wanted))

    def update(self, provisioned: ProvisionedProduct, wanted: Change) -> Record:
        """Start an update.

        Raises:
            InvalidParametersError: nothing has been started.

        """
        return self._catalog.once(
            f"UpdateProvisionedProduct:{provisioned.id}", wanted.token, lambda: self._update(provisioned, wanted)
        )

    def terminate(
        self, provisioned: ProvisionedProduct, token: str, *, ignore_errors: bool = False, retain: bool = False
    ) -> Record:
        """Start a termination.

        Args:
            provisioned: what to terminate.
            token: makes repeated requests one.
            ignore_errors: forget the provisioned product even when its stack cannot be deleted.
            retain: forget the provisioned product and leave its stack alone.

        """
        return self._catalog.once(
            f"TerminateProvisionedProduct:{provisioned.id}",
            token,
            lambda: self._terminate(provisioned, ignore_errors=ignore_errors, retain=retain),
        )

    def _provision(self, wanted: Launch) -> Record:
        refusals.inactive(wanted.artifact)
        refusals.deprecated(wanted.artifact)
        if any(item.name == wanted.name for item in list(self._catalog.provisioned.values())):
            raise DuplicateResourceError(f"A provisioned product with the name {wanted.name} already exists.")
        role_arn = access.launch_role(self._catalog, wanted.path.portfolio, wanted.product)
        identity = access.launch_identity(self._cloud, self._caller, role_arn)
        constraints = self._constraints(wanted.path, wanted.product)
        self._templates.refuse(wanted.artifact, wanted.parameters, refusals.rules(constraints))
        provisioned_id = identifiers.new("pp")
        provisioned = ProvisionedProduct(
            id=provisioned_id,
            arn=f"arn:aws:servicecatalog:{self._region}:{self._account_id}:stack/{wanted.name}/{provisioned_id}",
            name=wanted.name,
            product_id=wanted.product.id,
            artifact_id=wanted.artifact.id,
            path_id=wanted.path.id,
            user_arn=self._caller.role_arn or self._caller.arn,
            user_session_arn=self._caller.arn,
            token=wanted.token,
            launch_role_arn=role_arn,
            tags={**wanted.product.tags, **wanted.path.portfolio.tags, **wanted.tags},
        )
        record = self._record("PROVISION_PRODUCT", provisioned, wanted.artifact, wanted.path.id)
        with self._catalog.lock:
            self._catalog.provisioned[provisioned.id] = provisioned
        request = {
            "StackName": stack_name(provisioned),
            "TemplateURL": wanted.artifact.template_url,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in wanted.parameters.items()
            ],
            "Capabilities": _CAPABILITIES,
            "NotificationARNs": wanted.notification_arns,
            "Tags": self._stack_tags(provisioned, wanted.product, wanted.path),
        }

        def start(client: Any) -> bool:
            provisioned.stack_id = client.create_stack(**request)["StackId"]
            return True

        def succeeded() -> None:
            provisioned.parameters = dict(wanted.parameters)
            provisioned.last_successful_record = record.id

        self._work.run(record, provisioned, identity, start, succeeded, failed="ERROR")
        return record

    def _update(self, provisioned: ProvisionedProduct, wanted: Change) -> Record:
        refusals.inactive(wanted.artifact)
        refusals.busy(provisioned)
        constraints = self._constraints(wanted.path, wanted.product)
        if wanted.tags is not None:
            refusals.tag_update(wanted.product, constraints)
        if provisioned.stack_id is None:
            raise InvalidParametersError(
                f"Provisioned product {provisioned.id} has no stack that could be updated."
            )
        role_arn = access.launch_role(self._catalog, wanted.path.portfolio, wanted.product)
        identity = access.launch_identity(self._cloud, self._caller, role_arn)
        given, kept = self._with_previous(provisioned, wanted)
        self._templates.refuse(wanted.artifact, given, refusals.rules(constraints))
        record = self._record("UPDATE_PROVISIONED_PRODUCT", provisioned, wanted.artifact, wanted.path.id)
        tags = {**provisioned.tags, **(wanted.tags or {})}
        changed = replace(provisioned, artifact_id=wanted.artifact.id, tags=tags)
        request = {
            "StackName": provisioned.stack_id,
            "TemplateURL": wanted.artifact.template_url,
            "Parameters": [
                {"ParameterKey": key, **({"UsePreviousValue": True} if key in kept else {"ParameterValue": value})}
                for key, value in given.items()
            ],
            "Capabilities": _CAPABILITIES,
            "Tags": self._stack_tags(changed, wanted.product, wanted.path),
        }

        def start(client: Any) -> bool:
            try:
                client.update_stack(**request)
            except ClientError as error:
                if error.response["Error"]["Message"] != _NOTHING_TO_DO:
                    raise
                return False
            return True

        def succeeded() -> None:
            provisioned.product_id, provisioned.artifact_id = wanted.product.id, wanted.artifact.id
            provisioned.path_id, provisioned.launch_role_arn = wanted.path.id, role_arn
            provisioned.tags, provisioned.parameters = tags, given
            provisioned.last_successful_record = record.id

        self._work.run(record, provisioned, identity, start, succeeded, failed=_after_failed_change(provisioned))
        return record

    def _terminate(self, provisioned: ProvisionedProduct, *, ignore_errors: bool, retain: bool) -> Record:
        refusals.busy(provisioned)
        artifact_id = provisioned.artifact_id
        record = self._record("TERMINATE_PROVISIONED_PRODUCT", provisioned, artifact_id, provisioned.path_id)

        def gone() -> None:
            with self._catalog.lock:
                self._catalog.provisioned.pop(provisioned.id, None)

        if retain or provisioned.stack_id is None:
            record.status, record.updated = "SUCCEEDED", now()
            gone()
            return record
        identity = access.launch_identity(self._cloud, self._caller, provisioned.launch_role_arn)
        stack_id = provisioned.stack_id

        def start(client: Any) -> bool:
            client.delete_stack(StackName=stack_id)
            return True

        self._work.run(
            record,
            provisioned,
            identity,
            start,
            gone,
            failed="TAINTED",
            on_failure=gone if ignore_errors else None,
        )
        return record

    def _record(
        self, kind: str, provisioned: ProvisionedProduct, artifact: Artifact | str, path_id: str
    ) -> Record:
        record = Record(
            id=identifiers.new("rec"),
            type=kind,
            provisioned_id=provisioned.id,
            provisioned_name=provisioned.name,
            product_id=provisioned.product_id,
            artifact_id=artifact if isinstance(artifact, str) else artifact.id,
            path_id=path_id,
            user_arn=self._caller.role_arn or self._caller.arn,
            launch_role_arn=provisioned.launch_role_arn,
            tags=dict(provisioned.tags),
        )
        self._catalog.records[record.id] = record
        return record

    def _constraints(self, path: LaunchPath, product: Product) -> list[Constraint]:
        return self._catalog.constraints_of(path.portfolio.id, product.id)

    def _stack_tags(
        self, provisioned: ProvisionedProduct, product: Product, path: LaunchPath
    ) -> list[dict[str, str]]:
        own = {
            "aws:servicecatalog:productArn": product.arn,
            "aws:servicecatalog:portfolioArn": path.portfolio.arn,
            "aws:servicecatalog:provisioningArtifactIdentifier": provisioned.artifact_id,
            "aws:servicecatalog:provisionedProductArn": provisioned.arn,
            "aws:servicecatalog:provisioningPrincipalArn": provisioned.user_session_arn,
        }
        # Without launch role the stack is the caller's, who may not give tags of AWS's own.
        return views.tags({**provisioned.tags, **(own if provisioned.launch_role_arn else {})})

    def _with_previous(self, provisioned: ProvisionedProduct, wanted: Change) -> tuple[dict[str, str], set[str]]:
        """The values of an update, and which of them the stack keeps.

        A parameter keeps the value that the stack has, be it the default of an older template. One that the stack
        never had gets the new template's default.
        """
        stack = cloudformation.of(self._cloud, self._account_id, self._region).find(str(provisioned.stack_id))
        previous = stack.values.given
        given, kept = {}, set()
        for name, value in wanted.parameters.items():
            if value is not None:
                given[name] = value
            elif name in previous:
                given[name] = previous[name]
                kept.add(name)
        return given, kept


def _after_failed_change(provisioned: ProvisionedProduct) -> str:
    """The status after a change that failed: what never worked is in error still."""
    return "ERROR" if provisioned.status == "ERROR" else "TAINTED"
