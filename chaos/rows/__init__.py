"""The rows of the table, by operation."""

from chaos.row import Row
from chaos.rows.create import CREATE
from chaos.rows.delete import DELETE
from chaos.rows.update import UPDATE

ROWS: tuple[Row, ...] = (*CREATE, *UPDATE, *DELETE)

__all__ = ["CREATE", "DELETE", "ROWS", "UPDATE"]
