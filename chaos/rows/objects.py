"""The objects and items that rows are about, by the parameters of the calls that write them."""

STATE = {"Key": "projects/*/terraform.tfstate"}
RECORD = {"Key": "projects/*/runs/*"}
LEASE = {"Item": "*/run'*"}
LOCK = {"Item": "*/terraform.tfstate'*"}
STATE_REFUSED = r"state could not be written; it is kept as projects/p-\w+/errored\.tfstate"
"""Nothing is lost of a state that cannot be written, and the person reads where it is kept."""
