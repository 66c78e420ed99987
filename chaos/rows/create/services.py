"""AWS refuses or throttles a call of the runner, or its answer is lost."""

from chaos.faults import FOR_EVER, Fault, dies_at_line, lost, refused
from chaos.row import Moment, Row
from chaos.rows.objects import LEASE, LOCK, RECORD, STATE, STATE_REFUSED

_LOCK_REFUSED = r"terraform (plan|apply) failed: .*acquiring the state lock"


def _taken_back(moment: Moment, line: str, how: str) -> list[Fault]:
    """The creation fails, and the runner dies at a line of what takes it back."""
    failing = refused(moment.project.name, "codepipeline", "CreatePipeline", "AccessDeniedException")
    return [failing, dies_at_line(moment.project.name, line, how)]


SERVICES: tuple[Row, ...] = (
    Row(
        "create/roles-throttled",
        "IAM throttles CreateRole three times",
        lambda m: [refused(m.project.name, "iam", "CreateRole", "Throttling", times=3)],
        fails=False,
    ),
    Row(
        "create/bucket-500",
        "S3 answers CreateBucket with 500, twice",
        lambda m: [refused(m.project.name, "s3", "CreateBucket", "InternalError", times=2)],
        fails=False,
    ),
    Row(
        "create/function-throttled",
        "Lambda throttles CreateFunction three times",
        lambda m: [refused(m.project.name, "lambda", "CreateFunction", "TooManyRequestsException", times=3)],
        fails=False,
    ),
    Row(
        "create/role-refused",
        "IAM refuses CreateRole",
        lambda m: [refused(m.project.name, "iam", "CreateRole", "AccessDenied", times=FOR_EVER)],
        fails=True,
        tells=r"terraform apply failed: creating IAM Role .*AccessDenied",
    ),
    Row(
        "create/pipeline-refused",
        "CodePipeline refuses CreatePipeline",
        lambda m: [refused(m.project.name, "codepipeline", "CreatePipeline", "AccessDeniedException")],
        fails=True,
        tells=r"terraform apply failed: creating CodePipeline .*AccessDenied",
    ),
    Row(
        "create/killed-taking-back",
        "CodePipeline refuses CreatePipeline, and the instance is powered off when it takes back what was created",
        lambda m: _taken_back(m, "^== Take back", "power-off"),
        fails=True,
    ),
    Row(
        "create/killed-having-taken-back",
        "CodePipeline refuses CreatePipeline, and the runner is killed while it takes back what was created",
        lambda m: _taken_back(m, ": Destruction complete", "kill"),
        fails=True,
    ),
    Row(
        "create/pipeline-unheard",
        "the connection of CreatePipeline is dropped",
        lambda m: [lost(m.project.name, "codepipeline", "CreatePipeline", unheard=True)],
        tells=r"terraform apply failed: creating CodePipeline",
    ),
    Row(
        "create/role-answer-lost",
        "the answer to CreateRole is lost",
        lambda m: [lost(m.project.name, "iam", "CreateRole")],
        tells=r"terraform apply failed: creating IAM Role",
    ),
    Row(
        "create/bucket-answer-lost",
        "the answer to CreateBucket is lost",
        lambda m: [lost(m.project.name, "s3", "CreateBucket")],
        tells=r"terraform apply failed: creating S3 Bucket",
    ),
    Row(
        "create/function-answer-lost",
        "the answer to CreateFunction is lost",
        lambda m: [lost(m.project.name, "lambda", "CreateFunction")],
        tells=r"terraform apply failed: creating Lambda Function",
    ),
    Row(
        "create/lease-answer-lost",
        "the answer to taking the lease is lost",
        lambda m: [lost(m.project.name, "dynamodb", "PutItem", LEASE)],
        fails=False,
    ),
    Row(
        "create/lock-answer-lost",
        "the answer to taking Terraform's lock is lost",
        lambda m: [lost(m.project.name, "dynamodb", "PutItem", LOCK)],
        tells=_LOCK_REFUSED,
    ),
    Row(
        "create/lock-throttled",
        "DynamoDB throttles Terraform's lock",
        lambda m: [refused(m.project.name, "dynamodb", "PutItem", "ProvisionedThroughputExceededException", LOCK)],
        tells=_LOCK_REFUSED,
    ),
    Row(
        "create/unlock-refused",
        "DynamoDB refuses to give Terraform's lock back, once",
        lambda m: [
            refused(
                m.project.name,
                "dynamodb",
                "DeleteItem",
                "AccessDeniedException",
                {"Key": "*/terraform.tfstate'*"},
            )
        ],
        tells=r"terraform (plan|apply) failed: .*[Ll]ock",
    ),
    Row(
        "create/state-refused",
        "S3 refuses the state, for the whole run",
        lambda m: [refused(m.project.name, "s3", "PutObject", "AccessDenied", STATE, times=FOR_EVER)],
        fails=True,
        tells=STATE_REFUSED,
    ),
    Row(
        "create/state-503",
        "S3 answers the first two writes of the state with 503",
        lambda m: [refused(m.project.name, "s3", "PutObject", "SlowDown", STATE, times=2)],
        fails=False,
    ),
    Row(
        "create/log-refused",
        "CloudWatch Logs refuses every line",
        lambda m: [refused(m.project.name, "logs", "PutLogEvents", "AccessDeniedException", times=FOR_EVER)],
        fails=False,
    ),
    Row(
        "create/record-and-event-refused",
        "neither the run record nor the event can be written",
        lambda m: [
            refused(m.project.name, "s3", "PutObject", "AccessDenied", RECORD, times=FOR_EVER),
            refused(m.project.name, "events", "PutEvents", "InternalFailure", times=FOR_EVER),
        ],
        fails=False,
    ),
    Row(
        "create/package-2-refused",
        "S3 refuses package 2",
        lambda m: [
            refused(
                m.project.name,
                "s3",
                "GetObject",
                "AccessDenied",
                {"Key": "*project-setup.tar.gz"},
                times=FOR_EVER,
            )
        ],
        fails=True,
        tells=r"project-setup\.tar\.gz",
    ),
    Row(
        "create/package-2-unheard",
        "the connection to S3 is dropped twice while package 2 is fetched",
        lambda m: [
            lost(m.project.name, "s3", "GetObject", {"Key": "*project-setup.tar.gz"}, unheard=True, times=2)
        ],
        fails=False,
    ),
)
