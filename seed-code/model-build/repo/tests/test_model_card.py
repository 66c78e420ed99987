"""The numbers in the model card are those that the code gives."""

import json

from support import ROOT


def test_the_first_table_is_what_the_steps_measure(run):
    report = json.loads(run.evaluation.read_text())
    card = (ROOT / "docs" / "model_card.md").read_text()

    for metrics, digits in ((report["regression_metrics"], 3), (report["best_constant_predictor"], 1)):
        for name in ("rmse", "mae"):
            value, deviation = metrics[name]["value"], metrics[name]["standard_deviation"]
            assert f"{value:.1f} ± {deviation:.1f} g" in card
        assert f"{metrics['r2']['value']:.{digits}f}" in card
