"""Faults while a project is created."""

from chaos.row import Row
from chaos.rows.create.deaths import DEATHS
from chaos.rows.create.seeding import SEEDING
from chaos.rows.create.services import SERVICES

CREATE: tuple[Row, ...] = (*DEATHS, *SERVICES, *SEEDING)

__all__ = ["CREATE"]
