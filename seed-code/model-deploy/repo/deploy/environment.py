"""Bringing one environment to a generation with Terraform, and looking whether it got there."""

import json
from dataclasses import dataclass
from typing import Any

from deploy import decision, gate, generation, records, running
from deploy.context import ROOT, Context
from deploy.deployment import Choice
from deploy.errors import FAULTS, DeployError
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
        module = self._prepare(key, kept, choice.package.as_json(), way_back=self._stays_gone_back_to(key))
        module.run("plan", "-lock=false", what="the plan failed")

    def destroy(self) -> None:
        """Remove everything that the environment consists of; the state and the records stay."""
        found = records.live(self.context, self.s3) or records.attempted(self.context, self.s3)
        if not found["generations"]:
            raise DeployError(f"nothing is deployed to {self.context.environment}")
        key = found.get("current") or next(iter(found["generations"]))
        module = self._prepare(key, found["generations"], found["packages"][key])
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
        package, packages = packages[key], {one: packages[one] for one in generations}
        before = records.live(self.context, self.s3) or {"current": None, "verified": []}
        approval = None
        try:
            # Before anything changes: without the permission to ask, nothing is deployed.
            approval = decision.read(self.context) if self.context.environment == "prod" else None
            module = self._prepare(key, generations, package, way_back=way_back)
            # Before Terraform: an apply that fails half-way may have changed the endpoint.
            attempt = {"current": key, "generations": generations, "packages": packages}
            records.write_attempted(self.context, self.s3, attempt)
            module.run(
                "apply", "-auto-approve", "-lock-timeout=300s", what=f"{self.context.environment} was not deployed"
            )
            outputs = module.outputs()
            running.same_configuration(self.context, outputs)
        except FAULTS as error:
            reason = f"{error}{running.why(self.context)}"
            where = self.recorded("failed", package, reason=reason, production_approval=approval)
            raise DeployError(f"{reason}{where}") from error
        others = [one for one in generations if one != key]
        back = before["current"] if before["current"] in others else next(iter(others), None)
        facts = {
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

    def _prepare(self, key: str, generations: dict[str, Json], package: Json, *, way_back: bool = False) -> Terraform:
        module = self.terraform.at(ROOT / "terraform")
        values = {**inputs(self.context, key, generations, package), "way_back": way_back}
        (module.folder / "deployment.auto.tfvars.json").write_text(json.dumps(values, indent=2), encoding="utf-8")
        backend = {
            "bucket": self.context.bucket,
            "key": f"{self.context.folder}/terraform.tfstate",
            "region": self.context.region,
            "encrypt": "true",
            "use_lockfile": "true",
            **({"kms_key_id": self.context.kms_key_arn} if self.context.kms_key_arn else {}),
        }
        options = [f"-backend-config={name}={value}" for name, value in backend.items()]
        module.run("init", "-reconfigure", "-lockfile=readonly", *options, what="Terraform could not be initialised")
        return module


def inputs(context: Context, key: str, generations: dict[str, Json], package: Json) -> Json:
    """The variables of ``terraform/``."""
    if context.endpoint_role_arn is None:
        raise DeployError("the variable DEPLOY_ENDPOINT_ROLE_ARN is not set: the role of the endpoint's containers")
    network = {"subnet_ids": list(context.subnet_ids), "security_group_ids": list(context.security_group_ids)}
    baseline = {name: package[name] for name in ("statistics", "constraints", "features")}
    return {
        "environment": {
            "name": context.environment,
            "project_name": context.project_name,
            "project_id": context.project_id,
            "prefix": context.prefix,
            "region": context.region,
            "endpoint_role_arn": context.endpoint_role_arn,
            "data_uri": context.data_uri,
            "kms_key_arn": context.environment_kms_key_arn,
            "topic_arn": context.topic_arn,
            "log_retention_days": context.log_retention_days,
            "target": vars(context.target) if context.target else None,
            "network": network if context.subnet_ids else None,
        },
        "generations": generations,
        "current": key,
        "baseline": baseline if package["statistics"] and package["constraints"] else None,
        "lineage": {**generations[key]["tags"], "deploy:commit": context.commit},
    }
