"""Asking an endpoint about the test rows, whose truth is known, and comparing with the evaluation."""

import csv
import io
import json
from dataclasses import dataclass
from time import monotonic
from typing import Any

from demo.errors import DemoError
from demo.evidence import read_object
from demo.report.model import Delivery, Endpoint, Prediction
from demo.scene import Scene

# The evaluation writes its predictions with one decimal.
_ROUNDED = 0.051


@dataclass(frozen=True)
class Rows:
    """The test rows of a training.

    Attributes:
        features: by name, as they stand in the file; empty where a value is missing.
        actual: the truth, one number per row.
        evaluated: what the trained model said in its evaluation; None where the seed does not write it.

    """

    features: list[dict[str, str]]
    actual: list[float]
    evaluated: list[float | None]

    @property
    def request(self) -> str:
        """The rows as ``text/csv``, with the names in the first line."""
        return table(self.features)


def table(rows: list[dict[str, str]]) -> str:
    """Rows as CSV, with the names in the first line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def rows_of_test(scene: Scene, delivery: Delivery) -> Rows:
    """The rows that the training has kept for the test, from the step that has split the data.

    Raises:
        DemoError: the pipeline keeps no test rows, or nobody says which columns a model takes.

    """
    if delivery.model is None:
        raise DemoError("Without a registered model there are no test rows.")
    names = _features(scene, delivery.model.arn)
    table = list(csv.DictReader(io.StringIO(_test_file(scene, delivery.training_execution))))
    others = [name for name in table[0] if name not in names]
    if len(others) != 1:
        raise DemoError(f"The test rows were to have one column beside the features, and have {others}.")
    pairs = delivery.model.predictions
    known = len(pairs) == len(table)
    evaluated = [pairs[index][1] if known else None for index in range(len(table))]
    return Rows(
        [{name: row[name] for name in names} for row in table], [float(row[others[0]]) for row in table], evaluated
    )


def ask(scene: Scene, environment: str, rows: Rows) -> Endpoint:
    """Ask the endpoint of an environment about all rows, in one request.

    Raises:
        DemoError: there is no endpoint, or it answers something else than the trained model did.

    """
    sagemaker = scene.engineer("sagemaker")
    found = sagemaker.list_endpoints(NameContains=f"{scene.prefix}-{environment}-")["Endpoints"]
    if not found:
        raise DemoError(f"{environment} was deployed, and there is no endpoint {scene.prefix}-{environment}-….")
    described = sagemaker.describe_endpoint(EndpointName=found[0]["EndpointName"])
    began = monotonic()
    answer = scene.engineer("sagemaker-runtime").invoke_endpoint(
        EndpointName=described["EndpointName"],
        ContentType="text/csv",
        Accept="application/json",
        Body=rows.request.encode(),
    )
    predicted = json.loads(answer["Body"].read())["predictions"]
    endpoint = Endpoint(
        environment=environment,
        name=described["EndpointName"],
        configuration=described["EndpointConfigName"],
        status=described["EndpointStatus"],
        instances=_instances(sagemaker, described["EndpointConfigName"]),
        milliseconds=(monotonic() - began) * 1000,
        predictions=[
            Prediction(features, actual, float(value), evaluated)
            for features, actual, value, evaluated in zip(
                rows.features, rows.actual, predicted, rows.evaluated, strict=True
            )
        ],
    )
    if (difference := endpoint.difference) is not None and difference > _ROUNDED:
        raise DemoError(
            f"{endpoint.name} does not answer as the trained model did: a prediction differs by {difference:,.1f}."
        )
    return endpoint


def _features(scene: Scene, package: str) -> list[str]:
    """Names of the columns that a model takes: those of the rows in its contract."""
    described = scene.engineer("sagemaker").describe_model_package(ModelPackageName=package)
    address = described.get("CustomerMetadataProperties", {}).get("contract")
    if not address:
        raise DemoError(f"{package} names no contract: which columns it takes is not known.")
    return list(json.loads(read_object(scene, address))["instances"][0])


def _test_file(scene: Scene, execution: str) -> str:
    """The file in the output ``test`` of a processing step."""
    sagemaker = scene.engineer("sagemaker")
    for step in sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]:
        if job := step.get("Metadata", {}).get("ProcessingJob"):
            name = job["Arn"].rsplit("/", 1)[-1]
            outputs = sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingOutputConfig"][
                "Outputs"
            ]
            for output in outputs:
                if output["OutputName"] == "test":
                    return _only_file(scene, output["S3Output"]["S3Uri"])
    raise DemoError("No step of the SageMaker pipeline has an output named test.")


def _only_file(scene: Scene, folder: str) -> str:
    bucket, prefix = folder.removeprefix("s3://").split("/", 1)
    found = scene.engineer("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    if len(found) != 1:
        raise DemoError(f"{folder} was to have one file of test rows, and has {len(found)}.")
    return read_object(scene, f"s3://{bucket}/{found[0]['Key']}").decode("utf-8")


def _instances(sagemaker: Any, configuration: str) -> str:
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=configuration)["ProductionVariants"][0]
    if "ServerlessConfig" in variant:
        return f"serverless, {variant['ServerlessConfig']['MemorySizeInMB']} MB"
    return f"{variant['InitialInstanceCount']} x {variant['InstanceType']}"
