"""Working on a request once: powertools' idempotency, with its records in DynamoDB.

The commit is the same whoever makes it (ADR 31), so nothing here keeps a repository from damage. It keeps two
invocations from working on one request at a time, and gives whoever lost an answer the same one again.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.parser import parse

from seed_repository.errors import RecordUnavailable, RequestInProgress
from seed_repository.events import SeedResult
from seed_repository.retry import Patience

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    DynamoDBClient = Any

_WAIT_SECONDS = 2.0


def once(
    event: dict[str, Any],
    context: "LambdaContext",
    work: Callable[[], SeedResult],
    *,
    client: "DynamoDBClient",
    table: str,
    remember_seconds: int,
    patience: Patience,
) -> SeedResult:
    """The result of ``work``, or of the same event's work that was done or begun before.

    While another invocation works on the same event, its result is waited for.

    Args:
        event: tells requests apart.
        context: tells which function this is, and when it will be cut off.
        work: what to do.
        client: for DynamoDB.
        table: with the keys ``function`` and ``request``, and times to live in ``expiration``.
        remember_seconds: how long a result is the answer to the same event.
        patience: how long another invocation is waited for.

    Raises:
        RequestInProgress: if the other invocation does not end while there is time.
        RecordUnavailable: if the table cannot be used.
        SeedRepositoryError: whatever ``work`` raises; such a request is worked on again.

    """
    # The function's name is the partition, which is all that its role may touch (dynamodb:LeadingKeys).
    records = DynamoDBPersistenceLayer(
        table_name=table,
        key_attr="function",
        static_pk_value=context.function_name,
        sort_key_attr="request",
        boto3_client=client,
    )
    config = IdempotencyConfig(expires_after_seconds=remember_seconds, hash_function="sha256")

    @idempotent(persistence_store=records, config=config, key_prefix="seed")
    def run(_event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
        return work().model_dump(mode="json")

    while True:
        try:
            return parse(event=run(event, context), model=SeedResult)
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            if patience.deadline.remaining() <= _WAIT_SECONDS:
                raise RequestInProgress(
                    "Another invocation works on the same request and has not ended yet: try again later."
                ) from None
        except IdempotencyPersistenceLayerError as error:
            raise RecordUnavailable(
                f"The table {table}, which remembers requests, cannot be used. The function's role needs "
                "dynamodb:GetItem, PutItem, UpdateItem and DeleteItem on the items of its own name, and in a VPC "
                f"without internet the function needs an endpoint for DynamoDB. ({error})"
            ) from error
        patience.sleep(_WAIT_SECONDS)
