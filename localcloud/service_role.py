"""A role in the hands of an AWS service: Lambda's, CodeBuild's, CodePipeline's."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from moto.logs.models import logs_backends

from iam.request import Context
from localcloud.call_log import Call, now
from localcloud.policies import role_allows
from localcloud.principals import AccessDeniedError

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


class ServiceRole:
    """Credentials of a role, what its policies say, and the calls that a service makes in its name.

    Unless IAM is enforced, the local cloud lets every call through. A few permissions decide what a person sees,
    though (a function without ``logs:PutLogEvents`` has no logs), and those are looked up here. What a service
    does internally is recorded as the call that AWS would have made, so that the call log proves least privilege.

    Attributes:
        role_arn: the role.
        session_name: the last part of the session's ARN.
        credentials: valid credentials of a session of the role.

    """

    def __init__(
        self,
        cloud: "Cloud",
        role_arn: str,
        *,
        service: str,
        session_name: str,
        region: str | None = None,
        source_arn: str | None = None,
        checked: bool = False,
    ) -> None:
        """Assume the role as ``service`` (``lambda.amazonaws.com``); raises AccessDeniedError when it may not.

        ``source_arn`` and ``checked`` are ``Principals.assume``'s.
        """
        self._cloud = cloud
        self.role_arn = role_arn
        self.session_name = session_name[:64]
        self.region = region or cloud.region
        self.credentials = cloud.principals.assume(
            role_arn, self.session_name, service=service, source_arn=source_arn, checked=checked
        )

    @property
    def account_id(self) -> str:
        """The role's account."""
        return self.role_arn.split(":")[4]

    @property
    def session_arn(self) -> str:
        """The principal that the calls are made as."""
        role = self.role_arn.rsplit("/", 1)[-1]
        return f"arn:aws:sts::{self.account_id}:assumed-role/{role}/{self.session_name}"

    def client(self, service: str) -> Any:
        """A boto3 client with the role's credentials."""
        return self._cloud.client(service, self.credentials, self.region)

    def allows(self, action: str, resource: str) -> bool:
        """Whether the role's policies, and its permissions boundary, allow an action on a resource.

        Without regard to conditions: what AWS would say of them, the evaluation of the call log says.
        """
        return role_allows(self.role_arn, action, resource)

    def denial(self, action: str, resource: str) -> str:
        """AWS's sentence for an action that is not allowed."""
        return (
            f"User: {self.session_arn} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )

    def record(
        self,
        service: str,
        operation: str,
        parameters: dict[str, Any],
        error: str | None = None,
        context: Context | None = None,
    ) -> None:
        """Put a call into the call log that the service makes in the role's name without a request of its own.

        Args:
            service: botocore's name of the service.
            operation: the operation, or an action that has none (``UseConnection``).
            parameters: what the call would have been sent with.
            error: the error code when the role may not.
            context: condition keys that the service sets.

        Raises:
            AccessDeniedError: IAM is enforced, and refuses the call.

        """
        self._cloud.done_for(
            Call(
                time=now(),
                principal=self.session_arn,
                role_arn=self.role_arn,
                account_id=self.account_id,
                region=self.region,
                service=service,
                operation=operation,
                method="-",
                path="-",
                parameters=parameters,
                status=200 if error is None else 403,
                error=error,
                authorization=self._cloud.questions.of_call(
                    self.role_arn, service, operation, parameters, region=self.region, context=context
                ),
            )
        )

    def log(self, group: str, stream: str) -> "RoleLog":
        """A log stream that the service writes with this role."""
        return RoleLog(self._cloud, self, group, stream)


class RoleLog:
    """Writes to a log stream as far as the role may, and creates the group when the role may do that."""

    def __init__(self, cloud: "Cloud", role: ServiceRole, group: str, stream: str) -> None:
        self.group = group
        self.stream = stream
        self._cloud = cloud
        self._role = role
        self._opened: bool | None = None
        self._may_create = False

    def arn(self) -> str:
        """The stream's ARN."""
        return (
            f"arn:aws:logs:{self._role.region}:{self._role.account_id}"
            f":log-group:{self.group}:log-stream:{self.stream}"
        )

    def refusal(self) -> str | None:
        """Why the role cannot write here, None when it can."""
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if not self._role.allows(action, self.arn()):
                return self._role.denial(action, self.arn())
        return None

    def write(self, lines: Iterable[str], at: Sequence[int] | None = None) -> None:
        """Append lines; nothing happens when the role may not, as on AWS.

        Args:
            lines: one event each.
            at: when each was said, in milliseconds since 1970; without it now.

        """
        if self._opened is None:
            self._opened = self._open()
        if self._opened:
            # A group that was deleted meanwhile comes back only if the role may create it.
            self._cloud.logs.write(
                self.group,
                self.stream,
                lines,
                create_group=self._may_create,
                at=at,
                region=self._role.region,
                account_id=self._role.account_id,
            )

    def _open(self) -> bool:
        group = {"logGroupName": self.group}
        # Policies name the group with and without a suffix, and both work.
        group_arn = self.arn().split(":log-stream:")[0]
        self._may_create = any(
            self._role.allows("logs:CreateLogGroup", arn) for arn in (group_arn, f"{group_arn}:log-stream:")
        )
        names = {**group, "logStreamName": self.stream}
        if self.refusal() is not None:
            self._role.record("logs", "CreateLogStream", names, error="AccessDeniedException")
            return False
        if self.group not in logs_backends[self._role.account_id][self._role.region].groups:
            try:
                self._role.record(
                    "logs", "CreateLogGroup", group, None if self._may_create else "AccessDeniedException"
                )
            except AccessDeniedError:
                self._may_create = False
            if not self._may_create:
                return False
        try:
            self._role.record("logs", "CreateLogStream", names)
            self._role.record("logs", "PutLogEvents", names)
        except AccessDeniedError:
            return False
        return True
