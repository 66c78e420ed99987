"""The template that the data scientist chooses."""

from typing import Any

import pytest

from demo import project
from demo.errors import DemoError
from tests.unit.demo.account import Service, scene

BUILD = {"ProductId": "prod-1", "Name": "Model build with GitHub and Terraform"}
DEPLOY = {"ProductId": "prod-2", "Name": project.PRODUCT}


def chosen(*products: dict[str, str]) -> dict[str, Any]:
    found = scene(servicecatalog=Service(search_products={"ProductViewSummaries": list(products)}))
    return project._product(found)


def test_it_is_the_product_that_also_deploys() -> None:
    assert chosen(BUILD, DEPLOY) == DEPLOY


@pytest.mark.parametrize(("products", "words"), [([BUILD], BUILD["Name"]), ([], "but none")])
def test_a_missing_product_is_named_with_those_that_are_offered(
    products: list[dict[str, str]], words: str
) -> None:
    with pytest.raises(DemoError, match=words):
        chosen(*products)
