"""What was reviewed is read whole, or not at all."""

import json

import pytest

from tests.terraform.sagemaker_project_setup import reviewed
from tests.terraform.sagemaker_project_setup.test_access import EXPECTED, ROLES

STATEMENT = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}


def test_the_file_is_about_every_role():
    assert set(reviewed.read(EXPECTED, ROLES)) == set(ROLES)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "reviewed.json is about , and not about build"),
        ({"build": {"A": STATEMENT}, "bild": {}}, "reviewed.json is about bild, build, and not about build"),
        ({"build": {}}, "reviewed.json, build: has no statement"),
        ({"build": {"A": {"Action": "s3:GetObject"}}}, "reviewed.json, build, A: lacks Resource"),
        (
            {"build": {"A": {**STATEMENT, "Conditions": {}}}},
            "reviewed.json, build, A: knows no Conditions",
        ),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, given, fault):
    path = tmp_path / "reviewed.json"
    path.write_text(json.dumps(given))

    with pytest.raises(ValueError) as caught:
        reviewed.read(path, ["build"])

    assert str(caught.value) == fault
