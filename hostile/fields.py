"""The fields of all forms, read from the templates that the release makes.

So a field that a product adds is in the campaign by itself, and what is prose the product says.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from hostile.case import Field
from hostile.strategies import accepted, first
from release.forms import PROSE, product_folders, template_of

# Right values that fit together: the address is the repository's, the cluster offered, the endpoint a project's.
SAMPLES = {
    "SageMakerProjectName": "Kite",
    "SageMakerProjectId": "p-abc123",
    "GitRepoName": "my-team/kite",
    "GitRepoURL": "https://github.com/my-team/kite",
    "DeployRepoName": "my-team/kite-to-production",
    "ClusterIdentifier": "reports",
    "EndpointNames": "ml-p-abc123-prod-realtime",
}


def templates(products: Path) -> dict[str, dict[str, Any]]:
    """The template of every product, as the release carries it."""
    return {folder.name: yaml.safe_load(template_of(folder)) for folder in product_folders(products)}


def fields(forms: dict[str, dict[str, Any]]) -> list[Field]:
    """Every field once: forms that declare one alike share it."""
    found: dict[str, tuple[str, dict[str, Any], bool, list[str]]] = {}
    for product, template in forms.items():
        prose = template.get("Metadata", {}).get(PROSE, ())
        for name, declaration in template["Parameters"].items():
            # Words for people may differ from form to form; what is checked makes the field.
            checked = {key: value for key, value in declaration.items() if key not in ("Description", "Default")}
            key = f"{name} {json.dumps(checked, sort_keys=True)} {name in prose}"
            found.setdefault(key, (name, declaration, name in prose, []))[3].append(product)
    return [
        Field(name, declaration, tuple(products), sample(name, declaration), prose)
        for name, declaration, prose, products in found.values()
    ]


def sample(name: str, declaration: dict[str, Any]) -> str:
    """A value that is right for a field; for one that this module does not know, a value that its form takes."""
    known = [SAMPLES[name]] if name in SAMPLES else []
    default = str(declaration.get("Default", ""))
    offered = [str(value) for value in declaration.get("AllowedValues", [])]
    for value in (*known, *([default] if default else []), *offered):
        if takes(declaration, value):
            return value
    return first(accepted(declaration))


def takes(declaration: Any, value: str) -> bool:
    """Whether CloudFormation would take a value, asked without the local cloud.

    The pattern has to match all of it (Java's ``matches``), and lengths count characters. Half of a surrogate pair
    is no character: no request carries it.
    """
    offered = declaration.get("AllowedValues")
    return not re.search("[\ud800-\udfff]", value) and (
        (offered is None or value in {str(one) for one in offered})
        and re.fullmatch(declaration.get("AllowedPattern", "(?s:.*)"), value) is not None
        and int(declaration.get("MinLength", 0)) <= len(value) <= int(declaration.get("MaxLength", 4_096))
    )


def well_formed(declaration: Any, value: str) -> bool:
    """Whether a value has the form's pattern and lengths, chosen from its list or not.

    What a list offers is the account's choice (``products.*.form`` of package 1); nothing behind it knows that.
    """
    unlisted = {key: value for key, value in declaration.items() if key != "AllowedValues"}
    return takes(unlisted if "AllowedPattern" in declaration else declaration, value)


def good(all_fields: Iterable[Field], product: str) -> dict[str, str]:
    """A whole form of a product, filled in with right values."""
    return {field.name: field.sample for field in all_fields if product in field.products}
