"""Bringing one environment to a generation with Terraform, and looking whether it got there."""

import json
import sys
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from deploy import adoption, decision, gate, generation, records, running
from deploy.context import ROOT, Context
from deploy.deployment import Choice
from deploy.errors import FAULTS, DeployError
from deploy.inputs import inputs
from deploy.terraform import Terraform

Json = dict[str, Any]


@dataclass
class Environment:
    """One environment and the tools to change it."""

    context: Context
    s3: Any
    terraform: Terraform

    def apply(self, choice: Choice, settings: Json) -> Json:
        """Deploy a package; returns Terraform's outputs. What is refused or fails is recorded with its reason."""
        package = choice.package.as_json()
        try:
            gate.check(self.context, choice, self.context.client("sagemaker"), self.s3)
            running.ready(self.context)
        except FAULTS as error:
            outcome = "refused" if isinstance(error, DeployError) else "failed"
            raise DeployError(f"{error}{self.recorded(outcome, package, reason=str(error))}") from error
        key, content = generation.make(self.context, choice.package, choice.shadow, settings)
        kept = self._kept(key, content)
        live = records.live(self.context, self.s3) or {"packages": {}}
        before = records.attempted(self.context, self.s3)
        packages = {**before["packages"], **live["packages"], key: package}
        return self._bring(key, kept, packages, way_back=self._stays_gone_back_to(key))

    def roll_back(self, expected: str, reason: str) -> str:
        """Go back to the generation before ``expected``, because of ``reason``; returns its key.

        Raises:
            DeployError: there is none to go back to, another one is deployed or being deployed, or it could not be
                done; the message says why.

        """
        live = records.live(self.context, self.s3)
        attempt = records.attempted(self.context, self.s3)
        if live is None or live["current"] != expected or attempt.get("current", expected) != expected:
            raise DeployError(f"Another execution has deployed, or deploys, something else than {expected}.")
        previous = live["previous"]
        if previous is None:
            raise DeployError("No model was deployed before it.")
        package = live["packages"][previous]
        if previous not in live["verified"]:
            raise DeployError(f"The generation before it, {previous}, has never passed these tests.")
        status = gate.approval(self.context.client("sagemaker"), package["arn"])
        if status != "Approved":
            raise DeployError(f"The model before it, {package['arn']}, is {status}.")
        running.ready(self.context)
        told = {"outcome": "rolled back", "reason": reason}
        taken_back = {live["package"]: reason}
        self._bring(previous, live["generations"], live["packages"], way_back=True, taken_back=taken_back, **told)
        return str(previous)

    def plan(self, choice: Choice, settings: Json) -> None:
        """Show what a deployment would change."""
        key, content = generation.make(self.context, choice.package, choice.shadow, settings)
        kept = self._kept(key, content)
        back = self._stays_gone_back_to(key)
        module, _ = self._prepare(key, kept, choice.package.as_json(), way_back=back)
        module.run("plan", "-lock=false", what="the plan failed")

    def destroy(self) -> None:
        """Remove everything that the environment consists of; the state and the records stay."""
        found = records.live(self.context, self.s3) or records.attempted(self.context, self.s3)
        if not found["generations"]:
            raise DeployError(f"nothing is deployed to {self.context.environment}")
        key = found.get("current") or next(iter(found["generations"]))
        module, _ = self._prepare(key, found["generations"], found["packages"][key])
        module.run("destroy", "-auto-approve", "-lock-timeout=300s", what="the environment could not be removed")
        records.change_live(self.context, self.s3, lambda _: {"removed": True})
        self.record("removed", found["packages"][key])

    def record(self, outcome: str, package: Json, **facts: Any) -> str:
        """Write down what happened to a package here; returns the record's address."""
        return records.write(self.context, self.s3, {"outcome": outcome, "package": package, **facts})

    def recorded(self, outcome: str, package: Json, **facts: Any) -> str:
        """The same for what has failed: the end of a sentence, because no fault of the record may hide that one."""
        try:
            return f" (recorded in {self.record(outcome, package, **facts)})"
        except FAULTS as error:
            return f" (this could not be recorded: {error})"

    def _kept(self, key: str, content: Json) -> dict[str, Json]:
        live = records.live(self.context, self.s3)
        attempted = records.attempted(self.context, self.s3)
        return generation.keep_two(key, content, live, attempted, running.generations(self.context))

    def _stays_gone_back_to(self, key: str) -> bool:
        """Whether the endpoint was brought to this generation by a way back: deployed once more, nothing changes."""
        live = records.live(self.context, self.s3) or {}
        brought = live.get("current") == key and live.get("way_back", False)
        return bool(brought and key in running.generations(self.context))

    def _bring(
        self,
        key: str,
        generations: dict[str, Json],
        packages: Json,
        *,
        way_back: bool,
        taken_back: dict[str, str] | None = None,
        **told: Any,
    ) -> Json:
        package, attempt = packages[key], uuid4().hex
        packages = {**records.attempted(self.context, self.s3)["packages"], **packages}
        before = records.live(self.context, self.s3) or {"current": None, "verified": []}
        approval = None
        try:
            # Before anything changes: without the permission to ask, nothing is deployed.
            approval = decision.read(self.context) if self.context.environment == "prod" else None
            module, generations = self._prepare(key, generations, package, way_back=way_back)
            packages = {one: packages[one] for one in generations}
            # Before Terraform: an apply that fails half-way may have changed the endpoint.
            wanted = {"attempt": attempt, "current": key, "generations": generations, "packages": packages}
            records.write_attempted(self.context, self.s3, wanted)
            module.run(
                "apply", "-auto-approve", "-lock-timeout=300s", what=f"{self.context.environment} was not deployed"
            )
            outputs = module.outputs()
            running.same_configuration(self.context, outputs)
        except FAULTS as error:
            reason = f"{error}{self._about_the_lock(error)}{running.why(self.context)}"
            where = self.recorded("failed", package, reason=reason, production_approval=approval)
            raise DeployError(f"{reason}{where}") from error
        others = [one for one in generations if one != key]
        back = before["current"] if before["current"] in others else next(iter(others), None)
        facts = {
            "attempt": attempt,
            "current": key,
            "previous": back,
            "way_back": way_back,
            "generations": generations,
            "packages": packages,
            "package": package["arn"],
            "deploy_commit": self.context.commit,
            "outputs": outputs,
        }

        def content(found: Json | None) -> Json:
            # Terraform took minutes: a test may have passed meanwhile.
            there = found or before
            verified = [one for one in there["verified"] if one in generations]
            return {**facts, "verified": verified, "taken_back": {**there.get("taken_back", {}), **(taken_back or {})}}

        records.change_live(self.context, self.s3, content)
        outcome = "unchanged" if before["current"] == key else "deployed"
        facts = {"outcome": outcome, "generation": key, "previous": back, "outputs": outputs, **told}
        self.record(facts.pop("outcome"), package, production_approval=approval, **facts)
        return outputs

    def _prepare(
        self, key: str, generations: dict[str, Json], package: Json, *, way_back: bool = False
    ) -> tuple[Terraform, dict[str, Json]]:
        """Terraform with its values, and the generations it has: what a stopped build has left as well."""
        module = self.terraform.at(ROOT / "terraform")
        adopted = module.folder / adoption.FILE
        adopted.unlink(missing_ok=True)
        backend = {
            "bucket": self.context.bucket,
            "key": self._state,
            "region": self.context.region,
            "encrypt": "true",
            "use_lockfile": "true",
            **({"kms_key_id": self.context.kms_key_arn} if self.context.kms_key_arn else {}),
        }
        options = [f"-backend-config={name}={value}" for name, value in backend.items()]
        module.run("init", "-reconfigure", "-lockfile=readonly", *options, what="Terraform could not be initialised")
        generations, left = self._left(module, key, generations)
        if left:
            names = ", ".join(one.name for one in left)
            print(f"Takes over what a build that was stopped has made: {names}", file=sys.stderr, flush=True)
            adopted.write_text(adoption.imports(left), encoding="utf-8")
        values = {**inputs(self.context, key, generations, package), "way_back": way_back}
        (module.folder / "deployment.auto.tfvars.json").write_text(json.dumps(values, indent=2), encoding="utf-8")
        return module, generations

    def _left(
        self, module: Terraform, key: str, generations: dict[str, Json]
    ) -> tuple[dict[str, Json], list[adoption.Resource]]:
        """What the last deployment has made and not written down, if it did not come to its end.

        Its generation is deployed along with the others, so that the next deployment can remove it.
        """
        attempted = records.attempted(self.context, self.s3)
        live = records.live(self.context, self.s3) or {}
        if attempted.get("attempt") == live.get("attempt"):
            return generations, []
        known = {**attempted["generations"], **generations}
        left = adoption.found(self.context, module.addresses(), key, known)
        lost = {one.generation: known[one.generation] for one in left if one.generation}
        return {**lost, **generations}, left

    @property
    def _state(self) -> str:
        return f"{self.context.folder}/terraform.tfstate"

    def _about_the_lock(self, error: Exception) -> str:
        """What to do about the lock of a build that was stopped, which nobody gives back."""
        if "acquiring the state lock" not in str(error):
            return ""
        return (
            f" If the build that holds it was stopped, delete s3://{self.context.bucket}/{self._state}.tflock "
            "and start a new execution."
        )
