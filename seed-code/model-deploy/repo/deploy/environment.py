"""Bringing one environment to a generation with Terraform, and looking whether it got there."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy import generation, records
from deploy.context import ROOT, Context
from deploy.deployment import Choice
from deploy.errors import DeployError
from deploy.terraform import Terraform

Json = dict[str, Any]


@dataclass
class Environment:
    """One environment and the tools to change it."""

    context: Context
    s3: Any
    terraform: Terraform

    def apply(self, choice: Choice, settings: Json) -> Json:
        """Deploy a package; returns Terraform's outputs. A failed deployment is recorded with its reason."""
        key, content = generation.make(self.context, choice.package, choice.shadow, settings)
        live = records.live(self.context, self.s3)
        package = choice.package.as_json()
        return self._bring(key, generation.keep_two(key, content, live), live, package)

    def roll_back(self) -> str | None:
        """Go back to the generation before the one that runs; returns its key, or None if there was none."""
        live = records.live(self.context, self.s3)
        if live is None or live["previous"] is None:
            return None
        previous = live["previous"]
        self._bring(previous, live["generations"], live, live["packages"][previous])
        return str(previous)

    def plan(self, choice: Choice, settings: Json) -> None:
        """Show what a deployment would change."""
        key, content = generation.make(self.context, choice.package, choice.shadow, settings)
        kept = generation.keep_two(key, content, records.live(self.context, self.s3))
        self._prepare(key, kept, choice.package.as_json()).run("plan", "-lock=false", what="the plan failed")

    def destroy(self) -> None:
        """Remove everything that the environment consists of; the state and the records stay."""
        live = records.live(self.context, self.s3)
        if live is None:
            raise DeployError(f"nothing is deployed to {self.context.environment}")
        module = self._prepare(live["current"], live["generations"], live["packages"][live["current"]])
        module.run("destroy", "-auto-approve", "-lock-timeout=300s", what="the environment could not be removed")

    def _bring(self, key: str, generations: dict[str, Json], live: Json | None, package: Json) -> Json:
        module = self._prepare(key, generations, package)
        try:
            module.run(
                "apply", "-auto-approve", "-lock-timeout=300s", what=f"{self.context.environment} was not deployed"
            )
            outputs = module.outputs()
            self._check(outputs)
        except DeployError as error:
            reason = f"{error}{self._why()}"
            address = records.write(self.context, self.s3, {"outcome": "failed", "reason": reason, "package": package})
            raise DeployError(f"{reason} (recorded in {address})") from error
        back = next((one for one in generations if one != key), None)
        packages = {**(live or {}).get("packages", {}), key: package}
        records.write_live(
            self.context,
            self.s3,
            {
                "current": key,
                "previous": back,
                "generations": generations,
                "packages": {one: packages[one] for one in generations if one in packages},
                "package": package["arn"],
                "deploy_commit": self.context.commit,
                "outputs": outputs,
            },
        )
        outcome = "unchanged" if live is not None and live["current"] == key else "deployed"
        facts = {"outcome": outcome, "package": package, "generation": key, "previous": back, "outputs": outputs}
        records.write(self.context, self.s3, facts)
        return outputs

    def _prepare(self, key: str, generations: dict[str, Json], package: Json) -> Terraform:
        module = self.terraform.at(ROOT / "terraform")
        values = inputs(self.context, key, generations, package)
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

    def _check(self, outputs: Json) -> None:
        """Ask SageMaker itself: after a roll-back, an endpoint is in service too, with the model of before."""
        if outputs["endpoint_name"] is None:
            return
        described = self._describe(outputs["endpoint_name"])
        there = described["EndpointConfigName"] == outputs["endpoint_config_name"]
        if described["EndpointStatus"] != "InService" or not there:
            raise DeployError(
                f"{outputs['endpoint_name']} is {described['EndpointStatus']} with {described['EndpointConfigName']}, "
                f"not with {outputs['endpoint_config_name']}"
            )

    def _why(self) -> str:
        """What SageMaker says about an endpoint that did not get there."""
        names = [f"{self.context.prefix}-{kind}" for kind in ("realtime", "serverless", "async")]
        for name in names:
            try:
                reason = self._describe(name).get("FailureReason")
            except ClientError:
                continue
            if reason:
                return f" SageMaker says about {name}: {reason}"
        return ""

    def _describe(self, name: str) -> Json:
        described: Json = self.context.environment_client("sagemaker").describe_endpoint(EndpointName=name)
        return described


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
