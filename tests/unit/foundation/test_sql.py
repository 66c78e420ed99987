"""The SQL for Aurora fits the model that the template model-build trains."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SQL = ROOT / "foundation" / "modules" / "aurora-inference" / "sql"


def features() -> list[str]:
    """The order of the model's features, read without importing pandas."""
    source = (ROOT / "seed-code" / "model-build" / "repo" / "src" / "features.py").read_text("utf-8")
    lists = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("NUMERIC", "CATEGORICAL")
    }
    return [*lists["NUMERIC"], *lists["CATEGORICAL"]]


@pytest.mark.parametrize("name", ["3-predict-row.sql", "4-predict-batch.sql"])
def test_features_are_sent_in_the_order_of_training(name):
    (call,) = re.findall(r"invoke_endpoint\((.*?)\)::double precision", (SQL / name).read_text("utf-8"), re.DOTALL)

    endpoint, rows, *sent = re.sub(r"::\w+", "", call).replace("\n", " ").split(",")

    assert endpoint.strip() == ":'endpoint'"
    assert rows.strip() in ("1", ":rows")
    assert [word.strip() for word in sent] == features()


def test_the_tables_columns_are_the_features_in_the_order_of_training():
    """The array is made of them (5-predict-array.sql)."""
    (table,) = re.findall(
        r"TABLE IF NOT EXISTS ml.penguins \((.*?)\n\);", (SQL / "2-tables.sql").read_text("utf-8"), re.DOTALL
    )

    assert re.findall(r"^  (\w+)", table, re.MULTILINE) == ["id", *features()]


def test_no_endpoint_stands_in_the_files():
    assert len(list(SQL.glob("*.sql"))) == 5
    for path in SQL.glob("*.sql"):
        assert not re.search(r"invoke_endpoint\(\s*'", path.read_text("utf-8")), path.name
