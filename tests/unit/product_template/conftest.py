"""The first product's template."""

from typing import Any

import pytest
import yaml

from tests.unit.product_template.commands import TEMPLATE


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return loaded
