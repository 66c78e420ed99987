"""The form of a product: a whole template, or another product's with fields beside its own.

A product's folder holds ``template.yaml``, or ``additions.yaml``, which names what it ``extends``: another
product, or ``base``, the form that asks nothing. Two long copies would come to differ; so the template is
composed, once, when the release is built. A field that is added reaches the runner and the deletion exactly as the
others do, by one rule for all (:func:`compose`).
"""

import copy
import json
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]
SECTIONS = ("Parameters", "Rules", "Conditions", "Outputs")
ADDED = {"extends", "Description", "ParameterGroups", "ParameterLabels", "Prose", *SECTIONS}
PROSE = "SageMakerProjects::Prose"
"""In the template's metadata, for `make hostile`: fields that may hold any text (``Prose`` of additions.yaml)."""


class FormError(Exception):
    """A product's files do not make a template; the message says which and why."""


def product_folders(products: Path) -> list[Path]:
    """The folders in ``products/`` that hold a product, in the order of their names."""
    marks = ("template.yaml", "additions.yaml")
    return sorted({path.parent for mark in marks for path in products.glob(f"*/{mark}")})


def template_of(folder: Path) -> bytes:
    """The template of a product, as the release carries it.

    Raises:
        FormError: the additions do not fit what they extend.

    """
    whole, additions = folder / "template.yaml", folder / "additions.yaml"
    if whole.exists():
        return whole.read_bytes()
    added = yaml.safe_load(additions.read_text(encoding="utf-8"))
    extended = str(added.get("extends"))
    base = folder.parent / ("base.yaml" if extended == "base" else f"{extended}/template.yaml")
    if not base.exists():
        raise FormError(f"{additions} extends {extended!r}, of which there is no {base}.")
    composed = compose(yaml.safe_load(base.read_text(encoding="utf-8")), added)
    # JSON is YAML, and nothing of it depends on a library's style.
    return (json.dumps(composed, indent=2) + "\n").encode()


def compose(base: Template, added: Template) -> Template:
    """The base with further fields on its form.

    Raises:
        FormError: something is added that the base has already, or that no rule says how to add.

    """
    if unknown := set(added) - ADDED:
        raise FormError(f"additions.yaml may not hold {', '.join(sorted(unknown))}.")
    template = copy.deepcopy(base)
    template["Description"] = added["Description"]
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    _group(interface["ParameterGroups"], added.get("ParameterGroups", {}))
    _merge(interface["ParameterLabels"], added.get("ParameterLabels", {}), "ParameterLabels")
    for section in SECTIONS:
        if section in added:
            _merge(template.setdefault(section, {}), added[section], section)
    if prose := added.get("Prose"):
        if missing := set(prose) - set(template["Parameters"]):
            raise FormError(f"Prose names {', '.join(sorted(missing))}, of which the form has no field.")
        template["Metadata"][PROSE] = sorted({*template["Metadata"].get(PROSE, ()), *prose})
    for name in added.get("Parameters", {}):
        _hand_on(template["Resources"], name)
    interface["ParameterGroups"] = [group for group in interface["ParameterGroups"] if group["Parameters"]]
    return template


def _group(groups: list[dict[str, Any]], added: dict[str, list[str]]) -> None:
    by_label = {group["Label"]["default"]: group["Parameters"] for group in groups}
    for label, names in added.items():
        if label not in by_label:
            raise FormError(f"The form has no group {label!r}; it has {', '.join(map(repr, by_label))}.")
        by_label[label].extend(names)


def _merge(into: dict[str, Any], added: dict[str, Any], section: str) -> None:
    if twice := set(into) & set(added):
        raise FormError(f"{section} has {', '.join(sorted(twice))} already.")
    into.update(added)


def _hand_on(resources: Template, name: str) -> None:
    """The two ways by which what was typed leaves the form: always as base64, never as text."""
    value = {"Fn::Base64": {"Ref": name}}
    resources["Teardown"]["Properties"]["Parameters"][name] = value
    command = resources["Project"]["Properties"]["Command"]["Fn::Sub"]
    text, variables = command
    if name in variables:
        raise FormError(f"A field cannot be called {name}: the command of the base has a value of that name.")
    last = "Stack=${Stack}\n"
    if text.count(last) != 1:
        raise FormError("The command of the base does not end its parameters with Stack=${Stack}.")
    command[0] = text.replace(last, f"{name}=${{{name}}}\n{last}")
    variables[name] = value
