"""Variables in an action's configuration: `#{namespace.name}`.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import re

from localcloud.services.codepipeline.records import Execution

_REFERENCE = re.compile(r"#\{(?P<namespace>[A-Za-z0-9@_-]+)\.(?P<name>[A-Za-z0-9@_.-]+)\}")


class UnresolvedVariableError(Exception):
    """A reference names nothing that an earlier action gave."""


def resolve(execution: Execution, configuration: dict[str, str]) -> dict[str, str]:
    """Every value with its references replaced; raises UnresolvedVariableError."""
    namespaces = {
        **execution.namespaces,
        "variables": execution.variables,
        "codepipeline": {"PipelineExecutionId": execution.id},
    }

    def value(match: re.Match[str]) -> str:
        try:
            return namespaces[match["namespace"]][match["name"]]
        except KeyError as error:
            raise UnresolvedVariableError(
                f"The variable reference {match.group()} does not resolve: no earlier action of this execution "
                "has given it"
            ) from error

    return {name: _REFERENCE.sub(value, text) for name, text in configuration.items()}
