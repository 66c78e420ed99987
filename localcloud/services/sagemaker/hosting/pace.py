"""How long the waits of hosting take at most.

On AWS a deployment bakes for minutes. Here nobody has to do anything for it to go on: a wait of any length takes
``longest_wait`` seconds at most. ``POST /_localcloud/hosting {"longest_wait": 600}`` changes that, for those who
want to watch a deployment, or want it to stay where it is; with an ``endpoint`` only that one's.
"""

import json
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from werkzeug.wrappers import Request, Response

from localcloud.cloud import Cloud

_DEFAULT_SECONDS = 3.0
_LONGEST = 3600.0


@dataclass
class Pace:
    """The pace of one local cloud.

    Attributes:
        longest_wait: of every endpoint, in seconds.
        endpoints: of those that have one of their own, by name.

    """

    longest_wait: float = _DEFAULT_SECONDS
    endpoints: dict[str, float] = field(default_factory=dict)

    def allows(self, endpoint: str, seconds: float) -> float:
        """How many of the seconds that an endpoint's deployment would wait it waits here."""
        return min(float(seconds), self.endpoints.get(endpoint, self.longest_wait))

    def control(self, request: Request) -> Response:
        """GET shows it; POST ``{"longest_wait": seconds}`` changes it, of one ``endpoint`` if there is one."""
        if request.method == "POST":
            wanted = request.get_json(force=True)
            seconds, endpoint = wanted.get("longest_wait"), wanted.get("endpoint")
            if (
                set(wanted) - {"endpoint"} != {"longest_wait"}
                or not isinstance(seconds, int | float)
                or not 0 <= seconds <= _LONGEST
                or not isinstance(endpoint, str | None)
            ):
                said = f'POST {{"longest_wait": seconds}}, from 0 to {_LONGEST:g}; "endpoint": a name, or none'
                return _json({"message": said}, 400)
            if endpoint is None:
                self.longest_wait = float(seconds)
            else:
                self.endpoints[endpoint] = float(seconds)
        return _json({"longest_wait": self.longest_wait, "endpoints": self.endpoints})


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")


_ALL: "WeakKeyDictionary[Cloud, Pace]" = WeakKeyDictionary()
_LOCK = Lock()


def pace(cloud: Cloud) -> Pace:
    """The pace of a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Pace()
            cloud.routes["hosting"] = _ALL[cloud].control
        return _ALL[cloud]
