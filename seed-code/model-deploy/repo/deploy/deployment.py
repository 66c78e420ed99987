"""What the stage Build hands on, ``build/deployment.json``: which package each environment gets, and why."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.context import PIPELINE, Context
from deploy.errors import DeployError
from deploy.package import Package, resolve
from deploy.promotion import promote
from deploy.show import FILE


@dataclass(frozen=True)
class Choice:
    """What one environment gets."""

    package: Package
    shadow: Package | None


def decide(context: Context, settings: dict[str, dict[str, Any]], sagemaker: Any, s3: Any) -> dict[str, Choice]:
    """Resolve and promote the packages of some environments; each package once."""
    promoted: dict[str, Package] = {}

    def take(version: int | None) -> Package:
        package = resolve(context, sagemaker, version)
        if package.arn not in promoted:
            promoted[package.arn] = promote(context, s3, package)
        return promoted[package.arn]

    return {
        name: Choice(
            take(chosen.get("model_package_version")),
            take(chosen["shadow"]["model_package_version"]) if chosen.get("shadow") else None,
        )
        for name, chosen in settings.items()
    }


def write(context: Context, choices: dict[str, Choice], file: Path = FILE, note: str = "") -> None:
    """Write ``deployment.json``; ``note`` is for the person who decides about production."""
    facts = {
        "schema": 1,
        "project": {"name": context.project_name, "id": context.project_id},
        "commit": context.commit,
        "note": note,
        "environments": {
            name: {
                "package": choice.package.as_json(),
                "shadow": choice.shadow.as_json() if choice.shadow else None,
            }
            for name, choice in choices.items()
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def read(environment: str, file: Path = FILE) -> Choice:
    """What the stage Build chose for an environment."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))["environments"][environment]
    except (OSError, ValueError, KeyError) as error:
        raise DeployError(
            f"{file} does not say what {environment} gets: python -m deploy resolve {environment}"
        ) from error
    return Choice(Package(**facts["package"]), Package(**facts["shadow"]) if facts["shadow"] else None)


def commit(file: Path = FILE) -> str:
    """The deploy repository's commit, which CodeBuild does not know of the archive that environments' builds get."""
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["commit"])
    except (OSError, ValueError, KeyError) as error:
        raise DeployError(f"{file} does not say which commit it is of: python -m deploy resolve") from error


def note(choices: dict[str, Choice], live: dict[str, dict[str, Any] | None]) -> str:
    """What a person who is asked about production has to know: one line of ASCII, for a variable of CodePipeline."""
    staging, prod = choices["staging"].package, choices["prod"].package
    if prod.arn != staging.arn:
        return f"Production runs it already and keeps it; staging has version {staging.version}."
    said = "Staging runs it and has passed its tests."
    reason = ((live.get("prod") or {}).get("taken_back") or {}).get(prod.arn)
    if reason:
        said = f"{said} Production has had it before and has taken it back: {reason}"
    return " ".join(said.encode("ascii", "replace").decode().split())[:500]


def check_order(choices: dict[str, Choice], live: dict[str, dict[str, Any] | None]) -> None:
    """Refuse a production that staging does not try first: it gets staging's package, or keeps its own."""
    staging, prod = choices["staging"].package, choices["prod"].package
    if prod.arn not in (staging.arn, (live.get("prod") or {}).get("package")):
        raise DeployError(
            f"Production would get version {prod.version}, which neither runs there nor is what staging gets "
            f"({staging.version}). Pin the same model_package_version in environments/staging.json and prod.json, or "
            "in prod.json the version that it runs."
        )


def nothing_new(choices: dict[str, Choice], live: dict[str, dict[str, Any] | None], commit: str) -> bool:
    """Whether every environment of the pipeline runs its package already, deployed from this commit."""
    return all(
        (running := live.get(name)) is not None
        and running.get("package") == choices[name].package.arn
        and running.get("deploy_commit") == commit
        and running["current"] in running["verified"]
        for name in PIPELINE
    )
