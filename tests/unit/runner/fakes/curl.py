"""Stands in for curl: downloads come from a folder."""

import os
import shutil
import sys
from pathlib import Path

root = Path(os.environ["FAKE_ROOT"])
url = sys.argv[-1]
if "/latest/" in url:
    # The metadata service of an instance, if this machine is one.
    identity = root / "instance-id"
    if not identity.exists():
        sys.exit(28)
    sys.stdout.write("a token" if url.endswith("/token") else identity.read_text(encoding="utf-8"))
    sys.exit(0)
with (root / "curl.calls").open("a", encoding="utf-8") as calls:
    calls.write(url + "\n")
stored = root / "web" / url.rsplit("/", 1)[1]
if not stored.exists():
    sys.exit(f"curl: (22) The requested URL returned error: 404 for {url}")
shutil.copyfile(stored, sys.argv[sys.argv.index("--output") + 1])
