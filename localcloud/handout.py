"""What the local cloud hands to its users: settings for any client, and package 1's values."""

import json
import shlex
import sys
from pathlib import Path

from localcloud.cloud import Cloud
from localcloud.principals import Credentials

_SESSION_SECONDS = 43_200


def write(cloud: Cloud, directory: Path) -> Path:
    """Write ``env``, ``aws-config``, ``settings.json``, ``platform.tfvars.json`` and ``next-steps.txt``.

    ``env`` is a shell file for the platform engineer; ``aws-config`` adds the profiles ``data-scientist``, whose
    role is the one that Studio's users have, and ``member-account``, the administrator of a second account.

    Returns:
        The path of ``env``.

    """
    settings = cloud.settings
    administrator = cloud.principals.assume(cloud.administrator_arn, "platform-engineer", seconds=_SESSION_SECONDS)
    scientist = cloud.principals.assume(
        cloud.studio_execution_role_arn, "data-scientist", seconds=_SESSION_SECONDS
    )
    host = cloud.git_url.removeprefix("http://")
    member = cloud.principals.assume(cloud.member_account_role_arn, "platform-engineer", seconds=_SESSION_SECONDS)
    config = directory / "aws-config"
    profiles = {"data-scientist": scientist, "member-account": member}
    text = "\n".join(_profile(name, credentials, cloud) for name, credentials in profiles.items())
    config.write_text(text, encoding="utf-8")
    values = {
        **cloud.client_environment(administrator),
        "AWS_CONFIG_FILE": str(config),
        "AWS_PAGER": "",
        # The data scientist's own token; the platform's is for the platform engineer.
        "GIT_URL": f"http://x-access-token:{settings.scientist_token}@{host}",
        "GITHUB_TOKEN": settings.github_token,
        "CONNECTION_ARN": cloud.default_connection_arn,
        "STUDIO_EXECUTION_ROLE_ARN": cloud.studio_execution_role_arn,
        "MEMBER_ACCOUNT_ID": settings.member_account_id,
        "MEMBER_ACCOUNT_ROLE_ARN": cloud.member_account_role_arn,
        "TFVARS": str(directory / "platform.tfvars.json"),
        "DEPLOY_STATE": str(directory / "package-1"),
    }
    env, handed = directory / "env", directory / "settings.json"
    unfinished = handed.with_suffix(".part")
    for path in (config, env, unfinished):
        path.touch(mode=0o600)
        path.chmod(0o600)
    env.write_text(
        "# Settings of the running local cloud: source this file.\n"
        + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
        # The AWS CLI of the virtual environment, for those who have none of their own.
        + f'command -v aws >/dev/null || export PATH="$PATH:"{shlex.quote(str(Path(sys.executable).parent))}\n',
        encoding="utf-8",
    )
    (directory / "platform.tfvars.json").write_text(json.dumps(platform_values(cloud), indent=2), encoding="utf-8")
    (directory / "next-steps.txt").write_text(_next_steps(directory), encoding="utf-8")
    # Last and in one step: whoever finds it may rely on it and on the rest.
    unfinished.write_text(
        json.dumps({"endpoint": cloud.endpoint, "git_url": cloud.git_url, "environment": values}, indent=2),
        encoding="utf-8",
    )
    unfinished.replace(handed)
    return env


def _profile(name: str, credentials: Credentials, cloud: Cloud) -> str:
    lines = [
        f"[profile {name}]",
        f"region = {cloud.region}",
        f"endpoint_url = {cloud.endpoint}",
        f"aws_access_key_id = {credentials.access_key_id}",
        f"aws_secret_access_key = {credentials.secret_access_key}",
        f"aws_session_token = {credentials.session_token}",
        "",
    ]
    return "\n".join(lines)


def platform_values(cloud: Cloud) -> dict[str, object]:
    """Package 1's variables that differ from an AWS account's."""
    return {
        "connection_arn": cloud.default_connection_arn,
        "studio_execution_role_arns": [cloud.studio_execution_role_arn, cloud.administrator_arn],
        # A playground is thrown away, and saves the minute that the provider waits after lifecycle rules.
        "deletion_protection": False,
        "delete_history": True,
        "state_version_retention_days": 0,
        "github": {"base_url": cloud.git_url, "create_repository": True, "visibility": "private"},
    }


def _next_steps(directory: Path) -> str:
    return f"""The local cloud runs. Try:

  source {shlex.quote(str(directory / "env"))}
  make deploy                                            # package 1, as on AWS; make outputs shows what it made
  PRODUCT=$(aws servicecatalog search-products-as-admin --output text \\
      --query 'ProductViewDetails[0].ProductViewSummary.ProductId')
  aws sagemaker create-project --project-name demo --service-catalog-provisioning-details \\
      "ProductId=$PRODUCT,ProvisioningParameters=[{{Key=GitRepoName,Value=example-org/demo}}]"
  make projects                                          # until CreateCompleted
  git clone "$GIT_URL/example-org/demo" build/clone      # change something, push, and watch the pipeline:
  make projects
  aws sagemaker delete-project --project-name demo
  aws --profile member-account sts get-caller-identity   # a second account, for deployments;
                                                         # Terraform assumes $MEMBER_ACCOUNT_ROLE_ARN
  make down

README.md, "Play with it", has every step.
"""
