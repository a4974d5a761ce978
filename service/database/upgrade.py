"""Bringing tables up to date with alembic, which only those processes import that have something to bring up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Connection


def migrations_config(connection: Connection) -> Config:
    """Return alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run all migrations that an open connection's database has not seen."""
    command.upgrade(migrations_config(connection), "head")
