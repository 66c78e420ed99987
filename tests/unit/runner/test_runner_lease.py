"""One run at a time works on a project: who waits, who takes over, and whose lock is released."""

import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

DEAD = "i-0123456789abcdef0"
BUILD = "ml-projects-teardown:11111111-2222-3333-4444-555555555555"
LEASE = {
    "Holder": f"ec2/{DEAD}",
    "Host": "ip-10-0-0-9",
    "Action": "apply",
    "Started": "2026-11-20T10:00:00Z",
    "Stream": "p-abc123/apply/20261120T095955Z",
    "Nonce": "of the other",
}
LOCK_ID = "99999999-8888-7777-6666-555555555555"


def terraform_lock(who: str, created: str = "2026-11-20T10:00:30.123456789Z") -> str:
    return json.dumps(
        {"ID": LOCK_ID, "Operation": "OperationTypeApply", "Info": "", "Who": who, "Created": created},
        separators=(",", ":"),
    )


@pytest.fixture
def quick(machine: Any) -> Any:
    """A machine on which sleeping takes no time."""
    (machine.root / "sleep.py").write_text("", encoding="utf-8")
    machine.install("sleep", machine.root / "bin", machine.root / "sleep.py")
    machine.settings["lock_timeout_seconds"] = "20"
    return machine


def test_a_run_holds_the_lease_and_gives_it_back(machine: Any) -> None:
    (machine.root / "instance-id").write_text(DEAD, encoding="utf-8")

    assert machine.run().returncode == 0
    [item] = [
        json.loads(call[call.index("--item") + 1])
        for call in machine.aws_calls
        if call[1] == "put-item" and "/run" in call[call.index("--item") + 1]
    ]
    assert item["Holder"]["S"] == machine.record["holder"] == f"ec2/{DEAD}"
    assert item["Action"]["S"] == "apply"
    assert item["Stream"]["S"] == machine.record["log"]["stream"]
    assert item["Host"]["S"]
    assert set(machine.locks) == {"owner"}


@pytest.mark.parametrize(
    ("environment", "instance", "holder"),
    [
        ({"CODEBUILD_BUILD_ID": BUILD}, DEAD, f"codebuild/{BUILD}"),
        ({}, DEAD, f"ec2/{DEAD}"),
        ({}, "<html>a captive portal</html>", "host/"),
        ({}, None, "host/"),
    ],
)
def test_who_holds_it(machine: Any, environment: dict[str, str], instance: str | None, holder: str) -> None:
    machine.environment |= environment
    if instance is not None:
        (machine.root / "instance-id").write_text(instance, encoding="utf-8")

    assert machine.run().returncode == 0
    assert machine.record["holder"].startswith(holder)


class Metadata(BaseHTTPRequestHandler):
    """An instance's metadata service that is not ready for the first question, nor for the third."""

    answers: ClassVar[list[int]] = []

    def do_PUT(self) -> None:
        self._answer("a token", "X-aws-ec2-metadata-token-ttl-seconds")

    def do_GET(self) -> None:
        self._answer(DEAD, "X-aws-ec2-metadata-token")

    def _answer(self, words: str, header: str) -> None:
        assert header in self.headers
        status = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(words.encode() if status == 200 else b"not yet")

    def log_message(self, *_: Any) -> None:
        pass


def test_a_metadata_service_that_is_not_ready_is_asked_again(machine: Any) -> None:
    Metadata.answers = [503, 200, 503, 200]
    with HTTPServer(("127.0.0.1", 0), Metadata) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        machine.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}/"
        (machine.root / "bin" / "curl").unlink()  # the machine's own

        said = machine.bash('. ./failure.sh; . ./lease.sh; lease_who; printf %s "$lease_holder"')

        server.shutdown()
    assert said.decode() == f"ec2/{DEAD}"
    assert Metadata.answers == []


def test_a_machine_that_is_no_instance_says_so(machine: Any) -> None:
    assert machine.run().returncode == 0
    assert "No metadata service names an instance: the lease is held as host/" in machine.log


@pytest.mark.parametrize("state", ["running\n", "pending\n", "stopping\n", "shutting-down\n"])
def test_a_run_whose_instance_lives_is_waited_for_and_then_named(quick: Any, state: str) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": [state]}

    assert quick.run().returncode == 1
    assert quick.record["reason"] == (
        f"Another run works on this project: apply by ec2/{DEAD} since 2026-11-20T10:00:00Z, log stream "
        "p-abc123/apply/20261120T095955Z. This one waited 20 seconds for it; start it again when that one has "
        "ended."
    )
    assert quick.terraform_calls == []
    assert quick.locks["run"]["Nonce"] == "of the other"
    assert quick.log.count("Waits for another run of this project") == 1


def test_a_run_that_ends_meanwhile_is_followed(quick: Any) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": ["running\n", "running\n", "terminated\n"]}

    assert quick.run().returncode == 0, quick.log
    assert "Waits for another run" in quick.log
    assert f"ec2/{DEAD}, which worked on this project" in quick.log


@pytest.mark.parametrize(
    "answer",
    [
        "terminated\n",
        "stopped\n",
        "\n",
        f"!An error occurred (InvalidInstanceID.NotFound): The instance ID '{DEAD}' does not exist",
    ],
)
def test_an_instance_that_is_gone_is_succeeded(quick: Any, answer: str) -> None:
    quick.lock("run", **LEASE)
    quick.scenario = {"describe-instances": [answer]}

    assert quick.run().returncode == 0, quick.log
    assert set(quick.locks) == {"owner"}


@pytest.mark.parametrize(
    ("status", "follows"),
    [
        ("IN_PROGRESS\tFalse\n", False),
        ("FAILED\tFalse\n", False),  # it still is in one of its last phases
        ("IN_PROGRESS\tTrue\n", False),
        ("FAILED\tTrue\n", True),
        ("STOPPED\tTrue\n", True),
        ("SUCCEEDED\tTrue\n", True),
        ("None\n", True),  # CodeBuild knows it no more
    ],
)
def test_a_build_is_asked_after(quick: Any, status: str, follows: bool) -> None:
    quick.lock("run", **LEASE | {"Holder": f"codebuild/{BUILD}"})
    quick.scenario = {"batch-get-builds": [status]}

    assert (quick.run().returncode == 0) is follows
    [call] = {tuple(call[:6]) for call in quick.aws_calls if call[1] == "batch-get-builds"}
    query = "builds[0].[buildStatus,buildComplete]"
    assert call == ("codebuild", "batch-get-builds", "--ids", BUILD, "--query", query)


def test_a_persons_machine_is_never_taken_for_dead(quick: Any) -> None:
    quick.lock("run", **LEASE | {"Holder": "host/ada@laptop"})

    assert quick.run().returncode == 1
    assert "apply by host/ada@laptop" in quick.record["reason"]
    assert 'docs/operations.md says under "A lock that nobody holds"' in quick.record["reason"]


@pytest.mark.parametrize("holder", [f"ec2/{DEAD}", f"codebuild/{BUILD}"])
def test_a_holder_that_cannot_be_asked_after_counts_as_alive(quick: Any, holder: str) -> None:
    quick.lock("run", **LEASE | {"Holder": holder})
    refusal = "!An error occurred (UnauthorizedOperation): You are not authorized"
    quick.scenario = {"describe-instances": [refusal], "batch-get-builds": [refusal]}

    assert quick.run().returncode == 1
    assert f"Another run works on this project: apply by {holder}" in quick.record["reason"]
    assert "could not be found out: An error occurred (UnauthorizedOperation)" in quick.log


@pytest.mark.parametrize("operation", ["get-item", "put-item"])
def test_without_the_lock_table_nothing_is_done(machine: Any, operation: str) -> None:
    machine.environment["FAKE_AWS_REFUSES"] = f"dynamodb {operation}"

    assert machine.run().returncode == 1
    assert "because the lock table sagemaker-projects-locks could not be used" in machine.record["reason"]
    assert "AccessDenied" in machine.record["reason"]
    assert machine.terraform_calls == []


def test_an_answer_that_was_lost_is_not_another_run(machine: Any) -> None:
    machine.environment["FAKE_AWS_LOSES"] = "put-item"

    assert machine.run().returncode == 0, machine.log
    assert set(machine.locks) == {"owner"}


def test_the_lock_of_the_dead_is_released_and_no_other(quick: Any) -> None:
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0, quick.log
    assert quick.terraform_commands[:2] == ["init", "force-unlock"]
    assert quick.terraform_calls[1]["arguments"] == ["force-unlock", "-force", LOCK_ID]


@pytest.mark.parametrize(
    ("who", "created"),
    [
        ("root@ip-10-0-0-10", "2026-11-20T10:00:30Z"),  # another machine's
        ("root@ip-10-0-0-99", "2026-11-20T10:00:30Z"),  # whose name begins with the dead one's
        ("root@xip-10-0-0-9", "2026-11-20T10:00:30Z"),
        ("root@ip-10-0-0-9", "2026-11-20T09:59:59Z"),  # from before the dead run
        ("ada@laptop", "2026-11-20T10:00:30Z"),
    ],
)
def test_a_lock_of_somebody_else_is_left_to_terraforms_patience(quick: Any, who: str, created: str) -> None:
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock(who, created))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0
    assert "force-unlock" not in quick.terraform_commands


def test_the_lock_of_a_dead_predecessors_predecessor_is_released_too(quick: Any) -> None:
    dead = "ip-10-0-0-7|2026-11-20T09:00:00Z"
    quick.lock("run", **LEASE | {"Dead": dead})
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-7", "2026-11-20T09:00:30.5Z"))
    quick.scenario = {"describe-instances": ["terminated\n"]}

    assert quick.run().returncode == 0
    assert "force-unlock" in quick.terraform_commands
    [taken] = [
        item
        for call in quick.aws_calls
        if call[1] == "put-item" and "Started" in call[call.index("--condition-expression") + 3]
        for item in [json.loads(call[call.index("--item") + 1])]
    ]
    assert taken["Dead"]["S"] == f"ip-10-0-0-9|2026-11-20T10:00:00Z,{dead}"


@pytest.mark.parametrize("action", ["plan", "apply"])
def test_what_a_dead_run_made_is_still_looked_for_after_a_run_that_did_not(quick: Any, action: str) -> None:
    """A comparison, or an apply that fails before it looks, succeeds the dead one; the next apply has to know."""
    quick.stands()
    quick.lock("run", **LEASE)
    quick.scenario = {
        "describe-instances": ["terminated\n"],
        "init": {"says": "\nError: no network\n", "status": 1} if action == "apply" else {},
    }
    quick.run(action)
    # Who comes to the lock deals with it: whatever that host locks from now on is somebody's at work.
    host = "ip-10-0-0-9" if action == "apply" else ""
    assert quick.locks["owner"]["Interrupted"] == f"{host}|2026-11-20T10:00:00Z"
    assert quick.locks["owner"]["Release"] == "1.0.0"
    assert "run" not in quick.locks

    quick.scenario = {"made": {"ml-p-abc123-build": "p-abc123"}}
    assert quick.run().returncode == 0, quick.log

    assert "Takes ml-p-abc123-build into the state" in quick.log
    assert "Interrupted" not in quick.locks["owner"]


def test_a_sign_lets_a_lock_be_broken_once(quick: Any) -> None:
    """Somebody left it for a laptop, by hand; a comparison comes first, and then the laptop works again."""
    quick.stands(Interrupted="laptop|2026-01-01T00:00:00Z")
    quick.lock("terraform.tfstate", Info=terraform_lock("ada@laptop"))
    quick.scenario = {"plan": {"status": 0}}
    assert quick.run("plan").returncode == 0, quick.log
    assert "force-unlock" in quick.terraform_commands
    assert quick.locks["owner"]["Interrupted"] == "|2026-01-01T00:00:00Z"

    quick.lock("terraform.tfstate", Info=terraform_lock("ada@laptop", "2026-11-21T10:00:30.5Z"))
    assert quick.run("plan").returncode == 0, quick.log

    assert quick.terraform_commands.count("force-unlock") == 1
    assert "terraform.tfstate" in quick.locks


def test_a_plan_succeeds_the_dead_and_releases_their_lock(quick: Any) -> None:
    quick.stands()
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    quick.scenario = {"describe-instances": ["terminated\n"], "plan": {"status": 0}}

    assert quick.run("plan").returncode == 0, quick.log

    assert quick.terraform_commands == ["init", "force-unlock", "state", "plan"]
    assert (quick.record["outcome"], quick.record["changes"]) == ("succeeded", False)
    assert set(quick.locks) == {"owner"}


def test_a_lock_of_the_dead_is_not_forgotten_by_who_fails_before_releasing_it(quick: Any) -> None:
    """Two successors fail in an orderly way, the second after another death; the third releases the lock."""
    quick.stands()
    quick.lock("run", **LEASE)
    quick.lock("terraform.tfstate", Info=terraform_lock("root@ip-10-0-0-9"))
    broken = {"describe-instances": ["terminated\n"], "init": {"says": "\nError: no network\n", "status": 1}}
    quick.scenario = broken
    assert quick.run().returncode == 1
    quick.lock("run", **LEASE | {"Host": "ip-10-0-0-11", "Started": "2026-11-20T11:00:00Z"})
    assert quick.run().returncode == 1
    assert "terraform.tfstate" in quick.locks
    dead = "ip-10-0-0-11|2026-11-20T11:00:00Z,ip-10-0-0-9|2026-11-20T10:00:00Z"
    assert quick.locks["owner"]["Interrupted"] == dead

    quick.scenario = {}
    assert quick.run().returncode == 0, quick.log

    assert "force-unlock" in quick.terraform_commands
    assert set(quick.locks) == {"owner"}
    assert "Interrupted" not in quick.locks["owner"]


def test_a_creation_whose_terraform_was_killed_is_taken_back_under_its_own_lock(machine: Any) -> None:
    machine.scenario = {"apply": {"says": "Killed\n", "status": 137, "locks": True}}

    assert machine.run().returncode == 1

    commands = machine.terraform_commands
    assert commands.index("apply") < commands.index("force-unlock") < commands.index("destroy")
    assert machine.record["reason"] == "terraform apply failed: Terraform was killed by signal 9."
    assert machine.locks == {}


TAKEN = """
Error: Error acquiring the state lock

Error message: operation error DynamoDB: PutItem, https response error StatusCode:
400, ConditionalCheckFailedException: The conditional request failed
Lock Info:
  ID:        99999999-8888-7777-6666-555555555555
  Who:       ada@laptop
  Version:   1.11.4
  Created:   {created}
  Info:
"""


def ago(hours: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600 * hours))


def taken(hours: float) -> str:
    """As Terraform writes times in its messages."""
    return TAKEN.format(created=ago(hours).replace("T", " ").replace("Z", ".123456789 +0000 UTC"))


@pytest.mark.parametrize("held", ["lease", "lock"])
def test_a_comparison_that_finds_another_run_has_not_failed(quick: Any, held: str) -> None:
    quick.stands()
    quick.scenario = {"describe-instances": ["running\n"], "plan": {"status": 1, "says": taken(23)}}
    if held == "lease":
        quick.lock("run", **LEASE | {"Started": ago(23)})

    done = quick.run("plan")

    assert done.returncode == 0, done.stdout
    assert quick.output == "not-looked-at\n"
    assert (quick.record["outcome"], quick.record["changes"]) == ("skipped", None)
    words = (
        f"a run is under way: apply by ec2/{DEAD}" if held == "lease" else "has Terraform's lock of this project"
    )
    assert words in quick.record["reason"]
    assert quick.events[0]["Detail"].count('"outcome": "skipped"') == 1
    assert quick.log.endswith(f"SKIPPED: {quick.record['reason']}")


@pytest.mark.parametrize(
    ("lease", "lock", "words"),
    [
        ({"Started": ago(25)}, 0, f"is said to be under way for 25 hours: apply by ec2/{DEAD}"),
        (
            {"Started": ago(2.5), "Holder": "host/ada@laptop"},
            0,
            "is said to be under way for 2 hours: apply by host/ada@laptop",
        ),
        ({}, 25, "somebody has Terraform's lock of this project for 25 hours: Error acquiring the state lock"),
    ],
)
def test_a_comparison_that_would_never_look_fails(
    quick: Any, lease: dict[str, str], lock: float, words: str
) -> None:
    """Or nobody would hear of it: a skipped one is told to nobody."""
    quick.stands()
    quick.scenario = {"describe-instances": ["running\n"], "plan": {"status": 1, "says": taken(lock)}}
    if lease:
        quick.lock("run", **LEASE | lease)

    assert quick.run("plan").returncode == 1

    assert quick.record["outcome"] == "failed"
    assert words in quick.record["reason"]
    assert 'docs/operations.md says under "A lock that nobody holds"' in quick.record["reason"]


def test_a_lock_table_that_refuses_a_comparison_is_a_failure(quick: Any) -> None:
    quick.stands()
    says = "\nError: Error acquiring the state lock\n\nError message: AccessDeniedException\n"
    quick.scenario = {"plan": {"status": 1, "says": says}}

    assert quick.run("plan").returncode == 1
    assert quick.record["outcome"] == "failed"


def test_a_terraform_that_was_killed_leaves_no_lock(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"apply": {"says": "Killed\n", "status": 137, "locks": True}}

    assert machine.run().returncode == 1
    assert machine.terraform_commands[-1] == "force-unlock"
    assert set(machine.locks) == {"owner"}


def test_a_lease_that_was_lost_ends_the_run_before_it_changes_anything(machine: Any) -> None:
    machine.scenario = {"plan": {"lease": LEASE}}

    assert machine.run().returncode == 1
    assert machine.record["reason"].startswith("This run has lost its lease to another run: apply by ec2/")
    assert "apply" not in machine.terraform_commands
    assert machine.locks["run"]["Nonce"] == "of the other"


def test_a_creation_that_lost_its_lease_takes_nothing_back(machine: Any) -> None:
    machine.scenario = {"apply": {"lease": LEASE}}

    assert machine.run().returncode == 1
    assert "destroy" not in machine.terraform_commands
    assert machine.record["reason"].endswith("What had been created stays, because this run has lost its lease.")


def test_a_destruction_that_lost_its_lease_destroys_nothing_more(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"lease": LEASE}}

    assert machine.run("destroy").returncode == 1
    assert "apply" not in machine.terraform_commands
    assert "lost its lease" in machine.record["reason"]
    assert machine.locks["owner"]["Release"] == "1.0.0"


@pytest.mark.parametrize("command", ["init", "plan", "apply"])
def test_a_run_that_fails_gives_the_lease_back(machine: Any, command: str) -> None:
    machine.scenario = {command: {"says": "\nError: no\n", "status": 1}}

    assert machine.run().returncode == 1
    assert "run" not in machine.locks


def test_two_runs_at_once_work_one_after_the_other(machine: Any) -> None:
    machine.stands()
    machine.scenario = {"plan": {"seconds": 1.5}}
    machine.write_inputs()
    done: list[int] = []
    runner = machine.bash("pwd").decode().strip()

    def run(action: str) -> None:
        done.append(
            subprocess.run(
                ["bash", f"{runner}/runner.sh", action, "settings", "parameters", f"output-{action}"],
                cwd=machine.root,
                env=machine.process_environment,
                capture_output=True,
                check=False,
                timeout=60,
            ).returncode
        )

    threads = [threading.Thread(target=run, args=(action,)) for action in ("apply", "destroy")]
    for thread in threads:
        thread.start()
        time.sleep(0.3)
    for thread in threads:
        thread.join()

    assert done == [0, 0]
    # Each initializes only when the other has ended.
    commands = [name for name in machine.terraform_commands if name in ("init", "apply")]
    assert commands == ["init", "apply", "init", "apply"]
    assert "run" not in machine.locks
