"""CloudFormation's operations on templates."""

from functools import cached_property

from localcloud.responses import ActionResult, LocalResponse, operations
from localcloud.services.cloudformation import template_url, views
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.inputs import forwarded
from localcloud.services.cloudformation.syntax import BODY_LIMIT


class WithTemplates(LocalResponse):
    """What operations with a template, parameters and tags share."""

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self.cloud, self.caller, self.current_account, self.region)

    def _body(self) -> str:
        """The template's text, from the request or from S3 as the caller.

        Raises:
            ValidationError: neither or both are given, it cannot be read, or is too large.

        """
        body, url = self.params.get("TemplateBody"), self.params.get("TemplateURL")
        if (body is None) == (url is None):
            raise ValidationError("Either Template URL or Template Body must be specified.")
        if body is not None:
            if len(body.encode()) > BODY_LIMIT:
                raise ValidationError(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {BODY_LIMIT}"
                )
            return str(body)
        return template_url.read(self.cloud, str(url), forwarded(self.caller), self.region)

    def _new_parameters(self) -> dict[str, str]:
        return {
            item["ParameterKey"]: item.get("ParameterValue") or "" for item in self.params.get("Parameters") or []
        }

    def _changed_parameters(self) -> dict[str, str | None]:
        given: dict[str, str | None] = {}
        for item in self.params.get("Parameters") or []:
            name, value = item["ParameterKey"], item.get("ParameterValue")
            if item.get("UsePreviousValue") and value:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non "
                    "empty value for a parameter"
                )
            given[name] = None if item.get("UsePreviousValue") else value or ""
        return given

    def _tags(self) -> dict[str, str] | None:
        """The request's tags, or None when it does not speak of them."""
        given = self.params.get("Tags")
        return None if given is None else {item["Key"]: item["Value"] for item in given}


@operations("cloudformation")
class TemplateResponses(WithTemplates):
    """Validate, summarise and get templates."""

    def validate_template(self) -> ActionResult:
        """ValidateTemplate."""
        template = self._engine.load(self._body())
        parameters = []
        for declared in template.parameters.values():
            shown = views.parameter(declared)
            parameters.append(
                {name: shown[name] for name in shown if name not in ("ParameterType", "ParameterConstraints")}
            )
        return ActionResult(
            {"Description": template.description, "Parameters": parameters, **views.capabilities(template)}
        )

    def get_template(self) -> ActionResult:
        """GetTemplate."""
        if not (name := self.params.get("StackName")):
            raise ValidationError("StackName must be specified")
        stack = self._engine.stacks.find(name)
        return ActionResult(
            {"TemplateBody": stack.values.template.body, "StagesAvailable": ["Original", "Processed"]}
        )

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary, of a stack or of a template."""
        if name := self.params.get("StackName"):
            return ActionResult(views.template_summary(self._engine.stacks.find(name).values.template))
        return ActionResult(views.template_summary(self._engine.load(self._body())))
