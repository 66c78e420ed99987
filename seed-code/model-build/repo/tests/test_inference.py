"""Serving: every format gives the same answers as the model does offline."""

import json
import sys
from pathlib import Path

import joblib
import pandas as pd
import pytest
from support import ROOT

import inference
from features import FEATURES

OURS = ("pipeline", "src")


@pytest.fixture
def model(run):
    return inference.model_fn(str(run.model))


@pytest.fixture
def rows(run):
    return pd.read_csv(run.data / "test" / "test.csv").head(3)[FEATURES]


@pytest.fixture
def expected(model, rows):
    return list(model.predict(rows))


def answer(model, body, content_type, accept="application/json"):
    rows = inference.input_fn(body, content_type)
    return inference.output_fn(inference.predict_fn(rows, model), accept)


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("encode", [str, str.encode])
def test_csv(model, rows, expected, header, encode):
    body, kind = answer(model, encode(rows.to_csv(index=False, header=header)), "text/csv; charset=utf-8")

    assert kind == "application/json"
    assert json.loads(body)["predictions"] == pytest.approx(expected)


def test_csv_with_a_header_may_order_its_columns_freely(model, rows, expected):
    body, _ = answer(model, rows[FEATURES[::-1]].to_csv(index=False), "text/csv")

    assert json.loads(body)["predictions"] == pytest.approx(expected)


def test_json_lines(model, rows, expected):
    body, kind = answer(
        model, rows.to_json(orient="records", lines=True), "application/jsonlines", "application/jsonlines"
    )

    assert kind == "application/jsonlines"
    assert [json.loads(line)["prediction"] for line in body.splitlines()] == pytest.approx(expected)


@pytest.mark.parametrize("wrap", [lambda rows: {"instances": rows}, lambda rows: rows])
def test_json(model, rows, expected, wrap):
    instances = json.loads(rows.to_json(orient="records"))
    body, kind = answer(model, json.dumps(wrap(instances)), "application/json", "text/csv")

    assert kind == "text/csv"
    assert [float(line) for line in body.splitlines()] == pytest.approx(expected)


def test_one_object(model, rows, expected):
    body, _ = answer(
        model, json.dumps(json.loads(rows.head(1).to_json(orient="records"))[0]), "application/json", "*/*"
    )

    assert json.loads(body)["predictions"] == pytest.approx(expected[:1])


@pytest.mark.parametrize("feature", FEATURES)
def test_any_value_may_be_missing(model, rows, feature):
    instance = {**json.loads(rows.head(1).to_json(orient="records"))[0], feature: None}

    assert json.loads(answer(model, json.dumps(instance), "application/json")[0])["predictions"][0] > 0


def test_an_unknown_category_is_answered(model, rows):
    instance = {**json.loads(rows.head(1).to_json(orient="records"))[0], "species": "Emperor"}

    assert json.loads(answer(model, json.dumps(instance), "application/json")[0])["predictions"][0] > 0


def test_the_registered_sample_can_be_sent_as_it_is(model, run):
    body, _ = answer(model, (run.data / "baseline" / "sample.jsonl").read_text(), "application/jsonlines")

    assert len(json.loads(body)["predictions"]) == 5


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("<a/>", "application/xml", "not supported"),
        ("1,2,3", "text/csv", "has 3 values; the model takes 6"),
        ('{"species": "Adelie"}', "application/json", r"missing column\(s\) bill_length_mm"),
        ("[1, 2]", "application/json", "must be an object per row"),
        ("not json", "application/json", "Expecting value"),
        ("long,1,1,Adelie,Dream,male", "text/csv", "bill_length_mm must be numeric"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(body, content_type, message):
    with pytest.raises(ValueError, match=message):
        inference.input_fn(body, content_type)


def test_an_unknown_answer_format_is_refused():
    with pytest.raises(ValueError, match="image/png"):
        inference.output_fn([1.0], "image/png")


def test_the_model_needs_no_code_of_this_repository_to_be_loaded(run, monkeypatch):
    for name in [name for name, module in sys.modules.items() if _ours(module)]:
        monkeypatch.delitem(sys.modules, name)
    ours = (ROOT, *(ROOT / folder for folder in OURS), ROOT / "tests")
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if Path(folder).resolve() not in ours])

    loaded = joblib.load(run.model / "model.joblib")

    assert type(loaded).__module__ == "sklearn.pipeline"
    assert not [name for name, module in sys.modules.items() if _ours(module)]


def _ours(module):
    file = getattr(module, "__file__", None)
    return file is not None and any(Path(file).is_relative_to(ROOT / folder) for folder in OURS)
