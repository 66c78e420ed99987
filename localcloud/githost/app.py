"""The WSGI application: which part of the host answers a request, and the faults that come before."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from localcloud import faults as injected_faults
from localcloud.githost import api, faults
from localcloud.githost.api import RestApi
from localcloud.githost.host import GitHost
from localcloud.githost.pages import Pages
from localcloud.githost.smart_http import SmartHttp

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_FAULTS_PATH = "/_localcloud/faults"
_APPS_PATH = "/_localcloud/apps"


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
            response = self.host.faults.control(request, default_on="git")
        elif request.path == _APPS_PATH:
            response = self._register_app(request)
        elif (fault := faults.take(self.host.faults, request)) is not None:
            response = faults.apply(fault, request, self._work)
        else:
            response = self._work(request)
        return response(environ, start_response)

    def _register_app(self, request: Request) -> Response:
        """POST {id, slug, public_key, account, permissions, repositories}: an app, installed on an account.

        On GitHub, people do this on pages; the answer is the installation's number.
        """
        wanted = request.get_json(force=True)
        account = self.host.accounts.find(wanted["account"])
        if account is None:
            return Response(json.dumps({"message": f"there is no account {wanted['account']}"}), status=404)
        app = self.host.apps.register(wanted["id"], wanted["slug"], wanted["public_key"])
        installed = self.host.apps.install(app, account, wanted["permissions"], wanted.get("repositories"))
        return Response(json.dumps({"id": installed.id}), status=201, content_type="application/json")

    def _work(self, request: Request) -> Response:
        if request.path.startswith(api.PREFIX):
            return self._api.answer(request)
        if self._git.recognises(request.path):
            return self._git.answer(request)
        return self._pages.answer(request)


def create_app(cloud: "Cloud") -> GitHostApplication:
    """The git host of a local cloud: its accounts come from the settings, its pushes go to `cloud.events`."""
    settings = cloud.settings
    host = GitHost(cloud.directory / "git", lambda: cloud.git_url, cloud.events.publish, injected_faults.of(cloud))
    host.register(settings.github_user, settings.github_token, settings.organizations)
    return GitHostApplication(host)
