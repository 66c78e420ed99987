"""Rules: assertions over parameter values, checked before anything is created.

Source: CloudFormation's template reference, "Rules" and "Rule-specific intrinsic functions". The wording of a
violated assertion is not documented by AWS; the assertion's own description is always part of it.
"""

import json
from typing import Any

from localcloud.services.cloudformation.errors import ValidationError
from localcloud.services.cloudformation.intrinsics import Evaluator


class RuleEvaluator(Evaluator):
    """Adds the functions that only rules have."""

    def _fn_contains(self, argument: Any) -> bool:
        strings, value = self._two(argument, "Fn::Contains")
        return value in strings

    def _fn_eachmemberequals(self, argument: Any) -> bool:
        strings, value = self._two(argument, "Fn::EachMemberEquals")
        return all(item == value for item in strings)

    def _fn_eachmemberin(self, argument: Any) -> bool:
        strings, allowed = self._two(argument, "Fn::EachMemberIn")
        return all(item in allowed for item in strings)

    def _two(self, argument: Any, function: str) -> tuple[Any, Any]:
        if not isinstance(argument, list) or len(argument) != 2:
            raise ValidationError(f"Template error: every {function} object requires two parameters")
        return self.value(argument[0]), self.value(argument[1])


def check(rules: Any, evaluator: RuleEvaluator) -> None:
    """Evaluate a template's ``Rules`` section.

    Raises:
        ValidationError: an assertion does not hold; the message has its description.

    """
    for name, rule in (rules or {}).items():
        if "RuleCondition" in rule and not evaluator.value(rule["RuleCondition"]):
            continue
        for assertion in rule.get("Assertions", []):
            if not evaluator.value(assertion["Assert"]):
                description = assertion.get("AssertDescription") or json.dumps(assertion["Assert"])
                raise ValidationError(f"Template validation error: Rule {name} is not satisfied: {description}")


def validate(rules: Any) -> None:
    """Check the section's form.

    Raises:
        ValidationError: a rule without assertions, or an assertion without ``Assert``.

    """
    if rules is None:
        return
    if not isinstance(rules, dict):
        raise ValidationError("Template format error: Rules must be an object.")
    for name, rule in rules.items():
        assertions = rule.get("Assertions") if isinstance(rule, dict) else None
        if not isinstance(assertions, list) or not assertions:
            raise ValidationError(f"Template format error: [/Rules/{name}] Every rule must contain Assertions.")
        if any(not isinstance(item, dict) or "Assert" not in item for item in assertions):
            raise ValidationError(f"Template format error: [/Rules/{name}] Every assertion must contain Assert.")
