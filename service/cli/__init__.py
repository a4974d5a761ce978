"""The command line: `tilegate …`. One module per verb, imported when it is called for.

What is not a verb asks a running service: a command for every operation, made from its description.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from service.cli.one_line import OneLineGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = {
    "serve": "Run the service.",
    "demo": "Try it: a running service with shared rasters.",
    "bootstrap": "Make the first organization, project, user and API key.",
    "optimise": "Write a raster anew so that its tiles are served fastest.",
    "backup": "Copy what must not be lost, while the service runs.",
    "migrate": "Bring the database's tables up to date, and end.",
    "settings": "List all settings.",
    "doctor": "Report what protects this installation, or how a raster would be served.",
}
CALLERS = {
    "login": "Save the address of a service and an API key.",
    "logout": "Forget them.",
    "whoami": "Show which service is asked, and as whom.",
    "seed": "Render a raster's tiles ahead, with a progress bar.",
}


class Verbs(OneLineGroup):
    """Imports a verb's module when it is called.

    The supervisor of `serve` runs for months and needs no GDAL and no numpy; and each verb starts the sooner.
    """

    def list_commands(self, ctx: click.Context) -> Sequence[str]:  # type: ignore[override]  # noqa: ARG002
        """Return the verbs, the most used first, and then what asks a service."""
        return [*VERBS, *CALLERS, *_groups()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a verb's command, a group of operations, or None."""
        if cmd_name in VERBS:
            return _member(f"service.cli.{cmd_name}", cmd_name)
        if cmd_name == "seed":
            return _member("service.cli.remote.seeding", cmd_name)
        if cmd_name in CALLERS:
            return _member("service.cli.remote.login", cmd_name)
        if cmd_name == "share":
            return _member("service.cli.remote.sharing", cmd_name)
        description = importlib.import_module("service.cli.remote.description")
        tree = importlib.import_module("service.cli.remote.tree")
        command: click.Command | None = tree.command_for((cmd_name.replace("_", "-"),), description.operations())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands, without importing what they need."""
        for title, rows in (("On this machine", VERBS), ("A running service", CALLERS | _groups())):
            with formatter.section(title):
                formatter.write_dl(list(rows.items()))


def _groups() -> dict[str, str]:
    """Return the first words of all operations, and what they are about."""
    description = importlib.import_module("service.cli.remote.description")
    about = importlib.import_module("service.cli.remote.tree").ABOUT
    words = dict.fromkeys(operation.words[0] for operation in description.operations().values())
    return {word: about.get((word,), "") for word in words}


def _member(module: str, name: str) -> click.Command:
    command: click.Command = getattr(importlib.import_module(module), name)
    return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tilegate", message="tilegate %(version)s")
@click.option("--url", metavar="URL", help="Ask the service at this address (TILEGATE_URL).")
@click.option("--profile", metavar="NAME", help="Ask the service of this login (TILEGATE_PROFILE).")
def main(url: str | None, profile: str | None) -> None:
    """Share rasters behind password-protected, expiring, metered links.

    Try `tilegate demo` first. The service's settings are environment variables: `tilegate settings` lists them.
    """
    # `service.cli.remote.running` looks them up
    del url, profile


def run() -> None:
    """Run the command line as a program: its process is its own, and may be restricted for good."""
    main(obj="own process")  # `service.cli.reading.OWN_PROCESS`
