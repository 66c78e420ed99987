"""A project: its record and its states."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from localcloud.cloud import Cloud
from localcloud.services.sagemaker.resources import Resource
from localcloud.services.sagemaker.store import store_of
from localcloud.services.sagemaker_projects.errors import ValidationError

_ID_LENGTH = 12
_ALPHABET = string.ascii_lowercase + string.digits
GONE = "DeleteCompleted"


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """``p-`` and twelve small letters or digits."""
    return f"p-{''.join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))}"


@dataclass
class Project(Resource):
    """A SageMaker project.

    Attributes:
        status: ``Pending``, ``CreateInProgress``, ``CreateCompleted``, ... as in the API.
        details: its ServiceCatalogProvisioningDetails; the path only when one was named.
        path_id: the launch path that was named, or taken.
        provisioned_id: the provisioned product, once there is one.
        message: why Service Catalog failed, if it did.
        created_by: who made it, and who changed it last.

    """

    id: str
    name: str
    description: str | None
    details: dict[str, Any]
    created_by: dict[str, Any]
    modified_by: dict[str, Any]
    path_id: str = ""
    status: str = "Pending"
    provisioned_id: str | None = None
    message: str | None = None
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)

    @property
    def busy(self) -> bool:
        """Whether it is being created, updated or deleted."""
        return self.status == "Pending" or self.status.endswith("InProgress")

    def become(self, status: str, message: str | None = None) -> None:
        """Change the state."""
        self.status, self.message, self.modified = status, message, now()


class Projects:
    """The projects of an account and region; they live among SageMaker's other resources, which carry tags too.

    Attributes:
        lock: held while something is checked and then changed.

    """

    def __init__(self, account_id: str, region: str) -> None:
        store = store_of(account_id, region)
        self.lock = store.lock
        self._live = store.projects
        self._deleted: dict[str, Project] = {}

    def add(self, project: Project) -> None:
        """Keep a new project.

        Raises:
            ValidationError: its name is taken.

        """
        with self.lock:
            self.refuse_name(project.name)
            self._deleted.pop(project.name, None)
            self._live[project.name] = project

    def refuse_name(self, name: str) -> None:
        """Refuse the name of a project that exists.

        Raises:
            ValidationError: it does.

        """
        if name in self._live:
            raise ValidationError(f"Project with name {name} already exists. Choose another name.")

    def discard(self, project: Project) -> None:
        """Forget a project that could not be started."""
        with self.lock:
            self._live.pop(project.name, None)

    def deleted(self, project: Project) -> None:
        """Take a project out of the lists; it can be described until its name is used again."""
        with self.lock:
            project.become(GONE)
            self._live.pop(project.name, None)
            self._deleted[project.name] = project

    def find(self, name: str) -> Project:
        """A project by name, deleted or not.

        Raises:
            ValidationError: no such project.

        """
        found = self._live.get(name) or self._deleted.get(name)
        if found is None:
            raise ValidationError(f"Project {name} does not exist")
        return found

    def every(self) -> list[Project]:
        """All projects that have not been deleted."""
        return list(self._live.values())


_ALL: "WeakKeyDictionary[Cloud, dict[tuple[str, str], Projects]]" = WeakKeyDictionary()
_LOCK = RLock()


def of(cloud: Cloud, account_id: str, region: str) -> Projects:
    """The projects of one account and region of a local cloud."""
    with _LOCK:
        regions = _ALL.setdefault(cloud, {})
        if (account_id, region) not in regions:
            regions[account_id, region] = Projects(account_id, region)
        return regions[account_id, region]
