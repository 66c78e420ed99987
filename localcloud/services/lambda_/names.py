"""The names of a function: plain, partial ARN or ARN, each with or without a qualifier; and moto's errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from moto.core.exceptions import JsonRESTError

from localcloud.responses import ServiceError

#: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: FunctionName
_NAME = re.compile(
    r"(?:(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?function:)?(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?"
)


def parse(text: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """Function name and qualifier; raises ServiceError for what is no function's name."""
    match = _NAME.fullmatch(unquote(text))
    if match is None:
        message = f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint"
        raise ServiceError("ValidationException", message)
    return match["name"], qualifier or match["qualifier"]


def as_service_error(error: JsonRESTError) -> ServiceError:
    """One of moto's errors as the gateway writes it."""
    return ServiceError(error.error_type, error.message)


@contextmanager
def moto_errors() -> Iterator[None]:
    """Turn the errors that moto raises into answers."""
    try:
        yield
    except JsonRESTError as error:
        raise as_service_error(error) from error
