"""Further releases, made from one that was built: a changed package 2, a changed runner, and a changed form."""

import json
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from release.archives import Entry, sha256, tar_archive
from release.verify import problems

FIRST, SECOND = "1.0.0", "2.0.0"
ADDITION = "second"
"""What the second release makes beside the first one's: a log group of this name."""
_PACKAGE_2, _RUNNER = "project-setup", "runner"
_GROUP = """
resource "aws_cloudwatch_log_group" "{name}" {{
  name              = "/aws/codebuild/${{local.prefix}}-{name}"
  retention_in_days = {days}
  kms_key_id        = var.platform.kms_key_arn
}}
"""
_LOOKED_FOR = '"build /aws/codebuild/$prefix-build"'


def derive(
    base: Path,
    out: Path,
    version: str,
    *,
    package_2: Callable[[dict[str, str]], None] = lambda _texts: None,
    runner: Callable[[dict[str, str]], None] = lambda _texts: None,
    form: Callable[[dict[str, Any]], None] = lambda _template: None,
) -> Path:
    """Make a release of another one.

    Args:
        base: folder of the release that it is made from.
        out: folder of the new one.
        version: the new one's.
        package_2: changes the texts of package 2's files, by name; it may take a file away.
        runner: likewise of the runner's.
        form: changes the product's template.

    Raises:
        ValueError: what came out is no release.

    """
    shutil.copytree(base, out)
    release = json.loads((out / "release.json").read_text())
    release["version"] = version
    for archive, change in ((_PACKAGE_2, package_2), (_RUNNER, runner)):
        entries = _entries(out / release["objects"][archive]["file"])
        texts = {name: entry.content.decode() for name, entry in entries.items()}
        change(texts)
        _replace(out, release, archive, tar_archive(_changed(entries, texts)))
    for product in release["products"].values():
        template = yaml.safe_load((out / release["objects"][product["object"]]["file"]).read_text())
        form(template)
        # JSON is YAML.
        _replace(out, release, product["object"], json.dumps(template).encode())
    (out / "release.json").write_text(json.dumps(release))
    if found := problems(out):
        raise ValueError("; ".join(found))
    return out


def log_group(name: str, *, days: int) -> str:
    """A log group of the project, as a text of package 2."""
    return _GROUP.format(name=name, days=days)


def with_an_addition(base: Path, out: Path) -> Path:
    """Make the second release: it has a log group more, and a runner that looks for it."""

    def one_more(texts: dict[str, str]) -> None:
        texts[f"{ADDITION}.tf"] = log_group(ADDITION, days=14)

    def one_more_to_look_for(texts: dict[str, str]) -> None:
        before = texts["adoption.sh"]
        more = _LOOKED_FOR.replace("build ", f"{ADDITION} ").replace("-build", f"-{ADDITION}")
        texts["adoption.sh"] = before.replace(_LOOKED_FOR, f"{_LOOKED_FOR} {more}")
        if texts["adoption.sh"] == before:
            raise ValueError(f"the runner does not look for {_LOOKED_FOR}")

    return derive(base, out, SECOND, package_2=one_more, runner=one_more_to_look_for)


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
