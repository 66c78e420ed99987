"""Faults while a project is deleted."""

from chaos.row import Row
from chaos.rows.additions import DELETIONS
from chaos.rows.delete.asking import ASKING
from chaos.rows.delete.deaths import DEATHS
from chaos.rows.delete.services import SERVICES
from chaos.rows.trained import TRAINED

DELETE: tuple[Row, ...] = (*ASKING, *DEATHS, *SERVICES, *DELETIONS, *TRAINED)

__all__ = ["DELETE"]
