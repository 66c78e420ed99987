"""One fact of what production gets, for the pipeline's approval; a dash when nothing is to be deployed.

python -m deploy.show version | commit | approver | note
"""

import json
import sys
from pathlib import Path

# Here, because three commands of a build show facts: nothing else needs to be loaded for them.
FILE = Path(__file__).resolve().parent.parent / "build" / "deployment.json"


def fact(name: str) -> str:
    """The fact as text."""
    if not FILE.exists():
        return "-"
    facts = json.loads(FILE.read_text(encoding="utf-8"))
    return str(facts["note"] if name == "note" else facts["environments"]["prod"]["package"][name])


if __name__ == "__main__":
    print(fact(sys.argv[1]))
