"""What the training data looks like, in the file format of SageMaker Model Monitor.

Registered with the model as its drift baseline. The format is described in the SageMaker developer guide under
"Schema for Statistics" and "Schema for Constraints".
"""

from typing import Any

import pandas as pd

from features import NUMERIC


def statistics(frame: pd.DataFrame) -> dict[str, Any]:
    """Summarise each column: counts, and moments of numbers or frequencies of categories."""
    return {
        "version": 0.0,
        "dataset": {"item_count": len(frame)},
        "features": [_numeric(frame[c]) if c in NUMERIC else _categorical(frame[c]) for c in frame.columns],
    }


def constraints(frame: pd.DataFrame) -> dict[str, Any]:
    """State what live data has to satisfy: type, share of values present, sign of numbers, known categories."""
    features = []
    for column in frame.columns:
        values = frame[column].dropna()
        feature: dict[str, Any] = {
            "name": column,
            "inferred_type": "Fractional" if column in NUMERIC else "String",
            "completeness": round(len(values) / len(frame), 4),
        }
        if column in NUMERIC:
            feature["num_constraints"] = {"is_non_negative": bool((values >= 0).all())}
        else:
            feature["string_constraints"] = {"domains": sorted(values.unique())}
        features.append(feature)
    return {"version": 0.0, "features": features}


def _common(values: pd.Series) -> dict[str, int]:
    return {"num_present": int(values.notna().sum()), "num_missing": int(values.isna().sum())}


def _numeric(values: pd.Series) -> dict[str, Any]:
    return {
        "name": values.name,
        "inferred_type": "Fractional",
        "numerical_statistics": {
            "common": _common(values),
            "mean": round(float(values.mean()), 6),
            "sum": round(float(values.sum()), 6),
            "std_dev": round(float(values.std(ddof=0)), 6),
            "min": float(values.min()),
            "max": float(values.max()),
        },
    }


def _categorical(values: pd.Series) -> dict[str, Any]:
    counts = values.value_counts().sort_index()
    return {
        "name": values.name,
        "inferred_type": "String",
        "string_statistics": {
            "common": _common(values),
            "distinct_count": float(len(counts)),
            "distribution": {
                "categorical": {"buckets": [{"value": str(k), "count": int(v)} for k, v in counts.items()]},
            },
        },
    }
