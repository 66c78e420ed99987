"""Faults that the local cloud can be told to have: one list for AWS's part and the git host.

A fault is about something that happens (``on``), lets the first few of it pass (``skip``), and then happens a
number of times (``times``). The same through HTTP (POST, GET and DELETE of ``/_localcloud/faults``), and with
``localcloud.faults.client``. docs/faults.md lists all of it.
"""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from localcloud.faults.registry import Faults
from localcloud.faults.targets import LOCK
from localcloud.faults.targets import of as targets_of

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

__all__ = ["Faults", "of"]

_ALL: "WeakKeyDictionary[Cloud, Faults]" = WeakKeyDictionary()


def of(cloud: "Cloud") -> Faults:
    """The faults of a local cloud."""
    with LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Faults(targets_of(cloud))
            cloud.routes["faults"] = _ALL[cloud].control
        return _ALL[cloud]
