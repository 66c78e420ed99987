"""Starting and stopping the local cloud within one process."""

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from localcloud import account, model_cache, services
from localcloud.cloud import Cloud
from localcloud.gateway import Gateway
from localcloud.githost import create_app as create_git_host
from localcloud.settings import Settings

_HOST = "127.0.0.1"


class _QuietHandler(MotoRequestHandler):
    """Requests are in the call log; the console is for what goes wrong."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class LocalCloud:
    """The running local cloud: an AWS endpoint and a git host on 127.0.0.1."""

    def __init__(self, settings: Settings) -> None:
        settings = replace(
            settings,
            github_token=settings.github_token or f"ghp_{secrets.token_hex(18)}",
            connection_token=settings.connection_token or f"ghs_{secrets.token_hex(18)}",
            scientist_token=settings.scientist_token or f"ghp_{secrets.token_hex(18)}",
        )
        model_cache.share()
        self.cloud = Cloud(settings)
        self._servers: list[tuple[BaseWSGIServer, Thread]] = []

    def start(self) -> "LocalCloud":
        """Listen, prepare the account, load the services.

        Raises:
            OSError: a chosen port is taken.

        """
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        settings = self.cloud.settings
        aws = self._listen(Gateway(self.cloud), settings.port)
        self.cloud.endpoint = f"http://{_HOST}:{aws.server_port}"
        git = self._listen(create_git_host(self.cloud), settings.git_port)
        self.cloud.git_url = f"http://{_HOST}:{git.server_port}"
        self.cloud.prepare_programs()
        account.prepare(self.cloud)
        services.load(self.cloud)
        for _, thread in self._servers:
            thread.start()
        return self

    def stop(self) -> None:
        """End children and threads, then the servers."""
        self.cloud.stop()
        for server, thread in self._servers:
            server.shutdown()
            thread.join(5.0)
            server.server_close()
        self._servers.clear()

    def __enter__(self) -> "LocalCloud":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listen(
        self, app: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]], port: int
    ) -> BaseWSGIServer:
        server = make_server(_HOST, port, app, threaded=True, request_handler=_QuietHandler)
        server.daemon_threads = True  # type: ignore[attr-defined]
        thread = Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.1},
            daemon=True,
            name=f"port-{server.server_port}",
        )
        self._servers.append((server, thread))
        return server
