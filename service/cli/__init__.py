"""The command line: `tilegate …`. One module per verb, imported when it is called for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from service.cli.failures import OneLineGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = ("serve", "share", "demo", "bootstrap", "optimise", "settings")


class Verbs(OneLineGroup):
    """Imports a verb's module when it is called.

    The supervisor of `serve` runs for months and needs no GDAL and no numpy; and each verb starts the sooner.
    """

    def list_commands(self, ctx: click.Context) -> Sequence[str]:  # type: ignore[override]  # noqa: ARG002
        """Return the verbs, the most used first."""
        return VERBS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a verb's command, or None."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(f"service.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tilegate", message="tilegate %(version)s")
def main() -> None:
    """Share rasters behind password-protected, expiring, metered links.

    Try `tilegate demo` first. All settings are environment variables: `tilegate settings` lists them.
    """
