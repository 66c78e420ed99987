"""Where Terraform finds the AWS provider: a mirror on this machine, else the registry.

Looked for, in this order: the folder named by ``TF_PROVIDER_MIRROR``; Terraform's own implied mirror folders;
``/opt/*/registry.terraform.io``, where images usually put one. Without any, the registry serves it and the
checkout keeps a cache.
"""

from collections.abc import Iterator
from pathlib import Path

_PROVIDER = Path("registry.terraform.io/hashicorp/aws")


def find_mirror(home: Path, environment: dict[str, str]) -> Path | None:
    """The first folder that holds the AWS provider in a mirror's layout, or None."""
    for folder in _candidates(home, environment):
        if (folder / _PROVIDER).is_dir():
            return folder
    return None


def write_cli_configuration(tools: Path, mirror: Path | None) -> Path:
    """Write Terraform's CLI configuration for this checkout and return its path.

    The person's own ``~/.terraformrc`` is not read: what runs is the same on every machine.
    """
    tools.mkdir(parents=True, exist_ok=True)
    cache = tools / "terraform-providers"
    cache.mkdir(exist_ok=True)
    lines = ["disable_checkpoint = true"]
    if mirror is None:
        lines.append(f'plugin_cache_dir = "{cache.absolute()}"')
    else:
        lines += [
            "provider_installation {",
            f'  filesystem_mirror {{ path = "{mirror.absolute()}" }}',
            "}",
        ]
    path = tools / "terraform.rc"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path.absolute()


def _candidates(home: Path, environment: dict[str, str]) -> Iterator[Path]:
    if explicit := environment.get("TF_PROVIDER_MIRROR"):
        yield Path(explicit)
    yield home / ".terraform.d" / "plugins"
    yield Path(environment.get("XDG_DATA_HOME", home / ".local" / "share")) / "terraform" / "plugins"
    yield Path("/usr/local/share/terraform/plugins")
    yield Path("/usr/share/terraform/plugins")
    for found in sorted(Path("/opt").glob("*/registry.terraform.io")):
        yield found.parent
