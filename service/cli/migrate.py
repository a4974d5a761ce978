"""`tilegate migrate`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from service.cli.options import data_option, load_settings
from service.database.engine import migrate as migrate_tables
from service.database.engine import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from service.settings import Settings


@click.command()
@data_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database's tables up to date, and end.

    `tilegate serve` does so by itself. Where many start together, a job of its own says first whether it can be done.
    """
    asyncio.run(_migrate(load_settings(data_dir=data_dir)))
    click.echo("The tables are up to date.")


async def _migrate(settings: Settings) -> None:
    if settings.database_url is None:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_engine(settings.sql_url) as engine:
        await migrate_tables(engine)
