from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from demo.report import charts, graph, model, page
from demo.report.model import Delivery, Deployment, PipelineStep, Report, State
from demo.report.timeline import timeline
from tests.unit.demo import sample_report


@pytest.fixture
def report() -> Report:
    return sample_report.report()


class Page(HTMLParser):
    """Collects what a browser would fetch, and the elements' ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "data"):
                self.fetched.append(value or "")
            if name == "id":
                self.ids.append(value or "")


def test_report_json_can_be_read_back(report: Report, tmp_path: Path) -> None:
    model.write(report, tmp_path / "report.json")

    assert model.read(tmp_path / "report.json") == report


def test_the_page_stands_alone(report: Report) -> None:
    text = page.render(report)

    found = Page(text)
    assert found.fetched == []
    assert "script" not in found.tags
    assert "url(" not in text
    assert "@import" not in text
    assert len(found.ids) == len(set(found.ids))


def test_every_picture_speaks(report: Report) -> None:
    text = page.render(report)

    found = Page(text)
    # timeline, two graphs, the gate, two scatter plots, the deploy pipeline's stages, the endpoints' answers
    assert found.tags.count("svg") == 8
    assert text.count('role="img"') == 8
    assert "prefers-color-scheme: dark" in text


def test_words_from_outside_are_escaped(report: Report) -> None:
    report.deliveries[1].message = "<script>alert(1)</script>"
    report.deliveries[1].steps[0].detail = '"><script>'
    report.spans[0].name = "a</title><script>"

    assert "script" not in Page(page.render(report)).tags


@pytest.mark.parametrize(
    "draw",
    [
        timeline,
        lambda report: charts.gate_chart(list(report.models())),
        lambda report: charts.answers_chart(report.deployment),
    ],
)
def test_pictures_are_well_formed(report: Report, draw) -> None:
    root = ElementTree.fromstring(str(draw(report)))  # noqa: S314 - our own picture

    assert root.tag == "svg"
    assert root.find("title").text
    assert root.find("desc").text


def test_a_failure_is_on_the_page(report: Report) -> None:
    report.state, report.failure, report.log = State.FAILED, "The build failed.", ["line 1", "line <2>"]
    report.deliveries[1].model = None

    text = page.render(report)

    assert "The journey ended early" in text
    assert "The build failed." in text
    assert "line &lt;2&gt;" in text


def test_a_report_of_nothing_is_a_page() -> None:
    text = page.render(Report(started=sample_report.BEGAN, state=State.FAILED, failure="No Terraform."))

    assert "No Terraform." in text


def test_a_delivery_without_steps_is_a_page(report: Report) -> None:
    report.deliveries.append(Delivery("0" * 40, "Only pushed"))

    assert "Only pushed" in page.render(report)


def test_endpoints_are_measured_by_their_answers() -> None:
    staging = sample_report.endpoint("staging")

    assert staging.rmse == pytest.approx(10.04)
    assert staging.difference == pytest.approx(0.04)
    assert model.Endpoint("dev", "new").difference is None


def test_the_page_shows_answers_against_the_truth(report: Report) -> None:
    text = page.render(report)

    assert "From “Create project” to a model that answers in production" in text
    assert "ml-p-abc123-prod-realtime" in text
    assert "Adelie: prod answers 3,710.0, truth 3700" in text
    assert text.count("prod answers") == 12  # rows in the picture


def test_a_deployment_that_has_only_begun_is_a_page(report: Report) -> None:
    report.deployment = Deployment("ml-p-abc123-deploy", "arn", 1)

    text = page.render(report)

    assert "From the registry to production: version 1" in text
    assert "2 registered models" in text


def test_the_verdict_compares_with_chance(report: Report) -> None:
    words = page.verdict(list(report.models()))

    assert "off by 303 g" in words
    assert "12 g worse than version 1" in words
    assert "within one standard deviation" in words


def test_columns_follow_the_longest_way() -> None:
    columns = graph.layers(sample_report.pipeline_steps(0))

    assert [[step.name for step in column] for column in columns] == [
        ["Preprocess"],
        ["Train"],
        ["Evaluate"],
        ["QualityGate"],
        ["RegisterModel", "RejectModel"],
    ]


def test_only_direct_predecessors_are_drawn() -> None:
    steps = sample_report.pipeline_steps(0)

    drawn = {step.name: graph.direct_predecessors(step, steps) for step in steps}

    assert drawn["Evaluate"] == ["Train"]
    assert drawn["RegisterModel"] == ["QualityGate"]


def test_a_circle_is_named() -> None:
    steps = [
        PipelineStep("A", "Processing", State.WAITING, ["B"]),
        PipelineStep("B", "Processing", State.WAITING, ["A"]),
    ]

    with pytest.raises(ValueError, match="A -> B -> A"):
        graph.layers(steps)


@pytest.mark.parametrize(
    ("value", "words"), [(0.42, "0.4 s"), (12.4, "12 s"), (59.9, "1 min 00 s"), (65.2, "1 min 05 s")]
)
def test_durations_are_for_people(value: float, words: str) -> None:
    assert page.seconds(value) == words
