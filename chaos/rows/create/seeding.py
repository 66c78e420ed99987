"""The git host fails, or the functions that Terraform and CloudFormation ask do."""

from chaos.faults import FOR_EVER, answering, git, lost, seeding
from chaos.row import UNANSWERED, Moment, Row, nobody_answers


def _push(moment: Moment) -> str:
    return rf"/{moment.project.repository}(\.git)?/git-receive-pack"


def _host(moment: Moment) -> str:
    return rf".*/{moment.project.repository}(\.git)?(/.*)?"


SEEDING: tuple[Row, ...] = (
    Row(
        "create/push-503",
        "the git host answers the push with 503, once",
        lambda m: [git(_push(m), "answer", status=503)],
        fails=False,
    ),
    Row(
        "create/push-cut",
        "the connection is cut in the middle of the push",
        lambda m: [git(_push(m), "cut", after_bytes=500)],
        fails=False,
    ),
    Row(
        "create/push-answer-lost",
        "the git host's answer to the push is lost",
        lambda m: [git(_push(m), "lose_answer")],
        fails=False,
    ),
    Row(
        "create/git-host-down",
        "the git host is down",
        lambda m: [git(_host(m), "drop", times=FOR_EVER)],
        fails=True,
        tells=r"terraform apply failed: .*(example-org/|git host)",
    ),
    Row(
        "create/seed-killed",
        "the seed function's process dies",
        lambda m: [seeding(m.project.name, "kill")],
        fails=True,
        tells=r"terraform apply failed: .*(Lambda Function|ml-p-\w+-seed)",
    ),
    Row(
        "create/seed-out-of-time",
        "the seed function runs out of time when it has pushed",
        lambda m: [seeding(m.project.name, "timeout", when="after")],
        fails=True,
        tells=r"terraform apply failed: .*[Tt]imed out",
    ),
    Row(
        "create/seed-twice",
        "the seed function's answer is lost on its way, and Terraform asks again",
        lambda m: [lost(m.project.name, "lambda", "Invoke", {"FunctionName": "ml-p-*-seed"})],
        tells=r"terraform apply failed: invoking Lambda Function \(ml-p-\w+-seed\)",
    ),
    Row(
        "create/request-twice",
        "CloudFormation's request to the function arrives twice",
        lambda m: [answering(m.project.name, "Create", "duplicate")],
        fails=False,
    ),
    Row(
        "create/function-dies-once",
        "the function that CloudFormation asks dies, once",
        lambda m: [answering(m.project.name, "Create", "kill")],
        fails=False,
    ),
    Row(
        "create/nobody-answers",
        "the function that CloudFormation asks runs out of time, always",
        lambda m: [answering(m.project.name, "Create", "timeout", times=3)],
        meanwhile=nobody_answers,
        fails=True,
        tells=UNANSWERED,
    ),
)
