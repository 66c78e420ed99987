"""What nobody may do, tried on a record of two projects: each attempt is denied, and would show if it were not."""

import copy
from pathlib import Path
from typing import Any

import pytest

from iam import __main__, isolation, report
from iam.attempt import Attempt
from iam.engine import TOOLS, Decision, Engine, Question
from iam.evidence import Evidence, Record

pytestmark = pytest.mark.skipif(
    not (TOOLS / "node_modules").is_dir(), reason="the policy simulator is not installed: make .tools/iam/stamp"
)
ACCOUNT, REGION, NAME = "111122223333", "eu-west-1", "sagemaker-projects"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
OWN, OTHER = "p-abc123def456", "p-000000000two"
TABLE = """
[suites]
journey = ["all"]
[roles]
all = ["project execution", "runner"]
[[attempt]]
what = "read another project's artifacts"
roles = ["project execution"]
actions = ["s3:GetObject"]
resource = "arn:aws:s3:::ml-{other}-{account}-{region}/key"
[attempt.allowed]
"runner" = "it makes projects"
[[attempt]]
what = "be assumed by another service"
trusts = ["project execution"]
principal = "glue.amazonaws.com"
own_source = true
[[attempt]]
what = "use the key as another service"
service = "glue.amazonaws.com"
actions = ["kms:Decrypt"]
resource = "{key}"
"""


def arn(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def execution(project: str) -> str:
    return arn(f"{NAME}/projects/ml-{project}-execution")


def policy(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}],
    }


def documents() -> dict[str, Any]:
    source = {"ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/pipelines-*"}}
    trust = policy("sts:AssumeRole", "*", Principal={"Service": "sagemaker.amazonaws.com"}, Condition=source)
    del trust["Statement"][0]["Resource"]
    return {
        "execution@1": policy("s3:GetObject", f"arn:aws:s3:::ml-{OWN}-{ACCOUNT}-{REGION}/*"),
        "runner@1": policy("s3:*", "arn:aws:s3:::ml-*"),
        "trust@1": trust,
        "kms-policy@1": policy("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    }


def record(changed: dict[str, Any]) -> Record:
    made = Record(changed, region=REGION)
    for project in (OWN, OTHER):
        made.roles[execution(project)] = (("execution@1",), None)
        made.trusts[execution(project)] = ("sagemaker.amazonaws.com", "trust@1")
        made.trust[execution(project)] = "trust@1"
    made.calls[execution(OWN)] = 1
    made.roles[arn(f"{NAME}-runner")] = (("runner@1",), None)
    made.trust[arn(f"{NAME}-runner")] = "trust@1"
    made.resources[KEY] = "kms-policy@1"
    bucket = f"arn:aws:s3:::{NAME.replace('sagemaker', 'ml')}-state-{ACCOUNT}-{REGION}"
    states = {"kms:EncryptionContext:aws:s3:arn": bucket}
    for action, resource in (
        ("kms:Decrypt", KEY),
        ("sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/x-{OWN}"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}/x-AbCdEf"),
        ("codeconnections:UseConnection", f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/x"),
    ):
        made.evidence.append(Evidence("runner", "x", Question("me", action, resource, ACCOUNT, states)))
    return made


@pytest.fixture(scope="module")
def engine():
    with Engine() as running:
        yield running


@pytest.fixture
def table(tmp_path, monkeypatch):
    path = tmp_path / "isolation.toml"
    path.write_text(TABLE)
    rows = isolation.table(path)
    monkeypatch.setattr(isolation, "table", lambda: rows)


@pytest.fixture
def tried(table, engine, request):
    def try_(**changes: Any) -> list[tuple[Attempt, Decision]]:
        name = f"-{request.node.name}-{len(changes)}"  # the simulator knows policies by their names
        made = record({f"{own}{name}": value for own, value in {**documents(), **changes}.items()})
        made.roles = {key: (tuple(item + name for item in own), bound) for key, (own, bound) in made.roles.items()}
        made.trusts = {key: (service, item + name) for key, (service, item) in made.trusts.items()}
        made.trust = {key: item + name for key, item in made.trust.items()}
        made.resources = {key: item + name for key, item in made.resources.items()}
        return isolation.try_all(made, "journey", engine)

    return try_


def escaped(found: list[tuple[Attempt, Decision]]) -> list[tuple[str, str]]:
    return [(attempt.what, attempt.role) for attempt in report.escaped(found)]


def test_every_row_is_tried_by_every_role(tried):
    found = tried()

    assert [(attempt.what, attempt.role) for attempt, _ in found] == [
        ("read another project's artifacts", "project execution"),
        ("read another project's artifacts", "runner"),
        ("be assumed by another service", "project execution"),
        ("use the key as another service", "service glue.amazonaws.com"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}/projects/ml-{OWN}-execution, a statement", "stranger"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}/projects/ml-{OWN}-execution, a statement", "stranger"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}-runner, a statement", "stranger"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}-runner, a statement", "stranger"),
        (f"be a stranger to kms:{REGION}:{ACCOUNT}:key/k, a statement", "stranger"),
        (f"be a stranger to kms:{REGION}:{ACCOUNT}:key/k, a statement", "stranger"),
    ]
    assert escaped(found) == []


def test_a_policy_that_reaches_another_project_escapes(tried):
    wide = documents()["execution@1"]
    wide["Statement"][0]["Resource"] = "arn:aws:s3:::ml-*"

    assert escaped(tried(**{"execution@1": wide})) == [("read another project's artifacts", "project execution")]


def test_a_role_that_may_without_a_reason_escapes(tried, monkeypatch):
    rows = copy.deepcopy(isolation.table())
    del rows["attempt"][0]["allowed"]
    monkeypatch.setattr(isolation, "table", lambda: rows)

    assert escaped(tried()) == [("read another project's artifacts", "runner")]


def test_a_trust_that_lets_another_service_in_escapes(tried):
    """Though it asks for its own source: the attempt brings one, so that nothing else denies it."""
    trust = documents()["trust@1"]
    trust["Statement"][0]["Principal"]["Service"] = ["sagemaker.amazonaws.com", "glue.amazonaws.com"]

    assert escaped(tried(**{"trust@1": trust})) == [
        ("be assumed by another service", "project execution"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}/projects/ml-{OWN}-execution, a statement", "stranger"),
        (f"be a stranger to iam::{ACCOUNT}:role/{NAME}-runner, a statement", "stranger"),
    ]


def test_a_trust_that_lets_another_account_in_escapes(tried):
    trust = documents()["trust@1"]
    trust["Statement"][0]["Principal"]["AWS"] = "arn:aws:iam::999999999999:root"

    assert [what for what, _ in escaped(tried(**{"trust@1": trust}))] == [
        f"be a stranger to iam::{ACCOUNT}:role/{NAME}/projects/ml-{OWN}-execution, a statement",
        f"be a stranger to iam::{ACCOUNT}:role/{NAME}-runner, a statement",
    ]


def test_a_key_that_lets_another_service_in_escapes(tried):
    key = documents()["kms-policy@1"]
    key["Statement"].append(
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Principal": {"Service": "glue.amazonaws.com"},
        }
    )

    found = escaped(tried(**{"kms-policy@1": key}))

    # As a row of the table, and as what the first statement, of the account alone, does not name.
    assert found[0] == ("use the key as another service", "service glue.amazonaws.com")
    assert {role for _, role in found[1:]} == {"stranger"}


def test_a_reason_for_what_is_denied_is_said(tried):
    found = tried(**{"runner@1": policy("s3:ListBucket", "*")})

    assert report.no_longer_allowed(tried()) == []
    assert report.no_longer_allowed(found) == [
        "read another project's artifacts: runner may not, although it says: it makes projects"
    ]


def test_an_attempt_without_an_answer_escapes():
    attempt = Attempt("x", "runner", Question("me", "s3:GetObject", "*", ACCOUNT, {}), "a reason")

    assert report.escaped([(attempt, Decision(allowed=False, error="no answer"))]) == [attempt]
    assert report.escaped([(attempt, Decision(allowed=True))]) == []


# --- how python -m iam ends -------------------------------------------------------------------------------------
class Nothing:
    """What `python -m iam` finds in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        empty = Record({"own@1": {"Statement": []}})
        self.put("evidence", "read_all", {"journey": empty})
        self.put("isolation", "try_all", [])
        self.put("isolation", "documented_calls", [])
        self.put("permissions", "of_records", {})
        self.put("permissions", "read", {})
        self.put("refused", "set_aside", [])
        self.put("guards", "contradicted", {})
        self.put("kept", "read", __main__.kept.Reasons({}, {}, []))

    def put(self, module: str, function: str, value: Any) -> None:
        self._patch.setattr(getattr(__main__, module), function, lambda *_: value)

    @staticmethod
    def code() -> int:
        with pytest.raises(SystemExit) as caught:
            __main__.main(Path("nowhere"))
        return int(str(caught.value.code))


@pytest.fixture
def nothing(monkeypatch):
    return Nothing(monkeypatch)


def test_when_nothing_is_wrong_it_ends_well(nothing):
    assert nothing.code() == 0


def unknown() -> dict[str, Record]:
    return {"journey": Record({}, unknown={"runner: s3:Odd": "AWS knows no action s3:Odd"})}


def surplus() -> dict[str, Record]:
    return {"journey": Record({"own@1": policy("s3:GetObject", "*")}, policies={"runner": {(("own@1",), None)}})}


def denied() -> dict[str, Record]:
    asked = Question(f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, {})
    return {"journey": Record({}, [Evidence("runner", "s3:GetObject", asked)])}


ALLOWED = (Attempt("x", "runner", Question("me", "s3:GetObject", "*", ACCOUNT, {})), Decision(allowed=True))


@pytest.mark.parametrize(
    ("module", "function", "value"),
    [
        ("evidence", "read_all", unknown()),
        ("evidence", "read_all", surplus()),
        ("evidence", "read_all", denied()),
        ("isolation", "try_all", [ALLOWED]),
        ("permissions", "of_records", {"Role: runner": ["| a new line |"]}),
        ("refused", "set_aside", ["journey: runner was refused s3:GetObject on arn:aws:s3:::b/k (1 times)"]),
        (
            "guards",
            "contradicted",
            {"journey": __main__.guards.Outcome(1, 0, [], [("runner", "s3:GetObject", "s3:b", "resource")], [])},
        ),
        ("kept", "read", __main__.kept.Reasons({("gone", "Gone", "s3:GetObject"): "r"}, {}, [])),
    ],
)
def test_each_fault_alone_fails_it(nothing, module, function, value):
    nothing.put(module, function, value)

    assert nothing.code() == 1


def test_what_aws_documents_and_is_denied_fails_it(nothing):
    ((_, made),) = denied().items()
    nothing.put("isolation", "documented_calls", made.evidence)

    assert nothing.code() == 1


def test_a_record_that_is_missing_is_an_error_of_its_own(nothing):
    nothing.put("evidence", "read_all", {})

    with pytest.raises(__main__.typer.Exit) as caught:
        __main__.main(Path("nowhere"))
    assert caught.value.exit_code == 2
