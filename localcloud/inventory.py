"""Everything that exists in the local cloud, by name: what a deletion may leave is seen by comparing two of these.

Read from the stores of all services, moto's and the local cloud's own, instead of from lists that somebody wrote:
a kind of thing that nobody thought of is in it too.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.s3.models import FakeDeleteMarker

# What things are named by, best first.
_NAMES = ("arn", "name", "id", "key")
_CONTENTS = ("keys", "items")


def inventory() -> list[str]:
    """Names as ``service/account/region/store/name``, sorted; what a thing holds follows below its own name."""
    return sorted(set(_everything()))


def _everything() -> Iterator[str]:
    for service in list(BackendDict._instances):
        for account, regions in list(service.items()):
            for region, backend in list(regions.items()):
                for store, name in _stores(backend):
                    yield f"{service.service_name}/{account}/{region}/{store}/{name}"


def _stores(backend: BaseBackend) -> Iterator[tuple[str, str]]:
    for store, things in list(vars(backend).items()):
        for name, thing in named(things):
            yield store, name
            for inner in _within(thing):
                yield store, f"{name}/{inner}"


def _within(thing: Any) -> Iterator[str]:
    """What a thing holds: a key's grants, a bucket's objects and uploads, a role's policies, a bus's rules."""
    if isinstance(thing, Mapping):
        yield from (str(key) for key in list(thing))
        return
    for attribute, held in list(vars(thing).items()) if hasattr(thing, "__dict__") else ():
        if isinstance(held, Mapping):
            # a bucket's objects and a table's items stand right below it
            above = "" if attribute in _CONTENTS else f"{attribute}/"
            yield from (f"{above}{key}" for key, last in list(held.items()) if _exists(last))
        elif isinstance(held, list | set | tuple):
            objects = [one for one in list(held) if hasattr(one, "__dict__")]
            yield from (f"{attribute}/{_name(one, str(number))}" for number, one in enumerate(objects))


def _exists(last: Any) -> bool:
    """Whether an object is there, and not only older versions of it."""
    return not isinstance(last, FakeDeleteMarker)


def named(things: Any) -> Iterable[tuple[str, Any]]:
    """The things of a store, with their names."""
    if isinstance(things, Mapping):
        return [(str(key), thing) for key, thing in list(things.items())]
    if isinstance(things, list | set | tuple):
        return [(_name(thing), thing) for thing in list(things)]
    return []


def _name(thing: Any, otherwise: str | None = None) -> str:
    found = (getattr(thing, name, None) for name in _NAMES)
    return str(next((name for name in found if isinstance(name, str)), thing if otherwise is None else otherwise))
