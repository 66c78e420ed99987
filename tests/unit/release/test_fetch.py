"""`python -m release fetch`: releases come back from the state bucket, and only whole ones."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from release.archives import sha256
from release.build import build
from release.dependencies import Target
from release.fetch import fetch
from release.offer import Offer, OfferError, Shelf
from release.verify import problems

BUCKET = "ml-projects-state-123456789012-eu-central-1"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield client


@pytest.fixture
def uploaded(s3: Any, offline: None, checkout: Callable[[str], Path]) -> dict[str, Any]:
    """What package 1 uploads for two releases (release.tf)."""
    root = checkout("one")
    releases, made = {}, {}
    for version in ("1.0.0", "1.1.0"):
        made[version] = build(root, root / version, Target.aws("x86_64"), root / "cache", version=version)
        body = (root / version / "release.json").read_bytes()
        s3.put_object(Bucket=BUCKET, Key=f"releases/{version}/release.json", Body=body)
        for item in made[version]["objects"].values():
            s3.put_object(Bucket=BUCKET, Key=item["key"], Body=(root / version / item["file"]).read_bytes())
        releases[version] = {"sha256": sha256(body), "deprecated": version == "1.0.0"}
    listed = {"schema": 1, "current": "1.1.0", "releases": releases}
    s3.put_object(Bucket=BUCKET, Key="releases/offer.json", Body=json.dumps(listed))
    return made


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "releases", tmp_path / "releases.auto.tfvars.json")


def _fetch(shelf: Shelf, *versions: str, bucket: str | None = None) -> list[str]:
    said: list[str] = []
    fetch(shelf, versions, bucket=bucket, name="sagemaker-projects", say=said.append)
    return said


@pytest.mark.usefixtures("uploaded")
def test_another_machine_gets_everything_on_offer(shelf: Shelf) -> None:
    _fetch(shelf)

    assert shelf.versions() == ["1.0.0", "1.1.0"]
    assert all(problems(shelf.place(version)) == [] for version in shelf.versions())
    assert shelf.offer() == Offer("1.1.0", ("1.0.0",), frozenset({"1.0.0"}))
    assert _fetch(shelf)[0] == f"1.0.0 is here and whole: {shelf.place('1.0.0')}"


@pytest.mark.usefixtures("uploaded")
def test_one_release_and_no_record(shelf: Shelf) -> None:
    _fetch(shelf, "1.0.0", bucket=BUCKET)
    assert (shelf.versions(), shelf.offer()) == (["1.0.0"], None)


@pytest.mark.usefixtures("uploaded")
def test_a_damaged_folder_is_replaced(shelf: Shelf) -> None:
    _fetch(shelf, "1.0.0")
    (shelf.place("1.0.0") / "runner.tar.gz").write_text("cut")
    _fetch(shelf, "1.0.0")
    assert problems(shelf.place("1.0.0")) == []


def test_an_object_with_other_content_is_refused(s3: Any, uploaded: dict[str, Any], shelf: Shelf) -> None:
    s3.put_object(Bucket=BUCKET, Key=uploaded["1.0.0"]["objects"]["runner"]["key"], Body=b"other")
    with pytest.raises(OfferError, match="is damaged: its content has another hash"):
        _fetch(shelf, "1.0.0")
    assert list(shelf.folder.iterdir()) == []


def test_another_manifest_is_refused(s3: Any, uploaded: dict[str, Any], shelf: Shelf) -> None:
    body = json.dumps(uploaded["1.1.0"] | {"version": "1.0.0"})
    s3.put_object(Bucket=BUCKET, Key="releases/1.0.0/release.json", Body=body)
    with pytest.raises(OfferError, match="is not the one that was uploaded"):
        _fetch(shelf)


@pytest.mark.usefixtures("uploaded")
def test_a_record_that_says_otherwise_is_left(shelf: Shelf) -> None:
    shelf.write(Offer("1.2.0", ("1.1.0",)))
    with pytest.raises(OfferError, match="says something else than what is deployed"):
        _fetch(shelf)
    assert shelf.offer() == Offer("1.2.0", ("1.1.0",))


@pytest.mark.usefixtures("uploaded")
def test_what_is_not_there(shelf: Shelf) -> None:
    with pytest.raises(OfferError, match=r"releases/9\.0\.0/release\.json does not exist"):
        _fetch(shelf, "9.0.0")
    with pytest.raises(OfferError, match="Name it: make fetch BUCKET="):
        _fetch(shelf, bucket="no-such-bucket")
