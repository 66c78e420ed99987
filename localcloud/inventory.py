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


def inventory() -> list[str]:
    """Names as ``service/account/region/store/name``, sorted; objects and items below their bucket and table."""
    return sorted(set(_everything()))


def _everything() -> Iterator[str]:
    for service in list(BackendDict._instances):
        for account, regions in list(service.items()):
            for region, backend in list(regions.items()):
                for store, name in _stores(backend):
                    yield f"{service.service_name}/{account}/{region}/{store}/{name}"


def _stores(backend: BaseBackend) -> Iterator[tuple[str, str]]:
    for store, things in list(vars(backend).items()):
        for name, thing in _named(things):
            yield store, name
            for inner in ("keys", "items"):
                # a bucket's objects and a table's items
                held = vars(thing).get(inner) if hasattr(thing, "__dict__") else None
                if isinstance(held, Mapping):
                    yield from ((store, f"{name}/{key}") for key, last in list(held.items()) if _exists(last))


def _exists(last: Any) -> bool:
    """Whether an object is there, and not only older versions of it."""
    return not isinstance(last, FakeDeleteMarker)


def _named(things: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(things, Mapping):
        return [(str(key), thing) for key, thing in list(things.items())]
    if isinstance(things, list | set | tuple):
        return [(_name(thing), thing) for thing in list(things)]
    return []


def _name(thing: Any) -> str:
    found = (getattr(thing, name, None) for name in _NAMES)
    return str(next((name for name in found if isinstance(name, str)), thing))
