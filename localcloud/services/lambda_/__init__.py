"""Lambda: moto keeps the functions, and they really run, on AWS's own runtime client for Python.

API reference: https://docs.aws.amazon.com/lambda/latest/api/; runtime API:
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

from typing import TYPE_CHECKING

from localcloud.services.lambda_ import invocations, moto_hook

if TYPE_CHECKING:
    from localcloud.cloud import Cloud


def start(cloud: "Cloud") -> None:
    """Let moto's own callers of functions (SNS, SQS, S3, EventBridge, Logs) run them as well."""
    moto_hook.install(invocations.of(cloud))
