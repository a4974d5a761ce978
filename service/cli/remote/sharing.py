"""`tilegate share`: of a raster on this machine in one go, and the operations on links."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from service.cli.remote.description import operations
from service.cli.remote.tree import OperationGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

RASTER = "raster"
HELP = frozenset({"-h", "--help"})


class ShareGroup(OperationGroup):
    """The operations on links; all that is none of them is a raster: `tilegate share scene.tif`.

    A raster that is called like a group goes as `./link`, or as `tilegate share raster link`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what follows as a raster's path and options, where it is no command."""
        if args and args[0] not in HELP and args[0] not in self.list_commands(ctx):
            args = [RASTER, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> Sequence[str]:  # type: ignore[override]
        """Return the words that may follow."""
        return [RASTER, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None."""
        if cmd_name == RASTER:
            command: click.Command = importlib.import_module("service.cli.share").share
            return command
        return super().get_command(ctx, cmd_name)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may follow: a command or a file."""
        found = super().shell_complete(ctx, incomplete)
        return found if incomplete.startswith("-") else [*found, CompletionItem(incomplete, type="file")]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, without importing what sharing a raster needs."""
        with formatter.section("Commands"):
            rows = [(RASTER, "Share a raster of this machine in one go: tilegate share scene.tif")]
            for name in super().list_commands(ctx):
                command = super().get_command(ctx, name)
                rows.append((name, command.get_short_help_str(100) if command else ""))
            formatter.write_dl(rows)


share = ShareGroup(("share",), operations())
