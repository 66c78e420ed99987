"""A deletion never hangs a stack: its own deadlines, queued and running, end before CloudFormation's."""

import re
from pathlib import Path

import yaml

PACKAGE = Path(__file__).resolve().parents[3] / "service-catalog-setup"
ANSWERING_SECONDS = 120
"""From the build's end to the answer: the event, and the function's own minute."""


def test_the_build_ends_before_the_stack_gives_up() -> None:
    teardown = (PACKAGE / "teardown.tf").read_text(encoding="utf-8")
    [found] = re.findall(r"^  teardown_minutes += \{ queued = (\d+), running = (\d+) \}$", teardown, re.MULTILINE)
    queued, running = map(int, found)
    # Those two are CodeBuild's own limits, and nothing else is.
    assert re.findall(r"^  (\w+_timeout) += local\.teardown_minutes\.(\w+)$", teardown, re.MULTILINE) == [
        ("build_timeout", "running"),
        ("queued_timeout", "queued"),
    ]
    assert teardown.count("_timeout ") == 2

    templates = sorted((PACKAGE / "products").glob("*/template.yaml"))
    assert templates
    for template in templates:
        resources = yaml.safe_load(template.read_text(encoding="utf-8"))["Resources"]
        teardowns = [one for one in resources.values() if one["Type"] == "Custom::ProjectTeardown"]
        assert teardowns
        for resource in teardowns:
            stack = int(resource["Properties"]["ServiceTimeout"])
            assert 60 * (queued + running) + ANSWERING_SECONDS < stack
