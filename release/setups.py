"""The Terraform that a product brings itself, in ``products/<key>/terraform/``; runs apply it to its projects.

Modules that lie elsewhere in the checkout are linked into the folder (``modules/x -> ../../…/x``), so that
Terraform finds them there. The archive has their files in the links' places: on the runner there is no checkout.
"""

from pathlib import Path

from release.archives import Entry, entries_of

FOLDER = "terraform"
LOCK = ".terraform.lock.hcl"
_WITHOUT = ("tests", "examples", "*.md", "*.tfvars*")


class SetupError(Exception):
    """A product's Terraform cannot be released; the message says why."""


def entries_of_setup(root: Path, folder: Path) -> list[Entry]:
    """What the archive of a product's Terraform holds.

    Args:
        root: the checkout; no link may lead out of it.
        folder: the product's ``terraform/``.

    Returns:
        The entries, sorted by name. Without a lock file of its own it has package 2's: the same provider.

    Raises:
        SetupError: it has no backend for its state, or a link leads nowhere, out of the checkout, or in a circle.

    """
    sources = sorted(folder.glob("*.tf"))
    if not any('backend "s3"' in source.read_text(encoding="utf-8") for source in sources):
        raise SetupError(
            f'{folder} has no *.tf with terraform {{ backend "s3" {{}} }}: a project\'s state could not be kept.'
        )
    entries = [entry for entry in _followed(root.resolve(), folder, "") if entry.name != LOCK]
    lock = folder / LOCK
    if not lock.exists():
        lock = root / "sagemaker-project-setup" / LOCK
    entries.append(Entry(LOCK, 0o100644, lock.read_bytes()))
    return sorted(entries, key=lambda entry: entry.name)


def _followed(root: Path, folder: Path, under: str) -> list[Entry]:
    entries = []
    for entry in entries_of(folder, under=under, without=_WITHOUT):
        place = folder / entry.name.removeprefix(under)
        if not place.is_symlink():
            entries.append(entry)
            continue
        target = place.resolve()
        if not target.is_relative_to(root) or not target.exists() or folder.resolve().is_relative_to(target):
            raise SetupError(
                f"{place} links to {place.readlink()}, which is not in this checkout, or holds the link itself."
            )
        if target.is_dir():
            entries += _followed(root, target, f"{entry.name}/")
        else:
            entries.append(Entry(entry.name, 0o100644, target.read_bytes()))
    return entries
