"""The stacks of an account and region, and finding them."""

from threading import Lock
from weakref import WeakKeyDictionary

from localcloud.cloud import Cloud
from localcloud.services.cloudformation.change_set import ChangeSets
from localcloud.services.cloudformation.errors import AlreadyExistsError, ValidationError, no_such_stack
from localcloud.services.cloudformation.registry import Registry
from localcloud.services.cloudformation.stack import Stack


class Stacks:
    """All stacks of one account and region, deleted ones included, and its type registry.

    Attributes:
        registry: the resource types that exist here.
        change_sets: the stacks' change sets.

    """

    def __init__(self, account_id: str, region: str) -> None:
        self.registry = Registry(account_id, region)
        self.change_sets = ChangeSets()
        self._stacks: dict[str, Stack] = {}
        self._lock = Lock()

    def add(self, stack: Stack) -> None:
        """Keep a new stack.

        Raises:
            AlreadyExistsError: its name is taken.

        """
        with self._lock:
            if any(other.name == stack.name for other in self._live()):
                raise AlreadyExistsError(f"Stack [{stack.name}] already exists")
            self._stacks[stack.stack_id] = stack

    def find(self, name_or_id: str) -> Stack:
        """A stack by its name (deleted ones excluded) or id.

        Raises:
            ValidationError: no such stack.

        """
        with self._lock:
            if name_or_id in self._stacks:
                return self._stacks[name_or_id]
            for stack in self._live():
                if stack.name == name_or_id:
                    return stack
        raise no_such_stack(name_or_id)

    def every(self, *, deleted: bool = False) -> list[Stack]:
        """All stacks, newest first."""
        with self._lock:
            chosen = list(self._stacks.values()) if deleted else self._live()
        return chosen[::-1]

    def exports(self) -> dict[str, tuple[str, Stack]]:
        """Exported outputs by name: value and stack."""
        return {
            output["ExportName"]: (output["OutputValue"], stack)
            for stack in self.every()
            for output in stack.outputs
            if "ExportName" in output
        }

    def imported(self, name: str) -> str:
        """The value of an export.

        Raises:
            ValidationError: there is none of that name.

        """
        exports = self.exports()
        if name not in exports:
            raise ValidationError(f"No export named {name} found.")
        return exports[name][0]

    def _live(self) -> list[Stack]:
        return [stack for stack in self._stacks.values() if stack.status != "DELETE_COMPLETE"]


_ALL: "WeakKeyDictionary[Cloud, dict[tuple[str, str], Stacks]]" = WeakKeyDictionary()
_LOCK = Lock()


def of(cloud: Cloud, account_id: str, region: str) -> Stacks:
    """The stacks of one account and region of a local cloud."""
    with _LOCK:
        regions = _ALL.setdefault(cloud, {})
        if (account_id, region) not in regions:
            regions[account_id, region] = Stacks(account_id, region)
        return regions[account_id, region]
