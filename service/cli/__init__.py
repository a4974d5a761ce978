"""The command line: `tilegate …`. One module per verb."""

from __future__ import annotations

import click

from service.cli.bootstrap import bootstrap
from service.cli.demo import demo
from service.cli.failures import OneLineGroup
from service.cli.optimise import optimise
from service.cli.serve import serve
from service.cli.settings import settings
from service.cli.share import share


@click.group(cls=OneLineGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tilegate", message="tilegate %(version)s")
def main() -> None:
    """Share rasters behind password-protected, expiring, metered links.

    Try `tilegate demo` first. All settings are environment variables: `tilegate settings` lists them.
    """


for command in (serve, share, demo, bootstrap, optimise, settings):
    main.add_command(command)
