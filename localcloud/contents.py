"""Everything that the local cloud holds, as text and bytes: whoever looks for something in it misses no place.

Read from the stores of all services, as the inventory is: what nobody has thought of is in it too. The contents of
Secrets Manager are among them.
"""

import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from moto.core.base_backend import BackendDict, BaseBackend
from moto.s3.models import FakeKey
from werkzeug.wrappers import Request, Response

from localcloud.cloud import Cloud
from localcloud.inventory import named
from localcloud.pieces import Piece, framed

# Every backend's own, before anything is in it.
_OF_BACKENDS = frozenset(("region_name", "account_id", "partition"))
END = "end"
"""Name of the last piece: without it the answer is not whole."""
_SERVICES = "localcloud.services."
_CODE = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, BaseBackend, Cloud)
# What is no content: AWS's models, servers, locks, and the local cloud's own machinery.
_MACHINERY = frozenset(
    (
        "botocore",
        "boto3",
        "urllib3",
        "werkzeug",
        "jinja2",
        "threading",
        "_thread",
        "logging",
        "socket",
        "subprocess",
    )
)
_BUFFER = "_value_buffer"


def answer(cloud: Cloud, _request: Request) -> Response:
    """``GET /_localcloud/contents``: a stream of pieces (``localcloud.pieces``), which ends with ``END``."""
    every = chain(contents(cloud), (Piece(END, b""),))
    return Response(map(framed, every), content_type="application/octet-stream")


def contents(cloud: Cloud) -> Iterator[Piece]:
    """Every thing of every store, named ``store/service/account/region/store/name/…``, each read once.

    And the children's temporary files, which are in no folder of the local cloud's: ``temporary/…``.
    """
    walk = _Walk()
    for service in list(BackendDict._instances):
        for account, regions in list(service.items()):
            for region, backend in list(regions.items()):
                at = f"store/{service.service_name}/{account}/{region}"
                for store, things in list(vars(backend).items()):
                    if store in _OF_BACKENDS:
                        continue
                    for name, thing in named(things):
                        yield from walk.through(f"{at}/{store}/{name}", thing)
                    yield from walk.through(f"{at}/{store}", things)
    for name, holding in [*_own(cloud), *cloud.holdings.items()]:
        yield from walk.through(f"store/{name}", holding)
    for parent, _, names in os.walk(cloud.short_folder):
        for name in names:
            file = Path(parent, name)
            with suppress(OSError):
                if file.is_file() and not file.is_symlink():
                    yield Piece(f"temporary/{file.relative_to(cloud.short_folder)}", file.read_bytes())


def _own(cloud: Cloud) -> Iterator[tuple[str, Any]]:
    """What services keep beside moto's stores: a module's dictionary, by cloud or, called ``_ALL``, by place."""
    for module, loaded in sorted(sys.modules.items()):
        if module.startswith(_SERVICES):
            name = module.removeprefix(_SERVICES).replace("_.", ".").replace(".", "/")
            for variable, value in list(vars(loaded).items()):
                if isinstance(value, WeakKeyDictionary) and cloud in value:
                    yield f"{name}/{variable}", value[cloud]
                elif variable == "_ALL" and type(value) is dict:
                    yield f"{name}/{variable}", value


@dataclass
class _Walk:
    """A way through objects that passes each of them once."""

    seen: dict[int, Any] = field(default_factory=dict)

    def through(self, name: str, thing: Any) -> Iterator[Piece]:
        """A piece for the text of ``thing`` and of every object below it, and one for each run of bytes."""
        heads = [(name, thing)]
        while heads:
            name, head = heads.pop()
            texts: list[str] = []
            inside = [(name, head)]
            while inside:
                at, one = inside.pop()
                if isinstance(one, str):
                    texts.append(one)
                elif isinstance(one, bytes | bytearray | memoryview):
                    yield Piece(at, bytes(one))
                elif self._is_new(one):
                    keys, held = _held(at, one)
                    members = _members(at, one)
                    if members and not held and one is not head:
                        heads.append((at, one))  # a piece of its own
                        continue
                    self.seen[id(one)] = one
                    texts += keys
                    inside += held + members
                    if isinstance(one, FakeKey) and not one.disposed:
                        yield Piece(at, one.value)
            if texts:
                yield Piece(name, "\n".join(texts).encode("utf-8", "surrogatepass"))

    def _is_new(self, thing: Any) -> bool:
        if thing is None or isinstance(thing, (int, float, *_CODE)) or id(thing) in self.seen:
            return False
        return type(thing).__module__.split(".")[0] not in _MACHINERY


def _held(name: str, thing: Any) -> tuple[list[str], list[tuple[str, Any]]]:
    """What a mapping or a list holds: keys that are text, and what stands below."""
    if isinstance(thing, Mapping):
        # dict's own view: moto's store of objects shows the latest version only.
        pairs = list(dict.items(thing) if isinstance(thing, dict) else thing.items())
        return [str(key) for key, _ in pairs], [(f"{name}/{key}", value) for key, value in pairs]
    if isinstance(thing, Sequence | Set | deque):
        return [], [(f"{name}/{number}", value) for number, value in enumerate(list(thing))]
    return [], []


def _members(name: str, thing: Any) -> list[tuple[str, Any]]:
    """An object's attributes."""
    found = dict(vars(thing)) if hasattr(thing, "__dict__") else {}
    for cls in type(thing).__mro__:
        slots = vars(cls).get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, slot):
                found[slot] = getattr(thing, slot)
    found.pop(_BUFFER, None)
    return [(f"{name}/{attribute}", value) for attribute, value in found.items()]
