"""The steps of the pipeline, one after the other on the real data."""

import hashlib
import json
import tarfile
from pathlib import Path

import joblib
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from support import ROOT, run_steps

import evaluate
import preprocess
import train
from features import FEATURES, TARGET


def test_split_uses_every_row_with_a_target_once(run):
    parts = {name: pd.read_csv(run.data / name / f"{name}.csv") for name in ("train", "validation", "test")}

    assert {name: len(part) for name, part in parts.items()} == {"train": 238, "validation": 52, "test": 52}
    assert all(list(part.columns) == [*FEATURES, TARGET] for part in parts.values())
    together = pd.concat(parts.values())[[*FEATURES, TARGET]]
    source = pd.read_csv(ROOT / "data" / "penguins.csv").dropna(subset=TARGET)[[*FEATURES, TARGET]]
    pd.testing.assert_frame_equal(*(_in_one_order(table) for table in (together, source)), check_dtype=False)


def _in_one_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(list(table.columns)).reset_index(drop=True)


def test_what_the_model_learns_comes_from_the_training_rows_only(run):
    train_rows = pd.read_csv(run.data / "train" / "train.csv")
    scaler = joblib.load(run.model / "model.joblib")["columns"].named_transformers_["numeric"]["standardscaler"]

    assert scaler.mean_[0] == pytest.approx(train_rows["bill_length_mm"].mean())


def test_running_again_gives_the_same_files(run, tmp_path):
    again = run_steps(tmp_path)

    for first, second in (
        (run.data, again.data),
        (run.model, again.model),
        (run.evaluation, again.evaluation),
    ):
        assert _hashes(first) == _hashes(second)


def _hashes(path: Path) -> dict[str, str]:
    files = [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("estimator", sorted(train.ESTIMATORS))
def test_every_estimator_beats_the_mean(estimator, tmp_path):
    report = json.loads(run_steps(tmp_path, "--estimator", estimator).evaluation.read_text())

    rmse = report["regression_metrics"]["rmse"]["value"]
    assert rmse < 0.6 * report["best_constant_predictor"]["rmse"]["value"]


def test_training_prints_what_the_metric_definitions_look_for(run, tmp_path, capsys):
    train.main(
        [
            "--train",
            str(run.data / "train"),
            "--validation",
            str(run.data / "validation"),
            "--model-dir",
            str(tmp_path),
        ]
    )

    names = [line.split("=")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["train:rmse", "validation:rmse"]


def test_training_takes_its_folders_from_the_container(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SM_CHANNEL_TRAIN", str(run.data / "train"))
    monkeypatch.setenv("SM_CHANNEL_VALIDATION", str(run.data / "validation"))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path))

    train.main(["--estimator", "ridge", "--seed", "42"])

    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == [
        "features.py",
        "inference.py",
        "model.joblib",
        "training.json",
    ]


def test_evaluation_has_the_shape_that_sagemaker_shows(run):
    report = json.loads(run.evaluation.read_text())

    assert report["dataset"] == {"item_count": 52}
    for metrics in (report["regression_metrics"], report["best_constant_predictor"]):
        assert set(metrics) == {"rmse", "mae", "mse", "r2"}
        assert all(set(metric) == {"value", "standard_deviation"} for metric in metrics.values())


def test_evaluation_measures_what_scikit_learn_measures(run):
    rows = pd.read_csv(run.data / "test" / "test.csv")
    predicted = joblib.load(run.model / "model.joblib").predict(rows[FEATURES])
    metrics = json.loads(run.evaluation.read_text())["regression_metrics"]

    assert metrics["rmse"]["value"] == pytest.approx(root_mean_squared_error(rows[TARGET], predicted), abs=1e-3)
    assert metrics["mae"]["value"] == pytest.approx(mean_absolute_error(rows[TARGET], predicted), abs=1e-3)
    assert metrics["r2"]["value"] == pytest.approx(r2_score(rows[TARGET], predicted), abs=1e-3)


def test_the_contract_is_what_the_model_answers(run):
    contract = json.loads(run.evaluation.with_name("contract.json").read_text())

    rows = pd.DataFrame(contract["instances"])
    assert list(rows.columns) == FEATURES
    assert len(rows) == evaluate.CONTRACT_ROWS
    assert joblib.load(run.model / "model.joblib").predict(rows) == pytest.approx(contract["predictions"])


def test_evaluation_keeps_every_prediction(run):
    pairs = pd.read_csv(run.evaluation.with_name("predictions.csv"))
    rmse = json.loads(run.evaluation.read_text())["regression_metrics"]["rmse"]["value"]

    assert list(pairs) == ["actual", "predicted"]
    assert len(pairs) == 52
    assert root_mean_squared_error(pairs.actual, pairs.predicted) == pytest.approx(rmse, abs=0.1)


def test_evaluation_takes_the_archive_that_training_uploads(run, tmp_path):
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.add(run.model, arcname=".")
    parts = ["--train", str(run.data / "train"), "--test", str(run.data / "test")]

    evaluate.main(["--model", str(tmp_path), *parts, "--output", str(tmp_path / "out")])

    assert (tmp_path / "out" / "evaluation.json").read_text() == run.evaluation.read_text()


def test_evaluation_refuses_an_archive_that_reaches_outside(tmp_path):
    (tmp_path / "file").write_text("x")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "file", arcname="../outside")

    with pytest.raises(ValueError, match="leads out of the archive"):
        evaluate.load_model(tmp_path)


def test_baseline_describes_the_training_rows(run):
    folder = run.data / "baseline"
    rows = pd.read_csv(run.data / "train" / "train.csv")
    statistics = {f["name"]: f for f in json.loads((folder / "statistics.json").read_text())["features"]}
    constraints = {f["name"]: f for f in json.loads((folder / "constraints.json").read_text())["features"]}

    assert list(statistics) == list(constraints) == FEATURES
    assert statistics["flipper_length_mm"]["numerical_statistics"]["max"] == rows["flipper_length_mm"].max()
    assert constraints["species"]["string_constraints"]["domains"] == ["Adelie", "Chinstrap", "Gentoo"]
    assert constraints["sex"]["completeness"] == pytest.approx(rows["sex"].notna().mean(), abs=1e-4)
    sample = [json.loads(line) for line in (folder / "sample.jsonl").read_text().splitlines()]
    assert len(sample) == 5
    assert list(sample[0]) == FEATURES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="sex"), r"missing column\(s\) sex"),
        (lambda rows: rows.assign(body_mass_g=None), "no value in"),
        (lambda rows: rows.assign(bill_depth_mm=None), "no value in bill_depth_mm"),
        (lambda rows: rows.assign(bill_depth_mm="long"), "bill_depth_mm must be numeric"),
    ],
)
def test_unusable_rows_are_refused_with_the_reason(change, message):
    with pytest.raises(ValueError, match=message):
        preprocess.clean(change(pd.read_csv(ROOT / "data" / "penguins.csv")))


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        preprocess.main(["--input", str(tmp_path), "--output", str(tmp_path)])
