"""What a database gets from RDS, as a call to the local cloud: there is no database in its clusters."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.rds.models import rds_backends
from werkzeug.wrappers import Request, Response

from localcloud.principals import AccessDeniedError
from localcloud.service_role import ServiceRole

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_SERVICE = "rds.amazonaws.com"


def database_role(cloud: "Cloud") -> Callable[[Request], Response]:
    """The route ``rds/role``: credentials of the role that a cluster has for a feature.

    ``POST {"cluster": identifier, "feature": "SageMaker"}`` answers with ``RoleArn``, ``AccessKeyId``,
    ``SecretAccessKey`` and ``SessionToken``, as a database of Aurora's gets them from RDS: the role must be
    associated with the cluster, and trust RDS.
    """

    def answer(request: Request) -> Response:
        if request.method != "POST":
            return _json({"error": 'POST {"cluster": "…", "feature": "SageMaker"}'}, 405)
        body = json.loads(request.get_data() or b"{}")
        name, feature = str(body.get("cluster")), str(body.get("feature"))
        cluster = rds_backends[cloud.settings.account_id][cloud.region].clusters.get(name)
        if cluster is None:
            return _json({"error": f"There is no cluster {name}."}, 404)
        roles = [given.role_arn for given in cluster._associated_roles if given.feature_name == feature]
        if not roles:
            return _json({"error": f"The cluster {name} has no role for the feature {feature}."}, 404)
        try:
            taken = ServiceRole(cloud, roles[0], service=_SERVICE, session_name=name).credentials
        except AccessDeniedError as error:
            return _json({"error": str(error)}, 403)
        return _json(
            {
                "RoleArn": roles[0],
                "AccessKeyId": taken.access_key_id,
                "SecretAccessKey": taken.secret_access_key,
                "SessionToken": taken.session_token,
            }
        )

    return answer


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
