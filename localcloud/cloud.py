"""What the services of the local cloud share."""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from werkzeug.wrappers import Request, Response

from localcloud import aws_cli
from localcloud.authorization.enforcement import Enforcer, error_of
from localcloud.authorization.questions import Questions
from localcloud.call_log import Call, CallLog, now
from localcloud.events import Events
from localcloud.logs import Logs
from localcloud.principals import AccessDeniedError, Credentials, Principals
from localcloud.processes import ProcessGroup
from localcloud.settings import ADMINISTRATOR_ROLE, MEMBER_ACCOUNT_ROLE, STUDIO_EXECUTION_ROLE, Settings
from localcloud.traffic import FILE as TRAFFIC
from localcloud.traffic import Traffic

_log = logging.getLogger(__name__)

# What a child needs to reach package registries from where the local cloud runs; nothing of AWS.
_INHERITED = (
    "LANG",
    "LC_ALL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "TF_CLI_CONFIG_FILE",
    "GOGC",
)
_TOOLS = ("terraform", "git", "bash")


class Cloud:
    """One imitated account: settings, principals, logs, events, children and threads.

    Attributes:
        settings: choices made at start-up.
        endpoint: URL of the AWS endpoint.
        git_url: URL of the git host, without credentials.
        directory: where the local cloud keeps its working files; services use a folder of their own name.
        routes: control endpoints below ``/_localcloud/`` by name.
        holdings: what is kept outside moto's stores, by name, for those who look through everything.
        traffic: keeps what passes, when the local cloud is told to.

    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.directory = settings.directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.endpoint = ""
        self.git_url = ""
        self._temporary = tempfile.mkdtemp(prefix="lc-")
        self.search_path = search_path()
        self.call_log = CallLog(self.directory / "calls.jsonl")
        self.events = Events()
        self.traffic = Traffic(self.directory / TRAFFIC) if settings.keep_traffic else None
        note = self.traffic.note if self.traffic is not None else None
        self.logs = Logs(settings.account_id, settings.region, note)
        self.principals = Principals(settings.account_id, settings.region)
        self.questions = Questions(self)
        self.enforcer = Enforcer(self.questions.book) if settings.enforce_iam else None
        self.principals.assumed_by_service = self._assumed_by_service
        self.processes = ProcessGroup()
        self.routes: dict[str, Callable[[Request], Response]] = {}
        self.holdings: dict[str, Any] = {}
        self._threads: set[Thread] = set()
        self._lock = Lock()
        self._session_lock = Lock()
        self._session = boto3.Session(botocore_session=botocore.session.Session())
        self._stopping = False
        self._own: Credentials | None = None
        self.default_connection_arn = ""

    @property
    def account_id(self) -> str:
        """The imitated account's id."""
        return self.settings.account_id

    @property
    def region(self) -> str:
        """The default region."""
        return self.settings.region

    @property
    def stopping(self) -> bool:
        """Whether the local cloud is being stopped: long loops look here."""
        return self._stopping

    @property
    def administrator_arn(self) -> str:
        """The role whose credentials the platform engineer is given."""
        return f"arn:aws:iam::{self.account_id}:role/{ADMINISTRATOR_ROLE}"

    @property
    def studio_execution_role_arn(self) -> str:
        """The role that a data scientist has in Studio."""
        return f"arn:aws:iam::{self.account_id}:role/service-role/{STUDIO_EXECUTION_ROLE}"

    @property
    def member_account_role_arn(self) -> str:
        """The role of the second account that the first account's principals may assume."""
        return f"arn:aws:iam::{self.settings.member_account_id}:role/{MEMBER_ACCOUNT_ROLE}"

    def spawn(self, name: str, function: Callable[..., None], *args: Any) -> Thread:
        """Run ``function(*args)`` in a named background thread; what it raises is logged."""

        def run() -> None:
            try:
                function(*args)
            except Exception:  # noqa: BLE001 - the thread's top: everything is logged, nothing is lost
                if not self._stopping:
                    _log.exception("%s failed", name)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = Thread(target=run, name=name, daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        return thread

    def client(self, service: str, credentials: Credentials | None = None, region: str | None = None) -> Any:
        """A boto3 client of the local cloud, as the given role or as the administrator."""
        if credentials is None:
            credentials = self._own_credentials()
        # Making a client is not thread-safe within one session. One session for all of them keeps each service's
        # model in memory once: a further client takes 3 ms instead of 70.
        with self._session_lock:
            return self._session.client(
                service,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                region_name=region or self.region,
                endpoint_url=self.endpoint,
                # Services try again too: a fault that is injected into one of their calls is not the end of it.
                config=Config(
                    retries={"total_max_attempts": 3, "mode": "standard"},
                    s3={"addressing_style": "path"},
                    read_timeout=900,
                ),
            )

    def _assumed_by_service(self, role_arn: str, service: str, source_arn: str | None) -> None:
        call = Call(
            time=now(),
            principal=service,
            role_arn=None,
            account_id=role_arn.split(":")[4],
            region=self.region,
            service="sts",
            operation="AssumeRole",
            method="-",
            path="-",
            parameters={"RoleArn": role_arn},
            status=200,
            authorization=self.questions.of_assumption(role_arn, source_arn),
        )
        self.done_for(call)

    def refusal(self, call: Call) -> str | None:
        """AWS's sentence when IAM is enforced and refuses a call; None when it may be done."""
        return self.enforcer.refusal(asdict(call)) if self.enforcer is not None else None

    def done_for(self, call: Call) -> None:
        """Write down a call that a service makes in somebody's name without a request of its own.

        Raises:
            AccessDeniedError: IAM is enforced, and refuses it.

        """
        refusal = self.refusal(call) if call.error is None else None
        if refusal is not None:
            call.error, call.status = error_of(call.service)
        self.call_log.write(call)
        if refusal is not None:
            raise AccessDeniedError(refusal)

    def _own_credentials(self) -> Credentials:
        with self._lock:
            if self._own is None:
                self._own = self.principals.assume(self.administrator_arn, "localcloud")
            return self._own

    def child_environment(
        self, credentials: Credentials | None, home: Path, region: str | None = None, **extra: str
    ) -> dict[str, str]:
        """A complete environment for a child process; nothing of the person's own AWS settings is in it.

        Args:
            credentials: exported as AWS_ACCESS_KEY_ID, ...; none when the child gets no identity.
            home: becomes HOME; TMPDIR is a folder of its own that goes with the local cloud.
            region: AWS_REGION and AWS_DEFAULT_REGION.
            extra: further variables.

        """
        home.mkdir(parents=True, exist_ok=True)
        # Short, because Terraform's plugins listen on a socket in it, whose whole path may have 107 bytes at most.
        temporary = tempfile.mkdtemp(dir=self._temporary)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            "PATH": self.search_path,
            "HOME": str(home),
            "TMPDIR": str(temporary),
            # Several children at once on few cores: OpenMP's threads would wait for each other spinning.
            "OMP_NUM_THREADS": "1",
            **self.client_environment(credentials, region),
            **extra,
        }
        return environment

    def client_environment(self, credentials: Credentials | None, region: str | None = None) -> dict[str, str]:
        """The variables with which any AWS client reaches the local cloud."""
        region = region or self.region
        environment = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_S3_USE_PATH_STYLE": "true",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        if credentials is not None:
            environment |= {
                "AWS_ACCESS_KEY_ID": credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
                "AWS_SESSION_TOKEN": credentials.session_token,
            }
        return environment

    @property
    def short_folder(self) -> str:
        """A folder with a short path, for sockets; it goes with the local cloud."""
        return self._temporary

    def folder(self, service: str) -> Path:
        """The working folder of a service, created when missing."""
        path = self.directory / service
        path.mkdir(parents=True, exist_ok=True)
        return path

    def prepare_programs(self) -> None:
        """Let children find an AWS CLI that need not be loaded for every command."""
        environment = self.child_environment(None, self.folder("aws-cli"))
        program = aws_cli.install(
            self.folder("programs"), Path(self._temporary) / "aws", self.processes, environment
        )
        if self.traffic is not None:
            self.traffic.keep_removed(self.folder("programs"))
        if program is not None or self.traffic is not None:
            self.search_path = f"{self.folder('programs')}:{self.search_path}"

    def temporary_folder(self, service: str, prefix: str) -> Path:
        """A new, empty folder below the service's working folder."""
        return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.folder(service)))

    def stop(self, seconds: float = 10.0) -> None:
        """End children, wait for threads at most ``seconds`` together, close the log."""
        self._stopping = True
        self.processes.stop()
        deadline = monotonic() + seconds
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, deadline - monotonic()))
        shutil.rmtree(self._temporary, ignore_errors=True)
        if self.traffic is not None:
            self.traffic.close()
        self.call_log.close()
        if self.enforcer is not None:
            self.enforcer.close()
        for account_id in (self.account_id, self.settings.member_account_id):
            self.questions.book.write_roles(account_id)
            self.questions.book.write_resources(account_id)
        self.questions.book.close()


def search_path() -> str:
    """PATH of children: this interpreter's programs, Terraform, git, bash, and the system's."""
    folders = [str(Path(sys.executable).parent)]
    folders += [str(Path(found).parent) for tool in _TOOLS if (found := shutil.which(tool))]
    folders += ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    return ":".join(dict.fromkeys(folders))
