"""``report.html``: one self-contained page, without scripts and without anything fetched from elsewhere."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from demo.report import charts, graph
from demo.report.model import Model, Report, State
from demo.report.timeline import timeline

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write(report: Report, path: Path) -> None:
    """Write the page."""
    path.write_text(render(report), encoding="utf-8")


def render(report: Report) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["search"] = lambda text, part: part in text
    environment.filters["seconds"] = seconds
    environment.filters["figure"] = figure
    models = list(report.models())
    return environment.get_template("report.html.j2").render(
        report=report,
        State=State,
        headline=headline(report),
        timeline=timeline(report),
        graphs=[
            graph.pipeline_graph(delivery.steps, f"Steps of the SageMaker pipeline behind {delivery.pipeline}")
            if delivery.steps
            else Markup("")
            for delivery in report.deliveries
        ],
        stages=_stages(report),
        answers=charts.answers_chart(report.deployment) if report.deployment else Markup(""),
        models=models,
        gate=charts.gate_chart(models),
        scatters=[charts.scatter(model, f"point series-{index % 2 + 1}") for index, model in enumerate(models)],
        verdict=verdict(models),
    )


def headline(report: Report) -> str:
    """What happened, in one line."""
    if report.state is State.FAILED:
        return "The journey ended early"
    if report.state is State.RUNNING:
        return "The journey was interrupted"
    count = len(list(report.models()))
    goal = "a registered model" if count == 1 else f"{count} registered models"
    if report.deployment and any(endpoint.environment == "prod" for endpoint in report.deployment.endpoints):
        goal = "a model that answers in production"
    return f"From “Create project” to {goal}"


def _stages(report: Report) -> Markup:
    """The deploy pipeline's stages as a picture; nothing before there are any."""
    if report.deployment is None or not report.deployment.stages:
        return Markup("")
    return graph.pipeline_graph(report.deployment.stages, f"Stages of {report.deployment.pipeline}")


def verdict(models: list[Model]) -> str:
    """What the figures say about the newest model, in one or two sentences."""
    if not models:
        return ""
    newest = models[-1]
    metric = newest.metric(newest.gate_metric)
    if metric is None:
        return ""
    name, unit = newest.gate_metric.upper(), newest.unit
    sentences = []
    if metric.baseline:
        sentences.append(
            f"On {newest.rows} rows it had never seen, version {newest.version} is off by {metric.value:,.0f} "
            f"{unit} ({name}); always answering the mean is off by {metric.baseline:,.0f} {unit}."
        )
    earlier = models[-2].metric(models[-2].gate_metric) if len(models) > 1 else None
    if earlier is not None:
        difference = metric.value - earlier.value
        within = metric.deviation is not None and abs(difference) <= metric.deviation
        words = f"That is {abs(difference):,.0f} {unit} {'worse' if difference > 0 else 'better'} than version "
        words += f"{models[-2].version}"
        if metric.deviation is not None:
            words += (
                f", {'within' if within else 'more than'} one standard deviation ({metric.deviation:,.0f} {unit})"
            )
        sentences.append(f"{words}.")
    return " ".join(sentences)


def figure(value: float | None) -> str:
    """A figure with as many decimals as it can bear: ``91,930``, ``303.2``, ``0.845``."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def seconds(value: float | None) -> str:
    """A duration for people: ``0.4 s``, ``12 s``, ``1 min 05 s``."""
    if value is None:
        return ""
    if value < 10:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
