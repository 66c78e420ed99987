"""Further releases, made from one that was built: a changed package 2, and a changed form."""

import json
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from release.archives import Entry, sha256, tar_archive
from release.verify import problems

_PACKAGE_2 = "project-setup"


def derive(
    base: Path,
    out: Path,
    version: str,
    *,
    package_2: Callable[[dict[str, str]], None],
    form: Callable[[dict[str, Any]], None] = lambda _template: None,
) -> Path:
    """Make a release of another one.

    Args:
        base: folder of the release that it is made from.
        out: folder of the new one.
        version: the new one's.
        package_2: changes the texts of package 2's files, by name; None takes a file away.
        form: changes the product's template.

    """
    shutil.copytree(base, out)
    release = json.loads((out / "release.json").read_text())
    release["version"] = version
    entries = _entries(out / release["objects"][_PACKAGE_2]["file"])
    texts = {name: entry.content.decode() for name, entry in entries.items()}
    package_2(texts)
    _replace(out, release, _PACKAGE_2, tar_archive(_changed(entries, texts)))
    for product in release["products"].values():
        template = yaml.safe_load((out / release["objects"][product["object"]]["file"]).read_text())
        form(template)
        # JSON is YAML.
        _replace(out, release, product["object"], json.dumps(template).encode())
    (out / "release.json").write_text(json.dumps(release))
    assert problems(out) == []
    return out


def _entries(archive: Path) -> dict[str, Entry]:
    with tarfile.open(archive) as bundle:
        files = {member.name: bundle.extractfile(member) for member in bundle.getmembers()}
        modes = {member.name: member.mode for member in bundle.getmembers()}
        return {name: Entry(name, 0o100000 | modes[name], file.read()) for name, file in files.items() if file}


def _changed(entries: Mapping[str, Entry], texts: Mapping[str, str]) -> list[Entry]:
    modes = {name: entry.mode for name, entry in entries.items()}
    return [Entry(name, modes.get(name, 0o100644), texts[name].encode()) for name in sorted(texts)]


def _replace(out: Path, release: dict[str, Any], name: str, content: bytes) -> None:
    described = release["objects"][name]
    digest = sha256(content)
    (out / described["file"]).write_bytes(content)
    described |= {"sha256": digest, "key": f"objects/{digest}/{described['file']}"}
