"""Stands in for Terraform: says what the scenario wants it to say, and writes down how it was called."""

import json
import os
import sys
import time
from pathlib import Path

root = Path(os.environ["FAKE_ROOT"])
scenario = json.loads((root / "scenario.json").read_text(encoding="utf-8"))
command = sys.argv[1]
state = root / "state"

if command == "version":
    sys.stdout.write(f"Terraform v{scenario.get('version', '1.11.4')}\non linux_amd64\n")
    sys.exit(0)

with (root / "terraform.calls").open("a", encoding="utf-8") as calls:
    files = {path.name: path.read_text(encoding="utf-8") for path in Path().glob("*.auto.tfvars.json")}
    calls.write(
        json.dumps({"arguments": sys.argv[1:], "tfvars": files, "config": os.environ.get("TF_CLI_CONFIG_FILE")})
        + "\n"
    )

if os.environ.get("FAKE_TERRAFORM_REFUSES") in (command, " ".join(sys.argv[1:3])):
    sys.exit("Error: refused by the test")

if sys.argv[1:3] == ["state", "list"]:
    sys.stdout.write("".join(f"{address}\n" for address in scenario.get("addresses", [])))
elif sys.argv[1:3] == ["state", "rm"]:
    sys.stdout.write("Removed\n")
elif command == "state":
    sys.stdout.write(state.read_text(encoding="utf-8") if state.exists() else "")
elif command == "import":
    scenario["addresses"] = [*scenario.get("addresses", []), sys.argv[-2]]
    (root / "scenario.json").write_text(json.dumps(scenario), encoding="utf-8")
    state.write_text('{"resources": [{"mode": "managed"}]}', encoding="utf-8")
elif command == "force-unlock":
    locks = json.loads((root / "locks.json").read_text(encoding="utf-8"))
    kept = {key: item for key, item in locks.items() if sys.argv[-1] not in item.get("Info", {}).get("S", "")}
    (root / "locks.json").write_text(json.dumps(kept), encoding="utf-8")
elif sys.argv[1:3] == ["output", "-no-color"] and sys.argv[-1] == "deploy":
    if "deploy_repository" not in scenario:
        sys.exit('Error: Output "deploy" not found')
    sys.stdout.write(json.dumps({"commit_sha": "c0ffee", "repository_url": scenario["deploy_repository"]}))
elif command == "output":
    sys.stdout.write(scenario.get("commit_sha", ""))
else:
    said = scenario.get(command, {})
    if command == "apply":
        sys.stdout.write("aws_s3_bucket.artifacts: Creating...\n" if said.get("creates", True) else "")
    sys.stdout.write(said.get("says", f"{command} done\n"))
    sys.stdout.flush()
    table = root / "locks.json"
    items = json.loads(table.read_text(encoding="utf-8")) if table.exists() else {}
    if "locks" in said:  # and dies with its lock
        key = next(key for key in items if key.endswith("/owner")).removesuffix("owner") + "terraform.tfstate"
        created = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime())
        info = {
            "ID": "12345678-0000-0000-0000-000000000000",
            "Who": f"root@{os.uname().nodename}",
            "Created": created,
        }
        items[key] = {"LockID": {"S": key}, "Info": {"S": json.dumps(info, separators=(",", ":"))}}
        table.write_text(json.dumps(items), encoding="utf-8")
    for name, values in {
        "run": said.get("lease"),
        "owner": {"Stack": said["owner"]} if "owner" in said else None,
    }.items():
        if values:  # somebody else writes into the table meanwhile
            key = next(key for key in items if key.endswith(f"/{name}"))
            items[key] = {name: {"S": value} for name, value in {"LockID": key, **values}.items()}
            table.write_text(json.dumps(items), encoding="utf-8")
    if "errored" in said:  # the state that could not be written
        Path("errored.tfstate").write_text(said["errored"], encoding="utf-8")
    time.sleep(said.get("seconds", 0))
    sys.exit(said.get("status", 2 if command == "plan" else 0))
