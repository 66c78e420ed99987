"""The source action: a commit of a connected repository becomes an artifact.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError

from iam.request import Context
from localcloud import archives
from localcloud.githost.checkout import BranchNotFoundError, Checkout, CheckoutError
from localcloud.principals import AccessDeniedError
from localcloud.services.codebuild.build import Location
from localcloud.services.codebuild.source import CLONE_REFERENCE
from localcloud.services.codeconnections import store
from localcloud.services.codeconnections.store import Connection
from localcloud.services.codepipeline.actions.context import ActionContext, ActionFailedError
from localcloud.services.codepipeline.records import Revision

_PERMISSION = "The provided role does not have sufficient permissions."


def run(context: ActionContext) -> None:
    """Fetch the commit that started the execution, or the branch's newest one."""
    configuration = context.configuration
    connection = _connection(context)
    repository, branch = configuration["FullRepositoryId"], configuration["BranchName"]
    branch = context.execution.branches.get(context.record.name, branch)
    checkout = Checkout(context.cloud, repository)
    try:
        commit = context.execution.overrides.get(context.record.name) or checkout.head(branch)
        with tempfile.TemporaryDirectory(dir=context.cloud.folder("codepipeline")) as folder:
            tree = Path(folder) / "tree"
            checkout.shallow(tree, commit)
            message, date = checkout.describe(tree)
            variables = {
                "AuthorDate": date,
                "BranchName": branch,
                "CommitId": commit,
                "CommitMessage": message,
                "ConnectionArn": connection.arn,
                "FullRepositoryName": repository,
            }
            _upload(context, tree, variables)
    except BranchNotFoundError as error:
        raise ActionFailedError(
            "ConfigurationError",
            f"[{connection.provider}] No Branch [{branch}] found for FullRepositoryName [{repository}]",
        ) from error
    except CheckoutError as error:
        raise ActionFailedError(
            "ConfigurationError", f"[{connection.provider}] Could not access repository [{repository}]: {error}"
        ) from error
    _note(context, variables, connection)


def _connection(context: ActionContext) -> Connection:
    arn = context.configuration["ConnectionArn"]
    service = arn.split(":")[2]
    action = f"{service}:UseConnection"
    if not context.role.allows(action, arn):
        context.role.record(service, "UseConnection", {"ConnectionArn": arn}, error="AccessDeniedException")
        raise ActionFailedError("PermissionError", f"Unable to use Connection: {arn}. {_PERMISSION}")
    repository: Context = {f"{service}:FullRepositoryId": context.configuration["FullRepositoryId"]}
    try:
        context.role.record(service, "UseConnection", {"ConnectionArn": arn}, context=repository)
    except AccessDeniedError as error:
        raise ActionFailedError("PermissionError", f"Unable to use Connection: {arn}. {_PERMISSION}") from error
    connection = store.find(arn)
    if connection is None:
        raise ActionFailedError("ConfigurationError", f"Connection {arn} not found")
    if connection.status != "AVAILABLE":
        raise ActionFailedError(
            "ConfigurationError", f"Connection {arn} is not available: its status is {connection.status}"
        )
    return connection


def _upload(context: ActionContext, tree: Path, variables: dict[str, str]) -> None:
    artifact = context.record.action["outputArtifacts"][0]["name"]
    location = context.new_location(artifact)
    context.check_store(location, "s3:PutObject")
    archive = tree.parent / "source.zip"
    if context.configuration.get("OutputArtifactFormat") == "CODEBUILD_CLONE_REF":
        reference = tree.parent / CLONE_REFERENCE
        reference.write_text(json.dumps(variables), encoding="utf-8")
        archives.pack(archive, [(reference, CLONE_REFERENCE)])
    else:
        archives.pack_folder(archive, tree)
    put(context, archive, location)
    context.record.outputs[artifact] = location
    context.record.variables = variables


def put(context: ActionContext, archive: Path, location: Location) -> None:
    """Upload an artifact with the action's role; raises ActionFailedError."""
    extra = {"ServerSideEncryption": "aws:kms"}
    if location.kms_key:
        extra["SSEKMSKeyId"] = location.kms_key
    try:
        context.role.client("s3").upload_file(str(archive), location.bucket, location.key, ExtraArgs=extra)
    except (ClientError, S3UploadFailedError) as error:
        raise ActionFailedError(
            "ConfigurationError", f"The artifact could not be put into bucket {location.bucket}: {error}"
        ) from error


def _note(context: ActionContext, variables: dict[str, str], connection: Connection) -> None:
    commit, repository = variables["CommitId"], variables["FullRepositoryName"]
    summary = json.dumps({"ProviderType": connection.provider, "CommitMessage": variables["CommitMessage"]})
    revision = Revision(
        action=context.record.name,
        artifact=context.record.action["outputArtifacts"][0]["name"],
        commit=commit,
        summary=summary,
        url=f"{context.cloud.git_url}/{repository}/commit/{commit}",
        created=datetime.now(UTC),
    )
    context.record.revision = revision
    context.record.external_id = commit
    context.record.external_url = revision.url
    context.record.external_summary = summary
    context.record.summary = summary
    context.execution.revisions[context.record.name] = revision
