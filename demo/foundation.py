"""The journey inside the foundation's network, and a database that asks the endpoint as Aurora does."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from demo import serving
from demo.cloud import clean_environment
from demo.errors import DemoError
from demo.inside import check_principals, where
from demo.journey import FOUNDATION
from demo.platform import Progress
from demo.postgres import Database, Programs, Role
from demo.report.model import Endpoint, State
from demo.scene import Activity, Scene, until
from demo.stage import Place

LANE = "Terraform, foundation"
_NAME = "demo-foundation"
# The deploy repository chooses a real-time endpoint; the database may invoke exactly the one of production.
_PRODUCTION = "prod"
_ONE_ROW = """
SELECT ml.predict_body_mass(bill_length_mm, bill_depth_mm, flipper_length_mm, species, island, sex)
FROM ml.penguins ORDER BY id LIMIT 1;
"""
# What package 1 is handed: a network, and the roles of those who work in Studio.
_GROUND: dict[str, Any] = {"network": {}, "studio": {"users": {"ada": {}}}}
_SQL = "foundation/modules/aurora-inference/sql"
_ROWS_PER_REQUEST = "100"
# The evaluation writes its predictions with one decimal.
_ROUNDED = 0.051


@dataclass(frozen=True)
class Ground:
    """The foundation's root module, with a state that belongs to the local cloud."""

    scene: Scene
    place: Place

    @property
    def folder(self) -> Path:
        """State and plugins, beside the local cloud that the state describes."""
        return self.scene.handout.directory / "foundation"

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Terraform is the platform engineer."""
        return clean_environment(
            **self.scene.handout.environment, TF_DATA_DIR=str(self.folder / "data"), TF_IN_AUTOMATION="1"
        )

    def initialize(self) -> Activity:
        """``terraform init``, into a folder of its own: the checkout stays as it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        yield from self._run("init", "-input=false", "-no-color", "-lockfile=readonly")

    def apply(self, **variables: Any) -> Activity:
        """``terraform apply`` with these variables of the root; what it makes goes into the timeline."""
        values = self.folder / "values.tfvars.json"
        values.write_text(json.dumps({"name": _NAME, **variables}, indent=2), encoding="utf-8")
        progress = Progress(LANE)
        try:
            yield from self._run(
                *("apply", "-json", "-input=false", "-auto-approve"),
                *(f"-state={self.folder / 'terraform.tfstate'}", f"-var-file={values}"),
                progress=progress,
            )
        finally:
            self.scene.report.spans += progress.spans

    def outputs(self) -> dict[str, Any]:
        """The root's outputs, by name."""
        done = subprocess.run(
            [
                *(str(self.place.terraform), f"-chdir={self.place.root / 'foundation'}", "output", "-json"),
                f"-state={self.folder / 'terraform.tfstate'}",
            ],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}

    def _run(self, *arguments: str, progress: Progress | None = None) -> Activity:
        child = self.scene.children.start(
            [str(self.place.terraform), f"-chdir={self.place.root / 'foundation'}", *arguments],
            environment=self.environment,
            directory=self.place.root,
            **({"on_line": progress.read} if progress else {}),
            patience=2.0,  # what it makes lives in the local cloud's memory, which ends too
        )
        while child.code is None:
            yield
        if child.code != 0:
            raise (progress or Progress()).error(child, "The foundation")


def values(scene: Scene) -> Path:
    """The file of variables that the foundation hands to package 1; the journey waits until it is there."""
    scene.founded = False
    return scene.folder / "foundation.tfvars.json"


def activities(scene: Scene, place: Place) -> dict[str, Activity]:
    """What happens beside the journey: the network before it, the database beside it, its questions after it."""
    ground = Ground(scene, place)
    return {"network": _network(ground), "database": _database(ground), "questions": _questions(ground)}


def _network(ground: Ground) -> Activity:
    scene = ground.scene
    yield from ground.initialize()
    yield from ground.apply(**_GROUND)
    handed = ground.outputs()["service_catalog_setup"]
    # The journey's data scientist has a role of the local cloud's; those of the foundation come beside it.
    own = json.loads(Path(scene.handout.environment["TFVARS"]).read_text(encoding="utf-8"))
    roles = "studio_execution_role_arns"
    handed[roles] = [*own[roles], *handed[roles]]
    values(scene).write_text(json.dumps(handed, indent=2), encoding="utf-8")
    scene.founded = True


def _database(ground: Ground) -> Activity:
    """A cluster that may invoke production's endpoint. It takes minutes, so it is made beside the journey."""
    scene = ground.scene
    yield from until(lambda: scene.founded and bool(scene.project.identifier))
    yield from ground.apply(
        **_GROUND,
        aurora_inference={
            "endpoint_names": [f"{scene.prefix}-{_PRODUCTION}-realtime"],
            "new_cluster": {"deletion_protection": False, "final_snapshot": False},
        },
    )
    scene.finished.add("database")


def _questions(ground: Ground) -> Activity:
    scene = ground.scene
    deployed = scene.journey.step(8)
    yield from until(lambda: deployed.state is State.SUCCEEDED and "database" in scene.finished)
    step = scene.journey.step(FOUNDATION)
    scene.journey.start(step, "PostgreSQL starts")
    began = monotonic()
    deployment = scene.report.deployment
    endpoint = (
        next((one for one in deployment.endpoints if one.environment == _PRODUCTION), None) if deployment else None
    )
    if endpoint is None:
        raise DemoError("There is no endpoint in production for the database to ask.")
    yield
    made = ground.outputs()
    inside = where(scene, made["network"])
    studio = list(made["studio"]["execution_role_arns"].values())
    check_principals(scene, studio)
    programs = Programs.find(ground.place.root / ".tools")
    cluster, role = (made["aurora_inference"][name] for name in ("cluster_identifier", "role_arn"))
    database = Database(programs, scene.children, _role(scene, cluster))
    try:
        yield
        scene.journey.note(step, f"{endpoint.name} is asked in SQL")
        answers = ask(database, ground.place.root / _SQL, endpoint)
    finally:
        database.close()
    scene.journey.finish(
        step,
        f"In {made['network']['vpc_id']}: {', '.join(inside)}",
        f"The portfolio lets in {', '.join(role.rsplit('/')[-1] for role in studio)}, of the foundation's Studio",
        f"PostgreSQL {programs.version} asked {endpoint.name} with the role {role.rsplit('/')[-1]} of {cluster}",
        f"{answers} rows, by row, in one statement, and as arrays: each as the evaluation says "
        f"({monotonic() - began:.1f} s)",
    )


def _role(scene: Scene, cluster: str) -> Role:
    """The credentials that RDS gives to the cluster's database, because a role is associated with it."""
    body = json.dumps({"cluster": cluster, "feature": "SageMaker"}).encode()
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{scene.handout.endpoint}/_localcloud/rds/role", body, timeout=30) as answer:
            given = json.load(answer)
    except HTTPError as error:
        raise DemoError(f"The database gets no role: {json.load(error)['error']}") from error
    return Role(
        scene.handout.endpoint,
        scene.handout.region,
        *(given[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")),
    )


def ask(database: Database, sql: Path, endpoint: Endpoint) -> int:
    """Run the files that users get, and compare with what the endpoint answered before; the number of rows.

    Raises:
        DemoError: an answer differs.

    """
    rows = [one.features for one in endpoint.predictions]
    expected = [one.predicted for one in endpoint.predictions]
    for name in ("1-extension.sql", "2-tables.sql", "3-predict-row.sql"):
        database.run((sql / name).read_text(encoding="utf-8"), endpoint=endpoint.name)
    columns = ", ".join(rows[0])
    database.run(f"COPY ml.penguins ({columns}) FROM STDIN WITH (FORMAT csv, HEADER);\n{serving.table(rows)}\\.\n")
    database.run(
        (sql / "4-predict-batch.sql").read_text(encoding="utf-8"), endpoint=endpoint.name, rows=_ROWS_PER_REQUEST
    )
    arrays = database.run(
        (sql / "5-predict-array.sql").read_text(encoding="utf-8"), endpoint=endpoint.name, rows=_ROWS_PER_REQUEST
    )
    batch = database.run("SELECT body_mass_g FROM ml.predictions ORDER BY penguin_id;")
    first = database.run(_ONE_ROW)
    for how, answered, wanted in (
        ("row by row", first.split(), expected[:1]),
        ("in one statement", batch.split(), expected),
        ("as arrays", [line.split("|")[1] for line in arrays.split()], expected),
    ):
        if len(answered) != len(wanted) or any(
            abs(float(one) - other) > _ROUNDED for one, other in zip(answered, wanted, strict=True)
        ):
            raise DemoError(
                f"Asked in SQL, {how}, {endpoint.name} answers something else than before: {answered[:5]} …"
            )
    return len(rows)
