"""Requests that wait for the end of their build, and the guard that each is answered once.

Both are items of one table: ``wait#<request id>`` holds who is to be answered, powertools' idempotency the rest.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyPersistenceLayerError
from botocore.exceptions import BotoCoreError, ClientError

from teardown_project.answer import Addressee
from teardown_project.errors import RecordUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    DynamoDBClient = Any


class Requests:
    """The table of requests."""

    def __init__(
        self, client: "DynamoDBClient", table: str, remember_seconds: int, context: "LambdaContext"
    ) -> None:
        self._client = client
        self._table = table
        self._seconds = remember_seconds
        self._context = context

    def remember(self, to: Addressee, physical_id: str, project_id: str) -> None:
        """Keep who is to be answered when the build has ended; the same request twice is kept once.

        Raises:
            RecordUnavailable: the table cannot be written.

        """
        item = {
            "request": {"S": f"wait#{to.request_id}"},
            "stack_id": {"S": to.stack_id},
            "logical_id": {"S": to.logical_id},
            "url": {"S": to.url},
            "physical_id": {"S": physical_id},
            "project_id": {"S": project_id},
            "expiration": {"N": str(int(time.time()) + self._seconds)},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item)
        except (ClientError, BotoCoreError) as error:
            raise self._unavailable(error) from error

    def find(self, request_id: str) -> tuple[Addressee, str, str] | None:
        """Who is to be answered, the physical id and the project's id; None if nobody waits any more.

        Raises:
            RecordUnavailable: the table cannot be read.

        """
        try:
            item = self._client.get_item(
                TableName=self._table, Key={"request": {"S": f"wait#{request_id}"}}, ConsistentRead=True
            ).get("Item")
        except (ClientError, BotoCoreError) as error:
            raise self._unavailable(error) from error
        if item is None:
            return None
        to = Addressee(request_id, item["stack_id"]["S"], item["logical_id"]["S"], item["url"]["S"])
        return to, item["physical_id"]["S"], item["project_id"]["S"]

    def once(self, request_id: str, send: Callable[[], None]) -> None:
        """Call ``send`` unless it has succeeded before for the same request.

        Raises:
            IdempotencyAlreadyInProgressError: another invocation is sending; Lambda asks again a minute later.
            AnswerNotSent: as ``send`` raises it; the next attempt sends again.

        """
        layer = DynamoDBPersistenceLayer(table_name=self._table, key_attr="request", boto3_client=self._client)
        config = IdempotencyConfig(
            expires_after_seconds=self._seconds, hash_function="sha256", lambda_context=self._context
        )

        @idempotent_function(  # type: ignore[untyped-decorator] # powertools types it as Any
            data_keyword_argument="request_id", persistence_store=layer, config=config, key_prefix="answer"
        )
        def guarded(*, request_id: str) -> str:
            send()
            return request_id

        try:
            guarded(request_id=request_id)
        except IdempotencyPersistenceLayerError:
            # An answer too many does no harm, an answer too few holds a stack for an hour.
            send()

    def _unavailable(self, error: Exception) -> RecordUnavailable:
        return RecordUnavailable(
            f"The table {self._table}, which remembers requests, cannot be used ({error}). "
            "Apply package 1 again, then delete the project again."
        )
