"""The imitation of the training toolkit, without a cloud."""

import json
from pathlib import Path

import pytest

from localcloud.services.sagemaker.jobs import script_mode
from localcloud.services.sagemaker.jobs.container import Container


@pytest.fixture
def context() -> script_mode.TrainingContext:
    return script_mode.TrainingContext(
        job_name="job",
        job_arn="arn:aws:sagemaker:eu-central-1:123456789012:training-job/job",
        region="eu-central-1",
        hyperparameters={
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"/opt/ml/input/data/code"',
            "sagemaker_container_log_level": "20",
            "depth": "3",
            "rate": "0.1",
            "kind": '"ridge"',
            "plain": "text",
            "flag": "true",
            "s": '"short"',
            "folder": '"/opt/ml/input/data/train"',
        },
        environment={"OWN": "/opt/ml/model"},
        channels=("train", "my-data"),
        input_data_config={"train": {}, "my-data": {}},
        resource_config={"hosts": ["algo-1"], "current_host": "algo-1", "current_instance_type": "ml.m5.large"},
    )


def test_hyperparameters_become_arguments(context: script_mode.TrainingContext) -> None:
    values = script_mode.user_hyperparameters(context.hyperparameters)
    assert script_mode.arguments(values) == [
        *("--depth", "3", "--flag", "True", "--folder", "/opt/ml/input/data/train", "--kind", "ridge"),
        *("--plain", "text", "--rate", "0.1", "-s", "short"),
    ]


def test_variables_of_the_script(context: script_mode.TrainingContext, tmp_path: Path) -> None:
    container = Container(tmp_path / "job")
    source = container.path("/opt/ml/input/data/code")
    source.mkdir(parents=True)
    (source / "train.py").write_text("")

    script = script_mode.place_source(context, container, None)
    command = script_mode.command(context, container, script, {"PATH": "/bin"})

    root = str(container.root)
    assert command.argv[1] == str(source / "train.py")
    assert command.argv[command.argv.index("--folder") + 1] == f"{root}/opt/ml/input/data/train"
    environment = command.environment
    assert environment["PATH"] == "/bin"
    assert environment["OWN"] == environment["SM_MODEL_DIR"] == f"{root}/opt/ml/model"
    assert environment["SM_CHANNEL_TRAIN"] == f"{root}/opt/ml/input/data/train"
    assert environment["SM_CHANNEL_MY-DATA"] == f"{root}/opt/ml/input/data/my-data"
    assert json.loads(environment["SM_CHANNELS"]) == ["my-data", "train"]
    assert environment["SM_OUTPUT_DATA_DIR"] == f"{root}/opt/ml/output/data"
    assert environment["SM_HP_DEPTH"] == "3"
    assert environment["SM_HP_KIND"] == "ridge"
    assert json.loads(environment["SM_HPS"])["flag"] is True
    assert "sagemaker_program" not in json.loads(environment["SM_HPS"])
    assert environment["TRAINING_JOB_NAME"] == "job"


def test_a_failure_quotes_the_exception() -> None:
    lines = ["working", "Traceback (most recent call last):", '  File "train.py", line 1', "KeyError: 'x'", ""]
    text = script_mode.failure(["python", "train.py", "--name", "a b"], 1, lines)
    assert text == (
        "ExecuteUserScriptError:\nExitCode 1\nErrorMessage \"KeyError: 'x'\"\n"
        "Command \"python train.py --name 'a b'\""
    )
    assert script_mode.error_message(["no traceback"]) == ""


@pytest.mark.parametrize("inside", ["/etc/passwd", "/opt/ml/../etc", "relative", "/opt/mlx"])
def test_a_container_has_only_opt_ml(tmp_path: Path, inside: str) -> None:
    container = Container(tmp_path / "job")
    assert container.rewrite("/opt/mlx") == "/opt/mlx"
    with pytest.raises(ValueError, match="is not below /opt/ml"):
        container.path(inside)
