"""AWS refuses or throttles a call of the build, its answer is lost, or something holds the project."""

from chaos.faults import FOR_EVER, git, lost, refused
from chaos.row import Row
from chaos.rows.objects import STATE, STATE_REFUSED
from chaos.rows.repairs import archiving, leave, occupy, restore, wipe

SERVICES: tuple[Row, ...] = (
    Row(
        "delete/lease-throttled",
        "DynamoDB throttles giving the lease back, three times",
        lambda m: [
            refused(
                m.project.name,
                "dynamodb",
                "DeleteItem",
                "ProvisionedThroughputExceededException",
                {"Key": "*/run'*"},
                times=3,
                build=True,
            )
        ],
        fails=False,
    ),
    Row(
        "delete/roles-throttled",
        "IAM throttles DeleteRole three times",
        lambda m: [refused(m.project.name, "iam", "DeleteRole", "Throttling", times=3, build=True)],
        fails=False,
    ),
    Row(
        "delete/bucket-500",
        "S3 answers DeleteBucket with 500, twice",
        lambda m: [refused(m.project.name, "s3", "DeleteBucket", "InternalError", times=2, build=True)],
        fails=False,
    ),
    Row(
        "delete/bucket-answer-lost",
        "the answer to DeleteBucket is lost",
        lambda m: [lost(m.project.name, "s3", "DeleteBucket", build=True)],
        fails=False,
    ),
    Row(
        "delete/function-refused",
        "Lambda refuses DeleteFunction",
        lambda m: [
            refused(
                m.project.name, "lambda", "DeleteFunction", "AccessDeniedException", times=FOR_EVER, build=True
            )
        ],
        fails=True,
        tells=r"terraform destroy failed: deleting Lambda Function .*AccessDenied",
    ),
    Row(
        "delete/state-refused",
        "S3 refuses every write of the state",
        lambda m: [refused(m.project.name, "s3", "PutObject", "AccessDenied", STATE, times=FOR_EVER, build=True)],
        fails=True,
        tells=STATE_REFUSED,
    ),
    Row(
        "delete/state-wiped",
        "somebody has deleted the state",
        before=wipe,
        fails=True,
        tells=r"The state of p-\w+ is gone.*Restore",
        mend=restore,
    ),
    Row(
        "delete/somebody-works-on-it",
        "somebody's run from a laptop holds the project",
        before=occupy,
        fails=True,
        tells=r"Another run works on this project: apply by host/ada@her-laptop",
        mend=leave,
    ),
    Row(
        "delete/git-host-down",
        "the git host is down",
        lambda m: [git(rf".*/{m.project.repository}(\.git)?(/.*)?", "drop", times=FOR_EVER)],
        before=archiving,
        fails=True,
        tells=r"The repository example-org/[\w-]+ was not archived",
    ),
)
