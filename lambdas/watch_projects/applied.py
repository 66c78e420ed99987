"""The record of a project's last successful apply: what a plan needs to look at the same project again.

The runner writes it as lines ``key=value``; values hold no line breaks.
"""

import base64
import binascii
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Parameters = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{1,64}=[A-Za-z0-9+/]*={0,2}( [A-Za-z]{1,64}=[A-Za-z0-9+/]*={0,2})*$")
]


class Applied(BaseModel):
    """``projects/<id>/applied``."""

    model_config = ConfigDict(frozen=True)

    release: str
    product: str
    runner_sha256: Sha256
    settings_sha256: Sha256
    parameters: _Parameters
    """As CodeBuild gets them: ``Name=<base64>``, with spaces between."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a record.

        Raises:
            ValidationError: a line is missing or is not what it should be.

        """
        return cls.model_validate(dict(line.split("=", 1) for line in text.splitlines() if "=" in line))

    def parameter(self, name: str) -> str | None:
        """A parameter of the form in plain text; None if it is not there or cannot be read."""
        given = dict(item.split("=", 1) for item in self.parameters.split(" "))
        if name not in given:
            return None
        try:
            return base64.b64decode(given[name], validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None
