"""A git host that fails: what is tried again, what is reported, and that there is never a second commit."""

import time
import traceback
from email.utils import formatdate

import pytest
from seed_repository.errors import (
    CredentialRejected,
    HostAnswerUnexpected,
    HostUnavailable,
    PermissionMissing,
    RateLimited,
    SeedRepositoryError,
)

from tests.unit.seed_repository.conftest import World
from tests.unit.seed_repository.git_server import TOKEN, Fault

ANY = ["GET .*/repos/", "GET .*/user", "POST .*/orgs/", "GET .*info/refs", "POST .*receive-pack"]


def _strike(world: World, fault: Fault) -> None:
    if "info/refs" in fault.matches:
        world.server.create("acme/churn")  # the branches of a repository just created are not asked for
    world.server.faults.append(fault)


@pytest.mark.parametrize("matches", ANY)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_passing_failure_of_any_request_is_survived(world: World, matches: str, status: int) -> None:
    _strike(world, Fault(matches, status=status, headers={"Retry-After": "3"}))

    result = world.seed()

    assert result.status == "created"
    assert world.slept == [3.0]
    assert world.commits("acme/churn") == [result.commit_sha]


@pytest.mark.parametrize("matches", ANY)
@pytest.mark.parametrize("cut", [False, True])
def test_answer_lost_after_the_work_was_done(world: World, matches: str, cut: bool) -> None:
    _strike(world, Fault(matches, status=0 if cut else 502, after=True, cut=cut))

    result = world.seed()

    assert result.status == "created"
    assert world.commits("acme/churn") == [result.commit_sha]


def test_function_that_dies_after_the_push_finds_its_commit_next_time(world: World) -> None:
    world.server.faults.append(Fault("POST .*receive-pack", status=502, after=True))
    with pytest.raises(HostUnavailable, match="Gave up after 1 attempt"):
        world.seed(attempts=1)

    result = world.seed()

    assert result.status == "unchanged"
    assert world.commits("acme/churn") == [result.commit_sha]


def test_many_failures_in_a_row(world: World) -> None:
    world.server.faults += [Fault(matches, status=503) for matches in ANY for _ in range(2)]

    assert world.seed(attempts=20).status == "created"
    assert world.slept == sorted(world.slept)
    assert len(world.commits("acme/churn")) == 1


def test_host_that_stays_down_is_given_up(world: World) -> None:
    world.server.faults += [Fault(".", status=503, body="maintenance")] * 3

    with pytest.raises(HostUnavailable, match=r"HTTP 503.*maintenance.*Gave up after 3 attempts"):
        world.seed(attempts=3)


def test_wait_that_is_longer_than_the_time_left_is_not_begun(world: World) -> None:
    world.server.faults.append(Fault(".", status=429, headers={"Retry-After": "3600"}))

    with pytest.raises(RateLimited, match=r"due in 3600 s, and \d+ s are left"):
        world.seed()
    assert world.slept == []


@pytest.mark.parametrize("way", ["reset", "body", "date"])
def test_every_way_to_state_a_limit_is_understood(world: World, way: str) -> None:
    headers, body, longest = {
        "reset": ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 50)}, "", 51),
        "body": ({}, "You have exceeded a secondary rate limit.", 60),
        "date": ({"Retry-After": formatdate(time.time() + 50, usegmt=True)}, "", 50),
    }[way]
    world.server.faults.append(Fault(".", status=403, headers=headers, body=body))

    assert world.seed(seconds=300).status == "created"
    assert longest - 20 <= world.slept[0] <= longest


def test_wrong_token(world: World) -> None:
    world.store_token("ghp_wrong")

    with pytest.raises(CredentialRejected, match=r"expired or revoked.*github_token"):
        world.seed()
    assert len(world.server.requests) == 1


def test_missing_permission_is_named_as_github_names_it(world: World) -> None:
    headers = {"X-Accepted-GitHub-Permissions": "administration=write", "X-OAuth-Scopes": "gist"}
    world.server.faults.append(Fault("POST .*/orgs/", status=403, headers=headers, body="Resource not accessible"))

    with pytest.raises(PermissionMissing, match=r"Administration.*administration=write.*the token has: gist"):
        world.seed()


def test_single_sign_on_is_explained(world: World) -> None:
    world.server.faults.append(
        Fault(".", status=403, headers={"X-GitHub-SSO": "required; url=https://example.com"})
    )

    with pytest.raises(PermissionMissing, match="single sign-on: authorize the token"):
        world.seed()


def test_git_forbidden_names_the_permission(world: World) -> None:
    world.server.create("acme/churn")
    world.server.faults.append(Fault("info/refs", status=403, body="Write access to repository not granted."))

    with pytest.raises(PermissionMissing, match=r"push to acme/churn.*Contents: read and write.*not granted"):
        world.seed()


def test_redirect_to_another_host_is_not_followed(world: World) -> None:
    world.server.faults.append(Fault(".", status=301, headers={"Location": "https://elsewhere.example.com/"}))

    with pytest.raises(HostAnswerUnexpected, match="the credential is not sent there"):
        world.seed()
    assert len(world.server.requests) == 1


def test_page_of_a_proxy_instead_of_an_api(world: World) -> None:
    world.server.faults.append(Fault(".", status=200, body="<html>Sign in</html>"))

    with pytest.raises(HostAnswerUnexpected, match="does not answer JSON"):
        world.seed()


def test_page_of_a_proxy_instead_of_git(world: World) -> None:
    world.server.create("acme/churn")
    world.server.faults += [Fault("info/refs", status=200, body="<html>")] * 2

    with pytest.raises(HostUnavailable, match="Gave up"):
        world.seed(attempts=2)


def test_host_that_is_not_there(world: World) -> None:
    world.event["host"] = {"base_url": "http://127.0.0.1:9", "api_url": "http://127.0.0.1:9/api/v3"}
    world.event["repository"]["url"] = "http://127.0.0.1:9/acme/churn"

    with pytest.raises(HostUnavailable, match="got no answer"):
        world.seed(attempts=2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
@pytest.mark.parametrize("matches", ANY)
def test_token_that_the_host_echoes_is_shown_nowhere(
    world: World,
    matches: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    fault = Fault(
        matches, status=status, body=f"Bad credentials: Authorization: token {TOKEN}", headers={"Retry-After": "1"}
    )
    _strike(world, fault)

    shown = ""
    try:
        world.seed(attempts=1)
    except SeedRepositoryError as error:
        shown = "".join(traceback.format_exception(error))
    output = capfd.readouterr()
    # botocore writes the secret at level DEBUG; the handler keeps it from doing so (test_handler.py).
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("botocore"))
    assert TOKEN not in shown + logged + output.out + output.err
