"""A real PostgreSQL with the stand-in for aws_ml, the SQL that users get, and an endpoint that takes notes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from demo import foundation, postgres
from demo.children import Children
from demo.errors import DemoError
from demo.postgres import Database, Programs, Role
from demo.report.model import Endpoint, Prediction

ROOT = Path(__file__).resolve().parents[3]
SQL = ROOT / "foundation" / "modules" / "aurora-inference" / "sql"
NAMES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "species", "island", "sex")


@dataclass
class Runtime:
    """SageMaker's runtime API: `penguins` answers a number per line, any other endpoint does not exist."""

    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, body: str) -> tuple[int, str]:
        if path != "/endpoints/penguins/invocations":
            return 400, '{"message": "Endpoint of account not found."}'
        return 200, f"{len(body) * 1000}.5\n"


def expected(features: dict[str, str]) -> float:
    return len(",".join(features.values())) * 1000 + 0.5


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    made = Runtime()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            made.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, text = made.answer(self.path, body)
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@pytest.fixture(scope="module")
def database(runtime: Runtime) -> Iterator[Database]:
    try:
        programs = Programs.find(ROOT / ".tools")
    except DemoError as error:
        pytest.skip(str(error))
    children = Children()
    made = Database(programs, children, Role(runtime.address, "eu-west-1", "KEY", "SECRET", "TOKEN"))
    yield made
    made.close()
    assert not made.folder.exists()
    children.end()


def rows(count: int) -> list[dict[str, str]]:
    words = ("Adelie", "Dream", "")  # whose sex is not known
    return [dict(zip(NAMES, (f"39.{row}", "18", "181", *words), strict=True)) for row in range(1, count + 1)]


def test_the_shipped_sql_asks_in_three_ways_and_gets_what_the_endpoint_says(
    database: Database, runtime: Runtime
) -> None:
    predictions = [Prediction(one, 0.0, expected(one)) for one in rows(3)]

    asked = foundation.ask(database, SQL, Endpoint("prod", "penguins", predictions=predictions))

    assert asked == 3
    assert [body for _, _, body in runtime.requests[:2]] == [
        "39.1,18,181,Adelie,Dream,",
        "39.2,18,181,Adelie,Dream,",
    ]
    path, headers, _ = runtime.requests[0]
    assert path == "/endpoints/penguins/invocations"
    assert (headers["content-type"], headers["accept"]) == ("text/csv", "text/csv")
    assert "/eu-west-1/sagemaker/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "TOKEN"


def test_an_answer_that_differs_ends_the_demo(database: Database) -> None:
    database.run("TRUNCATE ml.penguins CASCADE;")
    predictions = [Prediction(one, 0.0, expected(one) + 1) for one in rows(1)]

    with pytest.raises(DemoError, match="row by row, penguins answers something else"):
        foundation.ask(database, SQL, Endpoint("prod", "penguins", predictions=predictions))


def test_more_than_a_hundred_values_go_as_an_array(database: Database, runtime: Runtime) -> None:
    """The file that users get, for a table with 150 features, one of them a word and one unknown."""
    columns = ", ".join(f"feature_{number} double precision" for number in range(148))
    database.run(f'CREATE TABLE ml.wide (id int, {columns}, "Art" text, note text);')
    insert = "INSERT INTO ml.wide VALUES (7, :numbers, 'Adelie', NULL); GRANT SELECT ON ml.wide TO ml_inference;"
    database.run(insert, numbers=", ".join(str(number + 0.25) for number in range(148)))
    shipped = (SQL / "5-predict-array.sql").read_text("utf-8")

    told = database.run(f"SET ROLE ml_inference;\n{shipped}", endpoint="penguins", rows="100", source="ml.wide")

    sent = runtime.requests[-1][2]
    assert sent.split(",") == [*(str(number + 0.25) for number in range(148)), "Adelie", ""]
    assert told.split() == [f"7|{len(sent) * 1000}.5"]


def test_words_with_commas_and_quotes_stay_one_value(database: Database, runtime: Runtime) -> None:
    database.run("""SELECT aws_sagemaker.invoke_endpoint('penguins', NULL, 'a, "b"', 2, NULL::text);""")

    assert runtime.requests[-1][2] == '"a, ""b""",2,'


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT aws_sagemaker.invoke_endpoint('nobody', 1, 1.0);", "child process exited"),
        ("SELECT aws_sagemaker.invoke_endpoint('x; id', 1, 1.0);", "invalid endpoint name"),
        ("SELECT aws_sagemaker.invoke_endpoint('$(id)', 1, 1.0);", "invalid endpoint name"),
        ("SELECT aws_sagemaker.invoke_endpoint('penguins', 0, 1.0);", "must be at least 1"),
        ("CREATE ROLE app; SET ROLE app; SELECT aws_sagemaker.invoke_endpoint('penguins', 1, 1.0);", "permission"),
    ],
)
def test_what_is_wrong_is_refused(database: Database, sql: str, reason: str) -> None:
    with pytest.raises(DemoError, match=reason):
        database.run(sql)


def test_members_of_the_role_may_ask(database: Database) -> None:
    """And nothing else: what runs for them is not theirs to choose, nor the folder theirs to read."""
    chosen = "SET ROLE ml_inference; SET aws_ml.program = '/bin/echo';"

    told = database.run(f"{chosen} SELECT aws_sagemaker.invoke_endpoint('penguins', 1, 1.0);")

    assert told.strip() == "3000.5"
    assert database.folder.stat().st_mode & 0o077 == 0


def test_members_of_the_role_may_run_what_is_shipped(database: Database, runtime: Runtime) -> None:
    database.run("TRUNCATE ml.penguins CASCADE; INSERT INTO ml.penguins (species) VALUES ('Adelie');")
    shipped = "".join((SQL / name).read_text("utf-8") for name in ("4-predict-batch.sql", "5-predict-array.sql"))
    one_row = "SELECT ml.predict_body_mass(39.1, 18.7, 181, 'Adelie', 'Dream', 'male');"

    database.run(f"SET ROLE ml_inference;\n{one_row}\n{shipped}", endpoint="penguins", rows="100")

    assert [body for _, _, body in runtime.requests[-3:]] == [
        "39.1,18.7,181,Adelie,Dream,male",
        ",,,Adelie,,",
        ",,,Adelie,,",
    ]
    assert database.run("SELECT count(*) FROM ml.predictions;").strip() == "1"


def test_others_may_not_run_it(database: Database) -> None:
    one_row = "SELECT ml.predict_body_mass(39.1, 18.7, 181, 'Adelie', 'Dream', 'male');"

    with pytest.raises(DemoError, match="permission denied for function predict_body_mass"):
        database.run(f"CREATE ROLE guest; GRANT USAGE ON SCHEMA ml TO guest; SET ROLE guest; {one_row}")


def test_without_postgresql_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path / "usr")

    with pytest.raises(DemoError, match="apt-get install postgresql"):
        Programs.find(tmp_path)


def test_one_that_was_unpacked_in_the_checkout_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path / "nothing")
    (tmp_path / "curl").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in ("13", "15", "9.6"):
        unpacked = tmp_path / "postgresql" / "usr"
        (unpacked / "lib" / "postgresql" / version / "bin").mkdir(parents=True)
        (unpacked / "share" / "postgresql" / version).mkdir(parents=True)
        for name in ("postgres", "initdb", "psql"):
            (unpacked / "lib" / "postgresql" / version / "bin" / name).touch()

    assert Programs.find(tmp_path).version == 15
