"""The SageMaker pipeline as data: preprocess, train, evaluate, then register the model or say why not.

Written by hand against the pipeline definition schema 2020-12-01. The ``Arguments`` of a step are the request of the
API it calls (CreateProcessingJob, CreateTrainingJob, CreateModelPackage); ``{"Get": ...}`` is filled in when
the step starts. Equal settings, code and data give equal bytes.

    python -m pipeline.definition     prints it
"""

import json
import os
from typing import Any

from pipeline import bundle
from pipeline.expressions import Json, get, join, output
from pipeline.jobs import WORK, channel, instances, key, processing, run_folder, vpc
from pipeline.settings import Settings, load


def build(settings: Settings) -> Json:
    """Return the definition; ``render`` turns it into the text the API takes."""
    return {
        "Version": "2020-12-01",
        "Metadata": {},
        # null: no SageMaker experiment for each execution; it would need permissions the pipeline's role does without.
        "PipelineExperimentConfig": None,
        "Parameters": _parameters(settings),
        "Steps": [_preprocess(settings), _train(settings), _evaluate(settings), _quality_gate(settings)],
    }


def render(definition: Json) -> str:
    """Return the definition as text, the same for every interpreter and every run."""
    return json.dumps(definition, sort_keys=True, separators=(",", ":"))


def _parameters(settings: Settings) -> list[Json]:
    """Return what can be changed for one execution without a commit, in Studio or by StartPipelineExecution."""
    return [
        _parameter("InputDataUri", "String", f"{bundle.data().uri(settings)}/"),
        _parameter("ProcessingInstanceType", "String", settings.processing_instance_type),
        _parameter("TrainingInstanceType", "String", settings.training_instance_type),
        _parameter("RmseThreshold", "Float", settings.rmse_threshold),
        _parameter("ModelApprovalStatus", "String", settings.approval_status),
    ]


def _preprocess(settings: Settings) -> Json:
    outputs = ["train", "validation", "test", "baseline"]
    return processing(
        settings,
        name="Preprocess",
        script="preprocess.py",
        arguments=[
            "--input",
            f"{WORK}/input/data",
            "--output",
            f"{WORK}/output",
            "--seed",
            str(_seed(settings)),
        ],
        inputs={"data": get("Parameters.InputDataUri")},
        outputs=outputs,
    )


def _train(settings: Settings) -> Json:
    # Script mode of the framework images: every value is JSON text; those named sagemaker_... are for
    # the container, the others become arguments of the script.
    hyperparameters = {
        **settings.hyperparameters,
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": f"{bundle.code().uri(settings)}/sourcedir.tar.gz",
        "sagemaker_container_log_level": 20,
        "sagemaker_region": settings.region,
    }
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": settings.role_arn,
            "AlgorithmSpecification": {
                "TrainingImage": settings.image_uri,
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {"Name": f"{part}:rmse", "Regex": f"{part}:rmse=([0-9.]+)"} for part in ("train", "validation")
                ],
            },
            "HyperParameters": {name: json.dumps(value) for name, value in hyperparameters.items()},
            "InputDataConfig": [channel("train"), channel("validation")],
            "OutputDataConfig": {
                "S3OutputPath": run_folder(settings, "model"),
                **key(settings, "KmsKeyId"),
            },
            "ResourceConfig": instances(settings, "Parameters.TrainingInstanceType"),
            "StoppingCondition": {"MaxRuntimeInSeconds": settings.max_runtime_seconds},
            **vpc(settings),
            "Tags": settings.tags,
        },
    }


def _evaluate(settings: Settings) -> Json:
    arguments = {name: f"{WORK}/input/{name}" for name in ("model", "train", "test")}
    step = processing(
        settings,
        name="Evaluate",
        script="evaluate.py",
        arguments=[
            *(word for name, path in arguments.items() for word in (f"--{name}", path)),
            *("--output", f"{WORK}/output/evaluation", "--seed", str(_seed(settings))),
        ],
        inputs={
            "model": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
            "train": output("Preprocess", "train"),
            "test": output("Preprocess", "test"),
        },
        outputs=["evaluation"],
    )
    step["PropertyFiles"] = [
        {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}
    ]
    return step


def _quality_gate(settings: Settings) -> Json:
    measured, allowed = _measured("regression_metrics.rmse.value"), get("Parameters.RmseThreshold")
    message = [
        *("Quality gate: RMSE on the test rows is ", measured, " g, above RmseThreshold ", allowed, " g "),
        *("(always answering the mean gives ", _measured("best_constant_predictor.rmse.value"), " g). "),
        "Nothing was registered.",
    ]
    return {
        "Name": "QualityGate",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": measured, "RightValue": allowed}],
            "IfSteps": [_register(settings)],
            "ElseSteps": [{"Name": "RejectModel", "Type": "Fail", "Arguments": {"ErrorMessage": join("", message)}}],
        },
    }


def _register(settings: Settings) -> Json:
    statistics = _json_at(output("Preprocess", "baseline"), "statistics.json")
    constraints = _json_at(output("Preprocess", "baseline"), "constraints.json")
    evaluation = _json_at(output("Evaluate", "evaluation"), "evaluation.json")
    container = {
        "Image": settings.image_uri,
        "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            # The container imports the program if it can, and else runs pip to install it. This way it can: endpoints
            # start without a package index, so in a closed network too.
            "PYTHONPATH": "/opt/ml/model/code",
            "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
            "SAGEMAKER_REGION": settings.region,
        },
    }
    formats = ["text/csv", "application/json", "application/jsonlines"]
    return {
        "Name": "RegisterModel",
        "Type": "RegisterModel",
        # No Tags: a version takes those of its group, and the API refuses its own.
        "Arguments": {
            "ModelPackageGroupName": settings.model_package_group,
            "ModelPackageDescription": f"{settings.repository} at {settings.commit}",
            "ModelApprovalStatus": get("Parameters.ModelApprovalStatus"),
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": formats,
                "SupportedResponseMIMETypes": formats,
                "SupportedRealtimeInferenceInstanceTypes": settings.inference_instance_types,
                "SupportedTransformInstanceTypes": settings.inference_instance_types,
            },
            "ModelMetrics": {
                "ModelQuality": {"Statistics": evaluation},
                "ModelDataQuality": {"Statistics": statistics, "Constraints": constraints},
            },
            "DriftCheckBaselines": {
                "ModelQuality": {"Statistics": evaluation},
                "ModelDataQuality": {"Statistics": statistics, "Constraints": constraints},
            },
            "MetadataProperties": {
                "CommitId": settings.commit,
                "Repository": settings.repository,
                "ProjectId": settings.project_id,
                "GeneratedBy": get("Execution.PipelineExecutionArn"),
            },
            "CustomerMetadataProperties": {
                "commit": settings.commit,
                "repository": settings.repository,
                "pipeline_execution": get("Execution.PipelineExecutionArn"),
                "sample": join("/", [output("Preprocess", "baseline"), "sample.jsonl"]),
                "contract": join("/", [output("Evaluate", "evaluation"), "contract.json"]),
            },
        },
    }


def _seed(settings: Settings) -> int:
    return int(settings.hyperparameters["seed"])


def _parameter(name: str, kind: str, default: Any) -> Json:
    return {"Name": name, "Type": kind, "DefaultValue": default}


def _measured(path: str) -> Json:
    return {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.Evaluation"), "Path": path}}


def _json_at(folder: Json, name: str) -> Json:
    return {"ContentType": "application/json", "S3Uri": join("/", [folder, name])}


if __name__ == "__main__":
    print(json.dumps(build(load(os.environ)), indent=2, sort_keys=True))
