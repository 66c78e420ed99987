"""The story: a deletion becomes a build, and the end of the build becomes the answer."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.answer import Addressee, Answer, Sender
from teardown_project.builds import Builds
from teardown_project.errors import RequestInvalid, TeardownError
from teardown_project.events import BuildEnded, Request
from teardown_project.projects import Projects
from teardown_project.records import Records
from teardown_project.requests import Requests

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_NOTHING = "nothing-to-delete"
"""Physical id of what was refused at its creation."""


class TeardownService:
    """Works on one event. Every method returns one word for the metrics."""

    def __init__(
        self,
        *,
        requests: Requests,
        builds: Builds,
        records: Records,
        projects: Projects,
        sender: Sender,
        log: "Logger",
    ) -> None:
        self._projects = projects
        self._requests = requests
        self._builds = builds
        self._records = records
        self._sender = sender
        self._log = log

    def handle(self, request: Request) -> str:
        """Answer at once, or start the build whose end is the answer.

        Raises:
            AnswerNotSent: CloudFormation could not be told.

        """
        to = Addressee(
            request.RequestId, request.StackId, request.LogicalResourceId, request.ResponseURL.get_secret_value()
        )
        if request.RequestType == "Delete":
            return self._delete(request, to)
        try:
            physical_id = f"teardown-{request.properties().ProjectId}"
        except RequestInvalid as error:
            return self._answer(to, Answer("FAILED", request.PhysicalResourceId or _NOTHING, str(error)))
        return self._answer(to, Answer("SUCCESS", physical_id))

    def _delete(self, request: Request, to: Addressee) -> str:
        physical_id = request.PhysicalResourceId or _NOTHING
        if not physical_id.startswith("teardown-p-"):
            # Its creation failed before it could be told about, so no runner has ever run.
            return self._answer(to, Answer("SUCCESS", physical_id))
        try:
            properties = request.properties()
            if self._is_untouched(properties.ProjectId):
                return self._answer(to, Answer("SUCCESS", physical_id))
            self._requests.remember(to, physical_id, properties.ProjectId)
            build_id = self._builds.start(request.RequestId, properties)
        except TeardownError as error:
            self._log.exception("The deletion was not started.")
            return self._answer(to, Answer("FAILED", physical_id, str(error)))
        self._log.info("The deletion is started.", extra={"build": build_id, "project": properties.ProjectId})
        return "started"

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
            self._log.info("The build was not started by a deletion.", extra={"build": event.detail.build_id})
            return "ignored"
        waiting = self._requests.find(build.request_id)
        if waiting is None:
            self._log.warning("Nobody waits for this build any more.", extra={"build": event.detail.build_id})
            return "ignored"
        to, physical_id, project_id = waiting
        if build.succeeded:
            return self._answer(to, Answer("SUCCESS", physical_id))
        reason = self._records.reason(project_id, build.started) or build.trouble
        return self._answer(to, Answer("FAILED", physical_id, reason))

    def _answer(self, to: Addressee, answer: Answer) -> str:
        self._requests.once(to.request_id, lambda: self._sender.send(to, answer))
        self._log.info(
            "CloudFormation is answered.",
            extra={"request": to.request_id, "status": answer.status, "reason": answer.reason},
        )
        return answer.status.lower()
