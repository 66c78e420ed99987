"""The model's metrics as pictures: the gate's figure against threshold and baseline, predicted against actual."""

from markupsafe import Markup

from demo.report.model import Deployment, Metric, Model
from demo.report.svg import bar, dot, element, group, line, picture, text, text_width, ticks

_WIDTH = 720.0
_LABELS = 190.0
_BAR = 30.0
_GAP = 18.0
_TOP = 30.0
_SCATTER = 330.0
# Rows of the test data in the picture of endpoints' answers, and the height of one.
_ANSWERS = 12
_ANSWER = 24.0


def gate_chart(models: list[Model]) -> Markup:
    """Bars of the gate's figure: the baseline and every model, with a line where the quality gate stands."""
    measured = [(model, metric) for model in models if (metric := model.metric(model.gate_metric)) is not None]
    if not measured:
        return Markup("")
    last, figure = measured[-1]
    rows: list[tuple[str, Metric, str]] = []
    if figure.baseline is not None:
        rows.append(("Always the mean", Metric("baseline", figure.baseline), "baseline"))
    rows += [
        (f"{_name(model)}", metric, f"series-{index % 2 + 1}") for index, (model, metric) in enumerate(measured)
    ]
    highest = max([metric.value + (metric.deviation or 0.0) for _, metric, _ in rows] + [last.threshold or 0.0])
    scale = (_WIDTH - _LABELS - 90) / (highest * 1.02)
    height = _TOP + len(rows) * (_BAR + _GAP) + 28
    parts: list[Markup] = []
    for tick in ticks(highest, 6):
        x = _LABELS + tick * scale
        parts += [line(x, _TOP - 4, x, height - 28, "grid"), text(x, height - 10, f"{tick:g}", "tick", "middle")]
    for index, (label, metric, class_) in enumerate(rows):
        parts += _row(label, metric, class_, _TOP + 6 + index * (_BAR + _GAP), scale)
    if last.threshold is not None:
        parts += _threshold(last.threshold, scale, height)
    words = ", ".join(f"{label} {metric.value:g}" for label, metric, _ in rows)
    name = last.gate_metric.upper()
    return picture(
        _WIDTH,
        height,
        f"{name} on the test rows, against baseline and quality gate",
        f"{words}; the gate lets models up to {last.threshold:g} pass." if last.threshold is not None else words,
        parts,
    )


def _row(label: str, metric: Metric, class_: str, y: float, scale: float) -> list[Markup]:
    end = _LABELS + metric.value * scale
    parts = [
        text(_LABELS - 12, y + _BAR / 2 + 4.5, label, "label", "end"),
        bar(_LABELS, y, metric.value * scale, _BAR, class_, tip=f"{label}: {metric.value:g}"),
    ]
    at = end
    if metric.deviation:
        low, high = end - metric.deviation * scale, end + metric.deviation * scale
        middle = y + _BAR / 2
        parts.append(
            group(
                [
                    line(low, middle, high, middle, ""),
                    *(line(x, middle - 5, x, middle + 5, "") for x in (low, high)),
                ],
                "whisker",
            )
        )
        at = high
    parts.append(text(at + 8, y + _BAR / 2 + 5, f"{metric.value:,.1f}", "value"))
    return parts


def _threshold(threshold: float, scale: float, height: float) -> list[Markup]:
    x = _LABELS + threshold * scale
    words = f"quality gate {threshold:g}"
    half = text_width(words) / 2
    return [
        line(x, _TOP - 8, x, height - 28, "gate"),
        text(min(x, _WIDTH - half), _TOP - 14, words, "gate-label", "middle"),
    ]


def scatter(model: Model, class_: str) -> Markup:
    """Predicted against actual for every test row; on the diagonal the model is right."""
    if not model.predictions:
        return Markup("")
    values = [value for pair in model.predictions for value in pair]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or 1.0
    low, high = low - margin, high + margin
    left, top, size = 52.0, 10.0, _SCATTER - 62.0
    scale = size / (high - low)

    def place(actual: float, predicted: float) -> tuple[float, float]:
        return left + (actual - low) * scale, top + size - (predicted - low) * scale

    parts: list[Markup] = []
    for tick in [tick for tick in ticks(high, 8) if low <= tick <= high]:
        x, y = place(tick, tick)
        parts += [
            line(x, top, x, top + size, "grid"),
            line(left, y, left + size, y, "grid"),
            text(x, top + size + 17, f"{tick:g}", "tick", "middle"),
            text(left - 7, y + 4, f"{tick:g}", "tick", "end"),
        ]
    parts.append(line(*place(low, low), *place(high, high), "diagonal"))
    parts += [
        dot(*place(actual, predicted), 3.2, class_, f"actual {actual:g}, predicted {predicted:g}")
        for actual, predicted in model.predictions
    ]
    parts.append(text(left + size, top + size + 36, "actual", "axis", "end"))
    turned = element("text", "predicted", x=-top, y=11, class_="axis", text_anchor="end", transform="rotate(-90)")
    return picture(
        _SCATTER,
        _SCATTER,
        f"Predicted against actual, {_name(model)}",
        f"{len(model.predictions)} test rows; the diagonal is where a prediction is right.",
        [*parts, turned],
    )


def answers_chart(deployment: Deployment) -> Markup:
    """Some rows of the test data, one line each: the truth, and what every endpoint answered."""
    endpoints = [endpoint for endpoint in deployment.endpoints if endpoint.predictions]
    if not endpoints:
        return Markup("")
    rows = list(zip(*(endpoint.predictions[:_ANSWERS] for endpoint in endpoints), strict=True))
    values = [value for row in rows for one in row for value in (one.actual, one.predicted)]
    low, high = min(values), max(values)
    margin = (high - low) * 0.05 or 1.0
    low, high = low - margin, high + margin
    scale = (_WIDTH - _LABELS - 30) / (high - low)
    height = _TOP + len(rows) * _ANSWER + 28

    def x(value: float) -> float:
        return _LABELS + (value - low) * scale

    parts = _key([("truth", "truth"), *((one.environment, f"answer-{n}") for n, one in enumerate(endpoints, 1))])
    for tick in [tick for tick in ticks(high, 12) if tick >= low]:
        parts += [
            line(x(tick), _TOP - 4, x(tick), height - 28, "grid"),
            text(x(tick), height - 10, f"{tick:g}", "tick", "middle"),
        ]
    for index, row in enumerate(rows):
        y = _TOP + (index + 0.5) * _ANSWER
        truth, label = row[0].actual, _words(row[0].features)
        parts += [
            text(_LABELS - 12, y + 4, label, "label", "end"),
            line(x(truth), y, x(row[-1].predicted), y, "miss"),
            dot(x(truth), y, 4.5, "truth", f"{label}: truth {truth:g}"),
        ]
        for number, (endpoint, one) in enumerate(zip(endpoints, row, strict=True), 1):
            tip = f"{label}: {endpoint.environment} answers {one.predicted:,.1f}, truth {truth:g}"
            parts.append(dot(x(one.predicted), y, 7.0 - 3 * (number - 1), f"answer-{number}", tip))
    names = " and ".join(endpoint.name for endpoint in endpoints)
    words = "; ".join(
        f"{_words(row[0].features)}: truth {row[0].actual:g}, answer {row[-1].predicted:.0f}" for row in rows
    )
    return picture(_WIDTH, height, f"Answers of {names} against the truth", words, parts)


def _key(names: list[tuple[str, str]]) -> list[Markup]:
    """What the dots mean, above the picture."""
    parts: list[Markup] = []
    at = _LABELS
    for words, class_ in names:
        parts += [dot(at + 6, 10, 5, class_), text(at + 16, 14, words, "label")]
        at += 34 + text_width(words)
    return parts


def _words(features: dict[str, str]) -> str:
    """What a row is about: its values that are no numbers, or the first number."""
    words = [value for value in features.values() if value and not value.replace(".", "", 1).lstrip("-").isdigit()]
    return ", ".join(words) or next(iter(features.values()), "")


def _name(model: Model) -> str:
    return f"Version {model.version}" + (f", {model.estimator}" if model.estimator else "")
