"""``python -m localcloud.shell``: whether a shell that was given a local cloud's settings still has a local cloud.

`make deploy` and others ask first; 1, with what to do, when it has none.
"""

import json
import os
import shlex
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

_COMPARED = ("AWS_ENDPOINT_URL", "CONNECTION_ARN")
"""They differ from one local cloud to the next; credentials a person may have changed on purpose."""


def trouble(environment: Mapping[str, str]) -> str | None:
    """Why the shell's settings lead nowhere, and what to do; None when the local cloud that gave them answers.

    Args:
        environment: the shell's; ``DEPLOY_STATE`` lies in the folder of the local cloud.

    """
    directory = Path(environment["DEPLOY_STATE"]).parent
    settings = directory / "settings.json"
    env = shown(directory / "env")
    if not settings.exists() or not healthy(directory):
        return (
            f"This shell has the settings of a local cloud in {directory} that has ended; what it held is "
            f"gone with it. Start another one and take over its settings: make up, then: source {env}. For AWS, "
            "open another shell."
        )
    handed = json.loads(settings.read_text(encoding="utf-8"))["environment"]
    if any(environment.get(name) != handed[name] for name in _COMPARED):
        return (
            f"The settings of this shell are not those of the local cloud that runs in {directory}: it was "
            f"started anew since, or some of them were changed. Take them over again: source {env}. For AWS, open "
            "another shell."
        )
    return None


def healthy(directory: Path) -> bool:
    """Whether the local cloud of a folder answers."""
    settings = directory / "settings.json"
    if not settings.exists():
        return False
    endpoint = json.loads(settings.read_text(encoding="utf-8"))["endpoint"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{endpoint}/_localcloud/health", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (urllib.error.URLError, TimeoutError, ValueError):
        return False


def shown(path: Path) -> str:
    """A path as a person in the present folder would type it."""
    try:
        return shlex.quote(str(path.relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(path))


def main() -> int:
    """The command: nothing to say in a shell without such settings."""
    if "DEPLOY_STATE" in os.environ and (found := trouble(os.environ)):
        print(f"error: {found}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
