"""CloudWatch: moto keeps alarms and dashboards; metrics are kept here, and alarms really evaluate them."""

import json
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from werkzeug.wrappers import Request, Response

from localcloud.services.cloudwatch import alarms, metrics
from localcloud.services.cloudwatch.alarms import Alarms

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_ALL: "WeakKeyDictionary[Cloud, Alarms]" = WeakKeyDictionary()
_LOCK = Lock()
_LONGEST = 15 * 86_400


def start(cloud: "Cloud") -> None:
    """Begin to evaluate alarms."""
    alarms.install()
    metrics.forget()
    own = of(cloud)
    cloud.spawn("alarms", own.run)

    def control(request: Request) -> Response:
        """POST ``{"seconds": n}`` lets time pass for every metric, and evaluates all alarms."""
        wanted = request.get_json(force=True) if request.method == "POST" else {}
        seconds = wanted.get("seconds")
        if set(wanted) != {"seconds"} or not isinstance(seconds, int) or not 0 <= seconds <= _LONGEST:
            text = json.dumps({"message": f'POST {{"seconds": n}}, n from 0 to {_LONGEST}'})
            return Response(text, status=400, content_type="application/json")
        metrics.pass_time(seconds)
        own.evaluate()
        return Response(json.dumps({"seconds": seconds}), content_type="application/json")

    cloud.routes["metrics"] = control


def of(cloud: "Cloud") -> Alarms:
    """What evaluates the alarms of a local cloud."""
    with _LOCK:
        if cloud not in _ALL:
            _ALL[cloud] = Alarms(cloud)
        return _ALL[cloud]
