"""The package as it stands: its lock file, its README. Its own tests run in `make lint`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "sagemaker-project-setup"


def test_one_lock_file_serves_both_packages_on_every_platform():
    lock = (PACKAGE / ".terraform.lock.hcl").read_text(encoding="utf-8")

    assert lock == (ROOT / "service-catalog-setup" / ".terraform.lock.hcl").read_text(encoding="utf-8")
    assert lock.count('"zh:') >= 10, "hashes of the other platforms' archives"


def test_tables_of_the_readme_are_those_of_the_code():
    script = Path(__file__).with_name("readme_tables.py")

    done = subprocess.run(
        [sys.executable, str(script), "--check", str(PACKAGE)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
