"""One copy of each of AWS's service models per process.

The local cloud's recognition, moto's serialisers and every session of its own clients read the same files; without
sharing, each keeps its own copy (EC2's and SageMaker's are tens of megabytes once parsed), about 100 MB together.
"""

from pathlib import Path
from threading import Lock
from typing import Any

from botocore.loaders import JSONFileLoader

_lock = Lock()
_files: dict[str, Any] = {}
_read = JSONFileLoader.load_file


def share() -> None:
    """Let all loaders of this process share what they read; calling it again changes nothing.

    S3's is not shared: botocore's clients cut ``/{Bucket}`` out of its paths, which moto's router needs.
    Loaders merge ``sdk-extras`` into what they get: merging the same extras again gives the same model.
    """
    JSONFileLoader.load_file = _load_file


def _load_file(self: JSONFileLoader, file_path: str) -> Any:
    if "s3" in Path(file_path).parts:
        return _read(self, file_path)
    with _lock:
        if file_path not in _files:
            _files[file_path] = _read(self, file_path)
        return _files[file_path]
