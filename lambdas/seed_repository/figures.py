"""What one request took, for the metrics."""

from dataclasses import dataclass


@dataclass
class Figures:
    """Counted while a request is worked on."""

    files: int = 0
    bytes: int = 0
    requests: int = 0
    retries: int = 0
