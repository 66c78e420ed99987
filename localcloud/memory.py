"""Keeping the local cloud small: it runs beside Terraform and training on a person's machine."""

import ctypes
from threading import Event, Thread
from typing import Any

from moto.core.common_models import BaseModel
from moto.ec2.models.instance_types import INSTANCE_TYPES, InstanceTypeBackend

_M_ARENA_MAX = -8  # malloc.h
_TRIM_SECONDS = 20.0
_FAMILIES = ("t2.", "t3.", "t3a.", "m5.", "m6i.", "c5.")


def keep_small() -> None:
    """Save about a third of the memory; called once, before threads and services start."""
    library = ctypes.CDLL(None)
    _share_arenas(library)
    _forget_instance_types()
    _forget_what_is_gone()
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
        Thread(target=_give_back, args=(library,), name="memory", daemon=True).start()


def _give_back(library: ctypes.CDLL) -> None:
    """Return what is free to the system now and then: glibc by itself returns only the end of its heap."""
    pause = Event()
    while not pause.wait(_TRIM_SECONDS):
        library.malloc_trim(0)


def _share_arenas(library: ctypes.CDLL) -> None:
    """Let glibc's allocator use two arenas instead of eight per core.

    A request is a thread here, and each arena keeps what its threads have freed.
    """
    if hasattr(library, "mallopt"):
        library.mallopt(_M_ARENA_MAX, 2)


def _forget_instance_types() -> None:
    """Drop what moto knows of EC2 instance types that a runner is not given (a million objects, 74 MB)."""
    for name in [name for name in INSTANCE_TYPES if not name.startswith(_FAMILIES)]:
        del INSTANCE_TYPES[name]
    InstanceTypeBackend.instance_types = [
        kind for kind in InstanceTypeBackend.instance_types if kind.name.startswith(_FAMILIES)
    ]


def _forget_what_is_gone() -> None:
    """Let deleted objects, items and log events go: moto keeps each thing of its models, to reset all at once."""

    def create(cls: type[BaseModel], *_: Any, **__: Any) -> BaseModel:
        return object.__new__(cls)

    BaseModel.__new__ = create
