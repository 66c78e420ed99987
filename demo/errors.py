"""Why a demo ends early."""


class DemoError(Exception):
    """The journey cannot go on.

    Attributes:
        log: the end of the log that explains the message.

    """

    def __init__(self, message: str, log: list[str] | None = None) -> None:
        super().__init__(message)
        self.log = log or []
