"""Checks that a release folder is what its ``release.json`` says."""

import json
from pathlib import Path

from release.archives import sha256
from release.build import SCHEMA


def problems(folder: Path) -> list[str]:
    """Everything that is wrong with a release folder; nothing if it is whole."""
    try:
        release = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [f"release.json cannot be read: {error}"]
    if not isinstance(release, dict) or release.get("schema") != SCHEMA:
        return [f"release.json is not of schema {SCHEMA}"]
    found = []
    for name, described in release["objects"].items():
        path = folder / described["file"]
        if not path.is_file():
            found.append(f"{name}: {described['file']} is missing")
            continue
        digest = sha256(path.read_bytes())
        if digest != described["sha256"]:
            found.append(f"{name}: {described['file']} has the SHA-256 {digest}, not {described['sha256']}")
        if described["key"] != f"objects/{described['sha256']}/{described['file']}":
            found.append(f"{name}: the key {described['key']} does not name its content")
    for kind in ("lambdas", "seeds", "products"):
        found.extend(
            f"{kind}.{name}: there is no object {part['object']}"
            for name, part in release.get(kind, {}).items()  # releases made before forms were in them have none
            if part["object"] not in release["objects"]
        )
    found.extend(
        f"products.{name}: there is no object {part['setup']}"
        for name, part in release.get("products", {}).items()
        if part.get("setup", part["object"]) not in release["objects"]
    )
    return found
