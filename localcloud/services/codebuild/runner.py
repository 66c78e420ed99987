"""Running a build, phase by phase.

Transitions: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import logging
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud import faults
from localcloud.faults import targets
from localcloud.principals import AccessDeniedError
from localcloud.service_role import ServiceRole
from localcloud.services.codebuild import image, variables
from localcloud.services.codebuild.artifacts import ArtifactError, Uploader
from localcloud.services.codebuild.build import Build
from localcloud.services.codebuild.build_log import BuildLog
from localcloud.services.codebuild.buildspec import PHASES, Buildspec, BuildspecError, Commands, parse
from localcloud.services.codebuild.projects import PRINCIPAL
from localcloud.services.codebuild.shell import BuildShell, CommandTimeoutError
from localcloud.services.codebuild.source import SourceError, Sources

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

log = logging.getLogger(__name__)

_FATAL_PHASES = ("install", "pre_build")


class PhaseError(Exception):
    """The current phase ends in another status than SUCCEEDED."""

    def __init__(self, code: str, message: str, status: str = "FAILED") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class BuildRunner:
    """Takes one build from PROVISIONING to its end."""

    def __init__(self, cloud: "Cloud", build: Build) -> None:
        self._cloud = cloud
        self._build = build
        self._folder = cloud.folder("codebuild") / build.uuid
        self._deadline = time.monotonic() + build.project["timeoutInMinutes"] * 60
        self._status = "SUCCEEDED"

    def run(self) -> None:
        """Run the build; whatever happens, it ends."""
        build = self._build
        target = targets.Target("build", build.id, build.session, build.kill, build.lose, about=build.about)
        targets.of(self._cloud).add(target)
        try:
            self._provision()
            self._run_phases()
        except PhaseError as error:
            self._fail(error)
        except Exception as error:
            # CodeBuild calls its own troubles a fault; the traceback goes to the local cloud's log.
            log.exception("build %s", build.id)
            self._fail(PhaseError("INTERNAL_ERROR", f"localcloud: {error!r}", "FAULT"))
        finally:
            targets.of(self._cloud).remove(target)
            build.begin("FINALIZING")
            build.complete()
            self._clean_up()
            build.finish(self._status)

    def _clean_up(self) -> None:
        if not self._folder.exists():
            return
        try:
            shutil.rmtree(self._folder)
        except OSError as error:
            log.warning("the files of build %s could not be removed: %s", self._build.id, error)

    def _provision(self) -> None:
        build = self._build
        build.begin("PROVISIONING")
        try:
            self._role = ServiceRole(
                self._cloud,
                build.project["serviceRole"],
                service=PRINCIPAL,
                session_name=build.session,
                region=build.region,
                source_arn=build.project["arn"],
            )
        except AccessDeniedError as error:
            message = f"CodeBuild is not authorized to perform: sts:AssumeRole on {build.project['serviceRole']}"
            raise PhaseError("ACCESS_DENIED", message) from error
        self._log = BuildLog(build, self._role)
        if refusal := self._log.refusal():
            raise PhaseError("ACCESS_DENIED", refusal)
        self._folder.mkdir(parents=True)
        self._programs = image.prepare(self._folder / "image")
        self._log.container("Running on CodeBuild On-demand")
        self._log.container("Waiting for agent ping")
        build.complete()

    def _run_phases(self) -> None:
        self._download()
        failed = False
        for name in PHASES:
            commands = self._buildspec.phases.get(name, Commands())
            self._build.begin(name.upper())
            self._log.container(f"Entering phase {name.upper()}")
            try:
                self._run_commands(commands)
                self._complete()
            except PhaseError as error:
                self._fail(error)
                if error.status != "FAILED" or (commands.on_failure or _default_on_failure(name)) == "ABORT":
                    failed = True
                    break
        if not failed or self._build.phase.type in ("BUILD", "POST_BUILD"):
            self._export()
            self._upload()
        self._log.save(lambda reason: log.warning("build %s: %s", self._build.id, reason))

    def _download(self) -> None:
        build = self._build
        build.begin("DOWNLOAD_SOURCE")
        self._log.container("Waiting for DOWNLOAD_SOURCE")
        self._log.container("Phase is DOWNLOAD_SOURCE")
        try:
            self._source, secondary = Sources(self._cloud, build, self._role, self._folder).fetch()
        except SourceError as error:
            raise PhaseError("CLIENT_ERROR", str(error)) from error
        self._log.container(f"CODEBUILD_SRC_DIR={self._source}")
        self._buildspec = self._read_buildspec()
        self._log.container("Processing environment variables")
        try:
            found = variables.resolve(build, self._buildspec, self._role)
        except variables.VariableError as error:
            raise PhaseError(error.code, str(error)) from error
        self._log.hide(found.secrets)
        self._shell = self._open_shell(found.values, secondary)
        self._describe(self._buildspec)
        self._complete()

    def _read_buildspec(self) -> Buildspec:
        given = self._build.project["source"].get("buildspec") or "buildspec.yml"
        text = given
        if "\n" not in given and ":" not in given:
            path = (self._source / given).resolve()
            self._log.container(f"YAML location is {path}")
            if not path.is_relative_to(self._source.resolve()) or not path.is_file():
                raise PhaseError("YAML_FILE_ERROR", "YAML file does not exist")
            text = path.read_text(encoding="utf-8")
        try:
            return parse(text)
        except BuildspecError as error:
            raise PhaseError("YAML_FILE_ERROR", str(error)) from error

    def _open_shell(self, values: dict[str, str], secondary: dict[str, Path]) -> BuildShell:
        home = self._folder / "home"
        environment = self._cloud.child_environment(self._role.credentials, home, self._build.region)
        environment |= variables.provided(self._build, self._source, secondary)
        environment["PATH"] = f"{self._programs}:{environment['PATH']}"
        environment["VIRTUAL_ENV"] = str(self._programs.parent)
        return BuildShell(
            self._cloud,
            self._build,
            self._folder / "tmp",
            source=self._source,
            environment=environment | values,
            interpreter=self._buildspec.interpreter,
            on_line=self._heard,
        )

    def _heard(self, line: str) -> None:
        self._log.line(line)
        faults.of(self._cloud).heard("build", self._build.id, line)

    def _describe(self, buildspec: Buildspec) -> None:
        self._log.container(f"Moving to directory {self._source}")
        self._log.container(f"Phases found in YAML: {len(buildspec.phases)}")
        for name, phase in buildspec.phases.items():
            self._log.container(f" {name.upper()}: {len(phase.commands)} commands")
        for runtime, version in (buildspec.phases.get("install") or Commands()).runtimes.items():
            self._log.container(
                f"Selecting '{runtime}' runtime version '{version}' based on manual selections... "
                f"(the local cloud has {sys.version_info.major}.{sys.version_info.minor})"
            )

    def _run_commands(self, phase: Commands) -> None:
        failure: PhaseError | None = None
        for command in phase.commands:
            try:
                self._run_command(command)
            except PhaseError as error:
                failure = error
                break
        if failure is None or failure.status == "FAILED":
            for command in phase.finally_:
                try:
                    self._run_command(command)
                except PhaseError as error:
                    failure = failure or error
                    break
        if failure is not None:
            raise failure

    def _run_command(self, command: str) -> None:
        self._refuse_stopped()
        self._log.container(f"Running command {command}")
        succeeding = {"CODEBUILD_BUILD_SUCCEEDING": "1" if self._status == "SUCCEEDED" else "0"}
        try:
            status = self._shell.run(command, self._deadline - time.monotonic(), succeeding)
        except CommandTimeoutError as error:
            raise PhaseError("BUILD_TIMED_OUT", "Build has timed out. ", "TIMED_OUT") from error
        self._refuse_stopped()
        if status:
            reason = f"exit status {status}" if status > 0 else f"signal {-status}"
            self._log.container(f"Command did not exit successfully {command} {reason}")
            message = f"Error while executing command: {command}. Reason: {reason}"
            raise PhaseError("COMMAND_EXECUTION_ERROR", message)

    def _refuse_stopped(self) -> None:
        if self._build.lost.is_set():
            raise PhaseError("INTERNAL_SERVICE_ERROR", "CodeBuild is experiencing an issue", "FAULT")
        if self._build.stop_requested.is_set():
            raise PhaseError("BUILD_STOPPED", "Build was stopped by a request", "STOPPED")

    def _export(self) -> None:
        if not self._buildspec.exported:
            return
        values = self._shell.variables()
        self._build.exported = {name: values[name] for name in self._buildspec.exported if name in values}

    def _upload(self) -> None:
        self._build.begin("UPLOAD_ARTIFACTS")
        wanted = (
            self._build.pipeline.outputs
            if self._build.pipeline
            else self._build.project["artifacts"]["type"] == "S3"
        )
        if wanted:
            self._log.container("Preparing to copy CODEBUILD artifacts")
            try:
                Uploader(self._build, self._buildspec, self._role, self._source).upload()
            except ArtifactError as error:
                self._fail(PhaseError("CLIENT_ERROR", str(error)))
                return
        self._complete()

    def _complete(self) -> None:
        self._build.complete()
        self._log.phase_complete(self._build.phase.type, "SUCCEEDED")

    def _fail(self, error: PhaseError) -> None:
        """End the current phase; the first failure decides how the build ends."""
        self._build.complete(error.status, error.code, error.message)
        if hasattr(self, "_log"):
            self._log.phase_complete(self._build.phase.type, error.status, error.code, error.message)
        if self._status == "SUCCEEDED":
            self._status = error.status


def _default_on_failure(phase: str) -> str:
    """A failed INSTALL or PRE_BUILD ends the build; after a failed BUILD, POST_BUILD still runs."""
    return "ABORT" if phase in _FATAL_PHASES else "CONTINUE"
