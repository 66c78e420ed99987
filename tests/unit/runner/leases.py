"""A lease that another run holds, and the lock that its Terraform has."""

import json

DEAD = "i-0123456789abcdef0"
BUILD = "ml-projects-teardown:11111111-2222-3333-4444-555555555555"
LEASE = {
    "Holder": f"ec2/{DEAD}",
    "Host": "ip-10-0-0-9",
    "Action": "apply",
    "Started": "2026-11-20T10:00:00Z",
    "Stream": "p-abc123/apply/20261120T095955Z",
    "Nonce": "of the other",
}
LOCK_ID = "99999999-8888-7777-6666-555555555555"


def terraform_lock(who: str, created: str = "2026-11-20T10:00:30.123456789Z") -> str:
    return json.dumps(
        {"ID": LOCK_ID, "Operation": "OperationTypeApply", "Info": "", "Who": who, "Created": created},
        separators=(",", ":"),
    )
