"""The WSGI application: which part of the host answers a request, and the faults that come before."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from localcloud.githost import api, faults
from localcloud.githost.api import RestApi
from localcloud.githost.host import GitHost
from localcloud.githost.pages import Pages
from localcloud.githost.smart_http import SmartHttp

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_FAULTS_PATH = "/_localcloud/faults"


class GitHostApplication:
    """Git, REST API and pages of one host on one port."""

    def __init__(self, host: GitHost) -> None:
        self.host = host
        self._git = SmartHttp(host.repositories, host.permissions, host.pushed)
        self._api = RestApi(host)
        self._pages = Pages(host)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        if request.path == _FAULTS_PATH:
            response = self.host.faults.control(request)
        elif (fault := self.host.faults.take(request)) is not None:
            response = faults.apply(fault, request, self._work)
        else:
            response = self._work(request)
        return response(environ, start_response)

    def _work(self, request: Request) -> Response:
        if request.path.startswith(api.PREFIX):
            return self._api.answer(request)
        if self._git.recognises(request.path):
            return self._git.answer(request)
        return self._pages.answer(request)


def create_app(cloud: "Cloud") -> GitHostApplication:
    """The git host of a local cloud: its accounts come from the settings, its pushes go to `cloud.events`."""
    settings = cloud.settings
    host = GitHost(cloud.directory / "git", lambda: cloud.git_url, cloud.events.publish)
    host.register(settings.github_user, settings.github_token, settings.organizations)
    return GitHostApplication(host)
