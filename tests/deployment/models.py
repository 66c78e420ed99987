"""Further models, made of a trained one: registered by hand, because training takes most of the time."""

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from tests.journey.world import Launch

# Python that is added to the model's src/inference.py.
_HEAVIER = """

_trained = predict_fn


def predict_fn(rows, model):
    {first}
    return [value * {factor} for value in _trained(rows, model)]
"""
HEAVIER = _HEAVIER.format(first="", factor=1.01)
HEAVIEST = _HEAVIER.format(first="", factor=1.02)
WRONG = _HEAVIER.format(first="", factor=2)
# Slower than production's alarm allows (``firsts.LATENCY_MS``).
SLOW = _HEAVIER.format(first="__import__('time').sleep(3)", factor=1.03)


def needing(file: Path) -> str:
    """Code of a model that answers as long as a file is there: something that an environment may lack."""
    return _HEAVIER.format(first=f"__import__('os').stat({str(file)!r})", factor=1.02)


@dataclass(frozen=True)
class Trained:
    """A registered model that was trained.

    Attributes:
        package: describe-model-package's answer.
        archive: its model.tar.gz.
        contract: rows, and what the training's evaluation says about them.
        offline: what the archive's model, loaded here, says about them.

    """

    package: dict[str, Any]
    archive: bytes
    contract: dict[str, Any]
    offline: list[float]

    @property
    def arn(self) -> str:
        return str(self.package["ModelPackageArn"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.contract["instances"])


def trained(launch: Launch, folder: Path) -> Trained:
    """The project's only model."""
    engineer = launch.platform.engineer
    (version,) = launch.models()
    package = engineer("sagemaker", "describe-model-package", "--model-package-name", version["ModelPackageArn"])
    archive = folder / f"{launch.name}.tar.gz"
    source = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    engineer("s3", "cp", "--only-show-errors", source, str(archive))
    contract = json.loads(engineer.read(package["CustomerMetadataProperties"]["contract"]))
    with tarfile.open(archive) as tar:
        member = next(item for item in tar.getmembers() if Path(item.name).name == "model.joblib")
        model = joblib.load(io.BytesIO(tar.extractfile(member).read()))
    offline = [float(value) for value in model.predict(pd.DataFrame(contract["instances"]))]
    return Trained(package, archive.read_bytes(), contract, offline)


def register(launch: Launch, base: Trained, name: str, code: str = "", *, factor: float = 1.0) -> str:
    """Register another version of a project, made of a trained one of this or another project; its ARN.

    Args:
        launch: the project that gets the version.
        base: what it is made of.
        name: folder of its files in the project's bucket.
        code: what is added to its ``inference.py``.
        factor: by which its contract differs from the trained model's.

    """
    platform, room = launch.platform, launch.platform.terraform.state
    engineer = platform.engineer
    folder = f"s3://{launch.artifact_bucket}/pipelines/by-hand/{name}"
    contract = {
        "instances": base.rows,
        "predictions": [value * factor for value in base.contract["predictions"]],
    }
    files = {
        "model.tar.gz": _with_code(base.archive, code),
        "contract.json": json.dumps(contract).encode(),
    }
    baseline = base.package["DriftCheckBaselines"]["ModelDataQuality"]
    for kind, described in baseline.items():
        files[f"{kind.lower()}.json"] = engineer.read(described["S3Uri"]).encode()
    for file, content in files.items():
        local = room / f"{launch.identifier}-{name}-{file}"
        local.write_bytes(content)
        engineer("s3", "cp", "--only-show-errors", str(local), f"{folder}/{file}")
    specification = base.package["InferenceSpecification"]
    (container,) = specification["Containers"]
    container = {key: container[key] for key in ("Image", "Environment")}
    answer = engineer(
        *("sagemaker", "create-model-package", "--model-package-group-name", launch.sagemaker_name),
        *("--model-approval-status", "PendingManualApproval", "--inference-specification"),
        json.dumps({**specification, "Containers": [{**container, "ModelDataUrl": f"{folder}/model.tar.gz"}]}),
        "--drift-check-baselines",
        json.dumps(
            {
                "ModelDataQuality": {
                    kind: {"ContentType": "application/json", "S3Uri": f"{folder}/{kind.lower()}.json"}
                    for kind in baseline
                }
            }
        ),
        "--customer-metadata-properties",
        json.dumps({"commit": "0" * 40, "contract": f"{folder}/contract.json"}),
    )
    return str(answer["ModelPackageArn"])


def _with_code(archive: bytes, code: str) -> bytes:
    """A model.tar.gz whose inference.py goes on with ``code``."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=buffer, mode="w:gz") as new:
        for member in old.getmembers():
            content = old.extractfile(member).read() if member.isfile() else b""
            if Path(member.name).name == "inference.py":
                content += code.encode()
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
