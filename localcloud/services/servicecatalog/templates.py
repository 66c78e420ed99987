"""Templates of versions: reading, checking, copying, and what their form asks for."""

from collections.abc import Mapping
from typing import Any

from moto.s3.models import s3_backends

from localcloud.cloud import Cloud
from localcloud.principals import Credentials
from localcloud.services import cloudformation
from localcloud.services.cloudformation import parameters, plan, template_url
from localcloud.services.cloudformation.errors import CloudFormationError
from localcloud.services.cloudformation.template import Template, load
from localcloud.services.servicecatalog.errors import InvalidParametersError
from localcloud.services.servicecatalog.models import Artifact

SERVICE_ACCOUNT = "000000000002"
"""The account that stands for the service itself: it owns the bucket of the copies."""
_CONSTRAINTS = (
    "AllowedPattern",
    "ConstraintDescription",
    "MaxLength",
    "MinLength",
    "MaxValue",
    "MinValue",
)


class Templates:
    """Templates in one account and region."""

    def __init__(self, cloud: Cloud, account_id: str, region: str) -> None:
        self._cloud = cloud
        self._account_id = account_id
        self._region = region

    def read(self, url: str, credentials: Credentials) -> str:
        """The text behind a ``LoadTemplateFromURL``, read as the caller.

        Raises:
            InvalidParametersError: it cannot be read.

        """
        try:
            return template_url.read(self._cloud, url, credentials, self._region)
        except CloudFormationError as error:
            raise InvalidParametersError(f"Invalid template URL {url}: {error.message}") from error

    def of_stack(self, stack_id: str) -> str:
        """The text of a stack's template, for ``ImportFromPhysicalId``.

        Raises:
            InvalidParametersError: there is no such stack.

        """
        try:
            stack = cloudformation.of(self._cloud, self._account_id, self._region).find(stack_id)
        except CloudFormationError as error:
            raise InvalidParametersError(error.message) from error
        return stack.values.template.body

    def check(self, body: str) -> None:
        """Refuse what CloudFormation would refuse.

        Raises:
            InvalidParametersError: with CloudFormation's reason.

        """
        try:
            self.load(body)
        except CloudFormationError as error:
            raise InvalidParametersError(
                f"Invalid templateBody. Please make sure that your template is valid: {error.message}"
            ) from error

    def load(self, body: str) -> Template:
        """A template, parsed and checked.

        Raises:
            CloudFormationError: it is not valid.

        """
        stacks = cloudformation.of(self._cloud, self._account_id, self._region)
        return load(body, stacks.registry.knows)

    def copy(self, artifact_id: str, product_id: str, body: str) -> str:
        """Keep the service's own copy, with the tag that launch roles' policies ask for; returns its URL."""
        s3 = s3_backends[SERVICE_ACCOUNT]["aws"]
        bucket = f"sc-{SERVICE_ACCOUNT}-{self._region}-templates"
        if bucket not in s3.buckets:
            s3.create_bucket(bucket, self._region)
        key = f"{self._account_id}/{product_id}/{artifact_id}.template"
        stored = s3.put_object(bucket, key, body.encode())
        s3.put_object_tagging(stored, {"servicecatalog:provisioning": "true"})
        return f"https://{bucket}.s3.{self._region}.amazonaws.com/{key}"

    def form(self, artifact: Artifact) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        """Parameters and output keys of a version, as DescribeProvisioningParameters shows them.

        Raises:
            InvalidParametersError: its template is not valid (it was made without validation).

        """
        try:
            template = self.load(artifact.body)
        except CloudFormationError as error:
            raise InvalidParametersError(error.message) from error
        shown = [_parameter(declared) for declared in template.parameters.values()]
        outputs = [
            {"Key": name, **({"Description": output["Description"]} if output.get("Description") else {})}
            for name, output in template.section("Outputs").items()
        ]
        return shown, outputs

    def refuse(self, artifact: Artifact, given: Mapping[str, str], rules: list[Mapping[str, Any]]) -> None:
        """Refuse parameter values before anything is started.

        Args:
            artifact: the version.
            given: values by name.
            rules: ``Rules`` sections of template constraints.

        Raises:
            InvalidParametersError: unknown, missing or forbidden values, or a broken rule.

        """
        try:
            template = self.load(artifact.body)
            resolved = parameters.resolve(template.parameters, given)
            typed, _ = parameters.typed(template.parameters, resolved, lambda name: name)
            names = {
                **typed,
                "AWS::AccountId": self._account_id,
                "AWS::Partition": "aws",
                "AWS::Region": self._region,
                "AWS::StackId": "",
                "AWS::StackName": "",
                "AWS::URLSuffix": "amazonaws.com",
                "AWS::NotificationARNs": [],
            }
            plan.make(template, names)
            for section in rules:
                plan.check_rules(section, template, names)
        except CloudFormationError as error:
            raise InvalidParametersError(error.message) from error


def _parameter(declared: parameters.Parameter) -> dict[str, Any]:
    declaration = declared.declaration
    constraints: dict[str, Any] = {
        name: parameters.scalar(declaration[name]) for name in _CONSTRAINTS if name in declaration
    }
    if "AllowedValues" in declaration:
        constraints["AllowedValues"] = [parameters.scalar(value) for value in declaration["AllowedValues"]]
    shown: dict[str, Any] = {
        "ParameterKey": declared.name,
        "ParameterType": declared.type,
        "IsNoEcho": declared.no_echo,
        "ParameterConstraints": constraints,
    }
    if declared.default is not None:
        shown["DefaultValue"] = declared.default
    if declared.description:
        shown["Description"] = declared.description
    return shown
