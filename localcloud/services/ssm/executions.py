"""The automations that were started, kept by the local cloud."""

import json
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from moto.ssm.exceptions import InvalidDocument
from moto.ssm.models import ssm_backends

from localcloud.responses import ServiceError
from localcloud.services.ssm import automation
from localcloud.services.ssm.automation import Execution

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


class Executions:
    """Starts automations and remembers them."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lock = Lock()
        self._started: dict[str, Execution] = {}

    def start(self, name: str, account_id: str, region: str, executed_by: str) -> Execution:
        """Start the automation of a document, in the background.

        Raises:
            ServiceError: there is no such document, or it asks for what is not imitated.

        """
        document = document_of(name, account_id, region)
        automation.check(document)
        execution = Execution(str(uuid4()), name, document, executed_by)
        with self._lock:
            self._started[execution.identifier] = execution
        self._cloud.spawn("automation", automation.run, self._cloud, execution, region)
        return execution

    def all(self) -> list[Execution]:
        """All of them, the newest first."""
        with self._lock:
            return list(reversed(self._started.values()))

    def get(self, identifier: str) -> Execution:
        """One of them.

        Raises:
            ServiceError: there is no such execution.

        """
        with self._lock:
            found = self._started.get(identifier)
        if found is None:
            raise ServiceError(
                "AutomationExecutionNotFoundException", f"There is no automation execution {identifier}."
            )
        return found


_OF: "WeakKeyDictionary[Cloud, Executions]" = WeakKeyDictionary()


def of(cloud: "Cloud") -> Executions:
    """The executions of a local cloud."""
    return _OF.setdefault(cloud, Executions(cloud))


def document_of(name: str, account_id: str, region: str) -> dict[str, Any]:
    """What an automation document says; ``name`` may be its ARN.

    Raises:
        ServiceError: there is none of that name.

    """
    backend = ssm_backends[account_id][region]
    try:
        kept = backend.get_document(name.rsplit("/", 1)[-1].split(":", 1)[0], "", "", "JSON")
    except InvalidDocument as error:
        raise ServiceError(
            "AutomationDefinitionNotFoundException", f"There is no automation document {name}."
        ) from error
    found: dict[str, Any] = json.loads(kept["Content"])
    return found
