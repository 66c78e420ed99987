"""A PostgreSQL server of Debian's packages with a stand-in for Aurora's extension ``aws_ml``, for the demo.

Nothing is installed: the server's own files are used where they are, through a folder that has them as links and
the extension beside them. (PostgreSQL finds its extensions relative to where its program lies.)
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from demo.children import Child, Children
from demo.errors import DemoError

SYSTEM = Path("/usr/lib/postgresql")
EXTENSION = Path(__file__).parent / "aws_ml"
OLDEST = 14
"""Function bodies in standard SQL, which the shipped files use, came with PostgreSQL 14."""
HELP = """PostgreSQL 14 or later is needed for FOUNDATION=1, and curl. Install both:
    apt-get install postgresql curl
or, without root, unpack PostgreSQL's packages in this checkout (Debian 12; other releases have another number):
    mkdir -p .tools/postgresql && cd .tools/postgresql
    apt-get download postgresql-15 postgresql-client-15 libpq5 && for each in *.deb; do dpkg -x $each .; done"""
_NEEDED = ("postgres", "initdb", "psql")
_START_SECONDS = 60.0
_SECONDS = 300
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Programs:
    """Where a PostgreSQL of Debian's packages lies: ``<root>/lib/postgresql/<version>/bin``."""

    folder: Path

    @property
    def version(self) -> int:
        """Its major version."""
        return int(self.folder.parent.name)

    @property
    def root(self) -> Path:
        """What the packages call ``/usr``."""
        return self.folder.parents[3]

    @property
    def share(self) -> Path:
        """Its data files."""
        return self.root / "share" / "postgresql" / str(self.version)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program of it: packages that were only unpacked bring their libraries along."""
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {"TZ": "UTC"}
        own = [str(folder) for folder in self.root.glob("lib/*-linux-gnu*")] if self.root != Path("/usr") else []
        paths = [*own, *filter(None, [kept.get("LD_LIBRARY_PATH")])]
        return kept | ({"LD_LIBRARY_PATH": ":".join(paths)} if paths else {})

    @classmethod
    def find(cls, tools: Path) -> "Programs":
        """The newest of those on PATH, under /usr/lib/postgresql and unpacked in ``tools``.

        Raises:
            DemoError: there is none, or no curl; the message says how to get them.

        """
        on_path = shutil.which("postgres")
        candidates = [Path(on_path).resolve().parent] if on_path else []
        for place in (SYSTEM, tools / "postgresql" / "usr" / "lib" / "postgresql"):
            candidates += place.glob("*/bin")
        numbered = [path for path in candidates if path.parent.name.isdecimal()]
        for candidate in sorted(numbered, key=lambda path: -int(path.parent.name)):
            found = cls(candidate)
            complete = found.share.is_dir() and all((candidate / name).exists() for name in _NEEDED)
            if complete and found.version >= OLDEST and shutil.which("curl"):
                return found
        raise DemoError(HELP)


@dataclass(frozen=True)
class Role:
    """Credentials of the role that a database has, and where its requests go."""

    address: str
    region: str
    key: str
    secret: str
    token: str

    @property
    def configuration(self) -> str:
        """Configuration of curl for a signed request of the runtime API."""
        return "\n".join(
            [
                f"# address {self.address}",
                f'aws-sigv4 = "aws:amz:{self.region}:sagemaker"',
                f'user = "{self.key}:{self.secret}"',
                f'header = "x-amz-security-token: {self.token}"',
                'header = "content-type: text/csv"',
                'header = "accept: text/csv"',
                "silent",
                "show-error",
                "fail-with-body",
                "max-time = 60",
                "",
            ]
        )


class Database:
    """A running server with one database; ``close`` removes its folder, the children's end ends the server."""

    NAME = "inference"

    def __init__(self, programs: Programs, children: Children, role: Role) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="database-"))  # short: a socket's path has 107 characters
        self._tree = self.folder / "usr"
        self._bin = self._tree / "lib" / "postgresql" / str(programs.version) / "bin"
        self._environment = programs.environment
        self._link(programs)
        self._place(role)
        self._as_user = _other_user(self.folder)
        self._server = self._start(children)

    def run(self, sql: str, **variables: str) -> str:
        """Give SQL to psql, as a person would; what it prints, unaligned and without headings.

        Raises:
            DemoError: PostgreSQL refuses a statement.

        """
        set_ = [f"--set={name}={value}" for name, value in {"ON_ERROR_STOP": "1", **variables}.items()]
        done = subprocess.run(
            [*self._psql, "--dbname", self.NAME, *set_, "--file=-"],
            input=sql,
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise DemoError(f"PostgreSQL refused: {done.stderr.strip()}", list(self._server.tail)[-20:])
        return done.stdout

    def close(self) -> None:
        """End the server and remove everything."""
        self._server.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _link(self, programs: Programs) -> None:
        """Its files as links, its programs as copies (they ask where they lie), the extension beside them."""
        self._bin.mkdir(parents=True)
        for name in _NEEDED:
            # Debian's psql may be a wrapper; the versioned folder has the program itself.
            shutil.copy2(programs.folder / name, self._bin / name)
        (self._bin.parent / "lib").symlink_to(programs.folder.parent / "lib")
        share = self._tree / "share" / "postgresql" / str(programs.version)
        (share / "extension").mkdir(parents=True)
        for path in programs.share.iterdir():
            if path.name != "extension":
                (share / path.name).symlink_to(path)
        for path in (programs.share / "extension").iterdir():
            if not path.name.startswith("aws_ml"):
                (share / "extension" / path.name).symlink_to(path)
        for path in EXTENSION.glob("aws_ml*"):
            shutil.copy(path, share / "extension" / path.name)

    def _place(self, role: Role) -> None:
        program = self.folder / "invoke-endpoint.sh"
        shutil.copy(EXTENSION / program.name, program)
        program.chmod(0o755)
        configuration = self.folder / "request.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(role.configuration, encoding="utf-8")

    def _start(self, children: Children) -> Child:
        data = self.folder / "data"
        self._finish(
            *("initdb", "--pgdata", str(data), "--username=platform", "--auth=trust", "--encoding=UTF8"),
            *("--locale=C", "--no-sync"),
        )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\n"
                f"aws_ml.program = '{self.folder / 'invoke-endpoint.sh'}'\n"
            )
        server = children.start(
            [*self._as_user, str(self._bin / "postgres"), "-D", str(data)],
            environment=self._environment,
            directory=self.folder,
        )
        deadline = monotonic() + _START_SECONDS
        while not self._answers():
            if server.code is not None or monotonic() > deadline:
                raise DemoError("PostgreSQL did not start.", list(server.tail)[-20:])
            sleep(0.1)
        self._finish(*self._psql, "--dbname", "postgres", "--command", f"CREATE DATABASE {self.NAME}")
        return server

    @property
    def _psql(self) -> list[str]:
        own = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host", str(self.folder)]
        return [str(self._bin / "psql"), *own, "--username=platform"]

    def _answers(self) -> bool:
        asked = [*self._psql, "--dbname", "postgres", "--command", "SELECT 1"]
        return subprocess.run(asked, env=self._environment, capture_output=True, check=False).returncode == 0

    def _finish(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_user, str(self._bin / program), *arguments],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        if done.returncode != 0:
            raise DemoError(f"{Path(program).name} failed.", done.stderr.splitlines()[-20:])


def _other_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the words before a command that make it somebody else's."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place) / name, user.pw_uid, user.pw_gid, follow_symlinks=False)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
