"""`tilegate serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from service.cli.options import data_option, load_settings
from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.supervision.supervisor import serve as serve_until_cancelled

if TYPE_CHECKING:
    from pathlib import Path


class WorkersType(click.IntRange):
    """A number, or `auto`."""

    name = "number|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or "auto". Fails with click.BadParameter."""
        return value if value == "auto" else super().convert(value, param, ctx)


@click.command()
@click.option("--host", help="Address to listen on (TILEGATE_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on, 0 for a free one (TILEGATE_PORT).")
@click.option("--workers", type=WorkersType(min=1), metavar="NUMBER|auto", help="Worker processes (TILEGATE_WORKERS).")
@data_option
def serve(host: str | None, port: int | None, workers: int | str | None, data_dir: Path | None) -> None:
    """Run the service until Ctrl-C or SIGTERM.

    It brings its tables up to date and, where no Redis is given, runs a Valkey of its own in the data folder.
    SIGHUP replaces the worker processes one after the other.
    """
    settings = load_settings(host=host, port=port, workers=workers, data_dir=data_dir)
    configure_logging(settings.log_level, settings.log_format)
    run_until_signalled(serve_until_cancelled(settings), debug=settings.debug_asyncio)
