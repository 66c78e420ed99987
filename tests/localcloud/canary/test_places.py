"""A secret is found in each kind of place, whatever put it there; Secrets Manager's nowhere but there."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest

from canary import collect, evidence
from canary.places import PLACES
from canary.search import Canary
from canary.watch import Watch
from localcloud.traffic import FILE
from tests.local_process import RunningCloud
from tests.localcloud.canary.gardens import Garden


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Garden, evidence.Evidence]]:
    """A local cloud with a secret in every place, and what a search has found in it."""
    folder = tmp_path_factory.mktemp("garden")
    cloud = RunningCloud(folder / "cloud", "--keep-traffic")
    try:
        watch = Watch(cloud.pid).start()
        made = Garden(cloud)
        made.plant()
        watch.end()
        canaries = [Canary(place, value, ()) for place, value in made.planted.items()]
        found = evidence.search(
            "garden",
            canaries,
            chain(
                collect.contents(cloud.environment["AWS_ENDPOINT_URL"]),
                collect.traffic(cloud.directory),
                collect.files(folder, beside=[cloud.directory / FILE]),
                collect.repositories(cloud.directory / "git"),
                watch.pieces(),
            ),
        )
        yield made, found
    finally:
        cloud.stop()


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_where_it_was_planted(garden: Any, place: str) -> None:
    made, found = garden
    assert place in made.planted, f"nobody has planted in: {place}"

    assert {"canary": place, "place": place} in [
        {"canary": item["canary"], "place": item["place"]} for item in found.findings
    ]


def test_secrets_manager_keeps_its_secrets(garden: Any) -> None:
    _, found = garden

    places = {item["place"] for item in found.findings if item["canary"] == "Secrets Manager"}
    assert places == {"Secrets Manager"}  # neither in the call log nor in what passed


def test_no_finding_shows_what_was_found(garden: Any) -> None:
    made, found = garden

    assert found.findings
    assert not [value for value in made.planted.values() if value in str(found)]


def test_whoever_reads_a_secret_is_on_record(tmp_path: Any, garden: Any) -> None:
    made, _ = garden
    made.cloud.client("secretsmanager").get_secret_value(SecretId="a")

    (reader,) = collect.readers(made.cloud.directory)
    assert reader.endswith(":role/administrator")


def test_a_local_cloud_that_keeps_nothing_is_no_evidence(tmp_path: Any) -> None:
    with pytest.raises(collect.CollectionError, match="--keep-traffic"):
        list(collect.traffic(tmp_path))
