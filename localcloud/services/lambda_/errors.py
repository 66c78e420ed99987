"""Lambda's errors, worded as the service words them."""

from localcloud.responses import ServiceError

#: Lambda's quotas for payloads, in bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MAXIMUM_REQUEST = 6 * 1024 * 1024
MAXIMUM_EVENT = 1024 * 1024
MAXIMUM_RESPONSE = 6_291_556


def unsupported_runtime(runtime: str) -> ServiceError:
    """What this machine cannot run."""
    return ServiceError(
        "InvalidParameterValueException",
        f"The local cloud runs Python functions only, not {runtime or 'container images'}: "
        "use a python3.x runtime with a zip archive, or deploy this function to AWS.",
    )


def role_not_assumable() -> ServiceError:
    """The execution role does not exist, or does not trust Lambda."""
    return ServiceError(
        "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
    )


def request_too_large(limit: int) -> ServiceError:
    """The event is larger than the kind of invocation takes."""
    return ServiceError(
        "RequestTooLargeException", f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
    )


def not_json(reason: str) -> ServiceError:
    """The event is no JSON."""
    return ServiceError(
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {reason}",
    )


def throttled() -> ServiceError:
    """The function's reserved concurrency is used up."""
    error = ServiceError("TooManyRequestsException", "Rate Exceeded.")
    error.Reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    return error
