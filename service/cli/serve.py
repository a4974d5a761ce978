"""`tilegate serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.options import data_option, load_settings
from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.supervision.supervisor import serve as serve_until_cancelled

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--host", help="Address to listen on (TILEGATE_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 for a free one (TILEGATE_PORT).")
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes (TILEGATE_WORKERS).")
@data_option
def serve(host: str | None, port: int | None, workers: int | None, data_dir: Path | None) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    It brings its tables up to date and, where no Redis is given, runs a Valkey of its own in the data folder.
    SIGHUP replaces the worker processes one after the other.
    """
    settings = load_settings(host=host, port=port, workers=workers, data_dir=data_dir)
    configure_logging(settings.log_level, settings.log_format)
    run_until_signalled(serve_until_cancelled(settings), debug=settings.debug_asyncio)
