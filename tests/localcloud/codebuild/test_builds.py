"""Builds really run, phase by phase, and say how it went."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.services.codebuild import builds
from localcloud.services.codebuild.projects import projects_of

ALL_PHASES = """
version: 0.2
env:
  variables: {FROM_SPEC: spec}
  exported-variables: [RESULT]
phases:
  install:
    runtime-versions: {python: 3.12}
    commands:
      - FIRST=one
      - mkdir work && cd work
  pre_build:
    commands: ['echo "pre $FIRST in $(basename $PWD)"']
  build:
    commands:
      - |
        for word in a b; do
          echo "building $word"
        done
      - export RESULT="$FROM_SPEC $FROM_PROJECT $FROM_CALL"
    finally: ['echo finally']
  post_build:
    commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"']
"""


def test_all_phases_run_in_one_environment(projects: Any) -> None:
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "local",
        "computeType": "BUILD_GENERAL1_SMALL",
        "environmentVariables": [{"name": "FROM_PROJECT", "value": "project"}],
    }
    override = {"environmentVariablesOverride": [{"name": "FROM_CALL", "value": "call"}]}

    build = projects.run(ALL_PHASES, override, environment=environment)

    assert build["buildStatus"] == "SUCCEEDED"
    assert build["exportedEnvironmentVariables"] == [{"name": "RESULT", "value": "spec project call"}]
    assert list(projects.phases(build)) == [
        "SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
        "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED",
    ]  # fmt: skip
    log = projects.log(build)
    for line in ("pre one in work", "building a", "building b", "finally", "succeeding 1"):
        assert line in log
    assert "Entering phase BUILD" in log
    assert "Phase complete: BUILD State: SUCCEEDED" in log
    assert "Phase context status code:  Message: " in log
    assert 'Running command echo "pre $FIRST in $(basename $PWD)"' in log


def test_a_failing_command_ends_its_phase_and_post_build_still_runs(projects: Any) -> None:
    build = projects.run("""
version: 0.2
phases:
  build:
    commands: ['echo before', 'exit 3', 'echo never']
    finally: ['echo cleaning']
  post_build:
    commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"']
""")

    assert build["buildStatus"] == "FAILED"
    assert projects.phases(build)["BUILD"] == "FAILED"
    assert projects.context(build, "BUILD") == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": "Error while executing command: exit 3. Reason: exit status 3",
    }
    log = projects.log(build)
    assert "Command did not exit successfully exit 3 exit status 3" in log
    assert "cleaning" in log
    assert "succeeding 0" in log
    assert "never" not in log


@pytest.mark.parametrize(
    ("phase", "on_failure", "after"),
    [("install", "", False), ("pre_build", "", False), ("pre_build", "CONTINUE", True), ("build", "ABORT", False)],
)
def test_what_a_failure_means_for_the_next_phases(projects: Any, phase: str, on_failure: str, after: bool) -> None:
    setting = f"    on-failure: {on_failure}\n" if on_failure else ""
    build = projects.run(
        f"version: 0.2\nphases:\n  {phase}:\n{setting}    commands: ['false']\n"
        "  post_build:\n    commands: ['echo after']\n"
    )

    assert build["buildStatus"] == "FAILED"
    assert ("after" in projects.log(build)) is after


def test_the_environment_is_codebuilds(projects: Any, cloud: Any) -> None:
    build = projects.run("""
version: 0.2
phases:
  build:
    commands:
      - echo "id=$CODEBUILD_BUILD_ID number=$CODEBUILD_BUILD_NUMBER image=$CODEBUILD_BUILD_IMAGE"
      - echo "identity=$(aws sts get-caller-identity --query Arn --output text)"
      - test "$PWD" = "$CODEBUILD_SRC_DIR" && echo in-the-source
      - git --version && bash --version | head -1
      - python -c "import sys; print('prefix', sys.prefix == '$VIRTUAL_ENV')"
""")

    log = "\n".join(projects.log(build))
    assert f"id={build['id']} number=1 image=aws/codebuild/amazonlinux" in log
    assert (
        f"identity=arn:aws:sts::123456789012:assumed-role/{projects.role.rsplit('/', 1)[-1]}/AWSCodeBuild-" in log
    )
    assert "in-the-source" in log
    assert "prefix True" in log


def test_what_a_build_installs_stays_in_the_build(projects: Any) -> None:
    spec = """
version: 0.2
phases:
  build:
    commands:
      - |
        python - <<'END'
        import zipfile
        information = "only_here-1.dist-info"
        with zipfile.ZipFile("only_here-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr("only_here/__init__.py", "")
            wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\\nName: only-here\\nVersion: 1\\n")
            wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
            wheel.writestr(f"{information}/RECORD", "")
        END
      - pip install --quiet --no-index ./only_here-1-py3-none-any.whl
      - python -c "import only_here, pytest; print('both there')"
      - pytest --version
"""
    build = projects.run(spec)

    assert build["buildStatus"] == "SUCCEEDED", "\n".join(projects.log(build))
    assert "both there" in projects.log(build)
    with pytest.raises(ModuleNotFoundError):
        import only_here  # type: ignore[import-not-found] # noqa: F401, PLC0415


def test_secrets_and_parameters_are_fetched_with_the_role_and_hidden(projects: Any, cloud: Any) -> None:
    cloud.client("ssm").put_parameter(Name="/build/colour", Value="crimson", Type="SecureString")
    cloud.client("secretsmanager").create_secret(Name="build/secret", SecretString='{"token": "t0ps3cret"}')
    build = projects.run(
        """
version: 0.2
env:
  secrets-manager: {TOKEN: "build/secret:token"}
phases: {build: {commands: ['echo "colour $COLOUR token $TOKEN length ${#TOKEN}"']}}
""",
        {
            "environmentVariablesOverride": [
                {"name": "COLOUR", "value": "/build/colour", "type": "PARAMETER_STORE"},
            ]
        },
    )

    log = projects.log(build)
    assert "colour *** token *** length 9" in log
    assert "t0ps3cret" not in "\n".join(log)
    calls = cloud.internal.call_log.read()
    reads = [call for call in calls if call["operation"] in ("GetSecretValue", "GetParameters")]
    assert {call["role_arn"] for call in reads} >= {projects.role}


def test_a_missing_secret_fails_the_download(projects: Any) -> None:
    spec = "version: 0.2\nenv: {secrets-manager: {A_B: nowhere}}\nphases: {build: {commands: ['true']}}\n"
    build = projects.run(spec)

    context = projects.context(build, "DOWNLOAD_SOURCE")
    assert context["statusCode"] == "Secrets Manager Error"
    assert "ResourceNotFoundException" in context["message"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("version: 0.3\nphases: {}\n", "Invalid buildspec version: 0.3"),
        ("version: 0.2\nphases: {buidl: {commands: [x]}}\n", "Unknown phase"),
        ("version: 0.2\nphases: {build: {commands: [{a: b}]}}\n", "list of commands"),
        ("version: 0.2\nphases: [\n", "expected"),
        ("version: 0.2\nphases: {install: {runtime-versions: {nodejs: 22}}}\n", "Unknown runtime named 'nodejs'"),
        ("missing.yml", "YAML file does not exist"),
    ],
)
def test_unusable_specifications_are_named(projects: Any, spec: str, message: str) -> None:
    build = projects.run(spec)

    context = projects.context(build, "DOWNLOAD_SOURCE")
    assert context["statusCode"] == "YAML_FILE_ERROR"
    assert message in context["message"]


def test_a_build_that_takes_too_long_times_out(projects: Any, cloud: Any) -> None:
    name = projects.create("version: 0.2\nphases: {build: {commands: ['sleep 60']}}\n")
    # Through Python: the API takes whole minutes, five at least.

    service = builds.of(cloud.internal)
    found = projects_of("123456789012", "eu-central-1")
    found.get(name)["timeoutInMinutes"] = 0.03
    build = service.start(found, {"projectName": name}, initiator="test")

    assert build.finished.wait(30)
    assert build.status == "TIMED_OUT"
    phase = next(item for item in build.phases if item.type == "BUILD")
    assert (phase.status, phase.code) == ("TIMED_OUT", "BUILD_TIMED_OUT")


def test_a_build_can_be_stopped_and_retried(projects: Any) -> None:
    name = projects.create("version: 0.2\nphases: {build: {commands: ['echo started', 'sleep 60']}}\n")
    build_id = projects.start(name)
    deadline = time.monotonic() + 30
    while projects.get(build_id)["currentPhase"] != "BUILD" and time.monotonic() < deadline:
        time.sleep(0.1)

    projects.client.stop_build(id=build_id)

    build = projects.wait(build_id, 20)
    assert (build["buildStatus"], projects.phases(build)["BUILD"]) == ("STOPPED", "STOPPED")
    again = projects.client.retry_build(id=build_id)["build"]
    assert again["buildNumber"] == 2
    assert projects.client.list_builds_for_project(projectName=name)["ids"] == [again["id"], build_id]
    projects.client.stop_build(id=again["id"])
    projects.wait(again["id"], 20)


def test_a_role_that_may_not_log_cannot_build(projects: Any) -> None:
    projects.allow(projects.role, ["s3:*"])

    build = projects.run("version: 0.2\nphases: {build: {commands: ['true']}}\n")

    context = projects.context(build, "PROVISIONING")
    assert context["statusCode"] == "ACCESS_DENIED"
    assert "does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams" in context["message"]


def test_logs_go_where_the_project_says(projects: Any, cloud: Any) -> None:
    cloud.client("s3").create_bucket(
        Bucket="build-logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    config = {
        "cloudWatchLogs": {"status": "ENABLED", "groupName": "/own/builds", "streamName": "prefix"},
        "s3Logs": {"status": "ENABLED", "location": "build-logs/logs"},
    }

    build = projects.run("version: 0.2\nphases: {build: {commands: ['echo logged']}}\n", logsConfig=config)

    uuid = build["id"].split(":")[1]
    assert (build["logs"]["groupName"], build["logs"]["streamName"]) == ("/own/builds", f"prefix/{uuid}")
    assert "logged" in projects.log(build)
    assert cloud.client("s3").get_object(Bucket="build-logs", Key=f"logs/{uuid}.gz")["ContentLength"] > 0


def test_artifacts_go_to_a_bucket(projects: Any, cloud: Any) -> None:
    cloud.client("s3").create_bucket(
        Bucket="build-artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    spec = """
version: 0.2
phases:
  build:
    commands: ['mkdir -p out/deep', 'echo a > out/a.txt', 'echo b > out/deep/b.txt', 'echo c > c.log']
artifacts:
  base-directory: out
  files: ['**/*']
  exclude-paths: ['a.txt']
"""
    target = {"type": "S3", "location": "build-artifacts", "path": "p", "name": "n", "packaging": "NONE"}

    build = projects.run(spec, artifacts=target)

    assert build["artifacts"]["location"] == "arn:aws:s3:::build-artifacts/p/n"
    objects = cloud.client("s3").list_objects_v2(Bucket="build-artifacts")["Contents"]
    assert [item["Key"] for item in objects] == ["p/n/deep/b.txt"]
    missing = projects.run(spec.replace("['**/*']", "['nothing']"), artifacts=target)
    assert projects.context(missing, "UPLOAD_ARTIFACTS")["message"] == "no matching artifact paths found"
    assert missing["buildStatus"] == "FAILED"


def test_a_project_of_a_pipeline_cannot_be_built_alone(projects: Any) -> None:
    name = projects.create("", source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})

    with pytest.raises(ClientError, match="pipeline"):
        projects.start(name)


def test_too_many_builds_at_once_are_refused(projects: Any) -> None:
    spec = "version: 0.2\nphases: {build: {commands: ['sleep 60']}}\n"
    name = projects.create(spec, concurrentBuildLimit=1)
    build_id = projects.start(name)

    with pytest.raises(projects.client.exceptions.AccountLimitExceededException):
        projects.start(name)
    projects.client.stop_build(id=build_id)
    projects.wait(build_id, 20)
