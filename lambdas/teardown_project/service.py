"""The story: a deletion, or an update's rollback, becomes a build, and the end of the build becomes the answer."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.addresses import Addresses
from teardown_project.answer import Addressee, Answer, Sender
from teardown_project.builds import Action, Builds
from teardown_project.errors import RequestInvalid, StackUnfit, TeardownError
from teardown_project.events import BuildEnded, Properties, Request
from teardown_project.projects import Projects
from teardown_project.records import Records
from teardown_project.requests import Requests
from teardown_project.stacks import Stacks

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_NOTHING = "nothing-to-delete"
"""Physical id of what was refused at its creation."""

_MEANS: dict[tuple[str, str], Action | None] = {
    ("Update", "UPDATE_IN_PROGRESS"): None,  # the CommandRunner, which is replaced, does the work
    ("Update", "UPDATE_ROLLBACK_IN_PROGRESS"): "apply",
    ("Delete", "DELETE_IN_PROGRESS"): "destroy",
    ("Delete", "ROLLBACK_IN_PROGRESS"): "destroy",
}
"""What a request asks for in which status of its stack; in any other nothing is done. A resource that only leaves
a template is deleted too (UPDATE_COMPLETE_CLEANUP_IN_PROGRESS), and that must not destroy the project."""

_DONE_TO = {"Update": "updated or restored", "Delete": "destroyed"}


class TeardownService:
    """Works on one event. Every method returns one word for the metrics."""

    def __init__(
        self,
        *,
        requests: Requests,
        builds: Builds,
        records: Records,
        projects: Projects,
        stacks: Stacks,
        addresses: Addresses,
        sender: Sender,
        log: "Logger",
    ) -> None:
        self._stacks = stacks
        self._addresses = addresses
        self._projects = projects
        self._requests = requests
        self._builds = builds
        self._records = records
        self._sender = sender
        self._log = log

    def handle(self, request: Request) -> str:
        """Answer at once, or start the build whose end is the answer.

        Raises:
            RequestInvalid: the address for the answer is not S3's.
            AnswerNotSent: CloudFormation could not be told.

        """
        url = request.ResponseURL.get_secret_value()
        self._addresses.check(url)
        to = Addressee(request.RequestId, request.StackId, request.LogicalResourceId, url)
        physical_id = request.PhysicalResourceId or _NOTHING
        if request.RequestType == "Delete" and not physical_id.startswith("teardown-p-"):
            # Its creation failed before it could be told about, so no runner has ever run.
            return self._answer(to, Answer("SUCCESS", physical_id))
        try:
            properties = request.properties()
            physical_id = _physical_id(request, properties)
            action = self._action(request)
            if action == "destroy" and self._is_untouched(properties.ProjectId):
                action = None
            if action is not None:
                self._start(to, physical_id, properties, action)
        except TeardownError as error:
            self._log.exception("No build was started.")
            return self._answer(to, Answer("FAILED", physical_id, str(error)))
        return "started" if action is not None else self._answer(to, Answer("SUCCESS", physical_id))

    def _start(self, to: Addressee, physical_id: str, properties: Properties, action: Action) -> None:
        self._requests.remember(to, physical_id, properties.ProjectId)
        build_id = self._builds.start(to.request_id, properties, action)
        self._log.info(
            "The build is started.", extra={"build": build_id, "project": properties.ProjectId, "action": action}
        )

    def _action(self, request: Request) -> Action | None:
        if request.RequestType == "Create":
            return None
        status = self._stacks.status(request.StackId)
        try:
            return _MEANS[request.RequestType, status]
        except KeyError:
            raise StackUnfit(
                f"The stack is {status}: the project is {_DONE_TO[request.RequestType]} when its stack is, and "
                "only then. Nothing was done."
            ) from None

    def _is_untouched(self, project_id: str) -> bool:
        try:
            return self._projects.untouched(project_id)
        except (ClientError, BotoCoreError):
            # The build looks itself, and says what is wrong.
            self._log.exception("Whether the project has a state could not be looked up.")
            return False

    def finish(self, event: BuildEnded) -> str:
        """Answer the request that a build was started for.

        Raises:
            AnswerNotSent: CloudFormation could not be told; Lambda and EventBridge ask again.
            RecordUnavailable: likewise, when the table does not say who waits.

        """
        build = self._builds.look(event.detail.build_id)
        if build is None or build.request_id is None:
            self._log.info("The build was not started for a stack.", extra={"build": event.detail.build_id})
            return "ignored"
        waiting = self._requests.find(build.request_id)
        if waiting is None:
            self._log.warning("Nobody waits for this build any more.", extra={"build": event.detail.build_id})
            return "ignored"
        to, physical_id, project_id = waiting
        if build.succeeded:
            return self._answer(to, Answer("SUCCESS", physical_id))
        reason = self._records.reason(project_id, build) or build.trouble
        return self._answer(to, Answer("FAILED", physical_id, reason))

    def _answer(self, to: Addressee, answer: Answer) -> str:
        self._requests.once(to.request_id, lambda: self._sender.send(to, answer))
        self._log.info(
            "CloudFormation is answered.",
            extra={"request": to.request_id, "status": answer.status, "reason": answer.reason},
        )
        return answer.status.lower()


def _physical_id(request: Request, properties: Properties) -> str:
    wanted = f"teardown-{properties.ProjectId}"
    if request.RequestType != "Create" and request.PhysicalResourceId != wanted:
        raise RequestInvalid(
            f"The resource is {request.PhysicalResourceId}, but its properties name the project "
            f"{properties.ProjectId}: a project keeps its id. Nothing was done."
        )
    return wanted
