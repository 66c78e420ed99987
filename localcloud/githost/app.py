"""The WSGI application: which part of the host answers a request, and the faults that come before."""

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from localcloud import faults as injected_faults
from localcloud.githost import api, faults
from localcloud.githost.accounts import Token
from localcloud.githost.api import RestApi
from localcloud.githost.host import GitHost
from localcloud.githost.pages import Pages
from localcloud.githost.smart_http import SmartHttp
from localcloud.settings import SCIENTIST

if TYPE_CHECKING:
    from localcloud.cloud import Cloud

_FAULTS_PATH = "/_localcloud/faults"
_APPS_PATH = "/_localcloud/apps"
_TOKENS_PATH = "/_localcloud/tokens"
# Where tokens are made and taken back: what these calls carry is a secret.
_OF_TOKENS = re.compile(r"/(authorizations|access_tokens|credentials/revoke)$")


class GitHostApplication:
    """Git, REST API and pages of one host on one port."""

    def __init__(self, host: GitHost, note: Callable[[str, bytes], None] | None = None) -> None:
        """``note`` hears of what the REST API is asked and answers, where that is no token."""
        self.host = host
        self._note = note
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
        elif request.path == _TOKENS_PATH:
            # GitHub shows its users when a token was last used; here it says what for.
            body = json.dumps(self.host.accounts.uses())
            response = Response(body, content_type="application/json")
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
            response = self._api.answer(request)
            if self._note is not None and not _OF_TOKENS.search(request.path):
                self._note(f"github/{request.method}{request.path}", request.get_data())
                self._note(f"github/{request.method}{request.path}", response.get_data())
            return response
        if self._git.recognises(request.path):
            return self._git.answer(request)
        return self._pages.answer(request)


def create_app(cloud: "Cloud") -> GitHostApplication:
    """The git host of a local cloud: its accounts come from the settings, its pushes go to `cloud.events`."""
    settings = cloud.settings
    host = GitHost(cloud.directory / "git", lambda: cloud.git_url, cloud.events.publish, injected_faults.of(cloud))
    host.register(settings.github_user, settings.github_token, settings.organizations)
    host.accounts.add_user(SCIENTIST)
    for organization in settings.organizations:
        host.accounts.add_member(organization, SCIENTIST)
    host.accounts.add_token(Token(value=settings.scientist_token, login=SCIENTIST))
    host.accounts.add_token(Token(value=settings.connection_token, login=settings.github_user))
    cloud.holdings["github"] = host.repositories
    return GitHostApplication(host, cloud.traffic.note if cloud.traffic is not None else None)
