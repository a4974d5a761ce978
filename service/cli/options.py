"""Options that several commands have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from service.cli.moments import parse_moment
from service.settings import Settings

data_option = click.option(
    "--data", "data_dir", type=click.Path(file_okay=False, path_type=Path), help="Data folder (TILEGATE_DATA_DIR)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Moment(click.ParamType[datetime]):
    """A moment to come: `30m`, `12h`, `7d`, `4w` from now, or RFC 3339 with a zone. Gives an aware datetime."""

    name = "30m|12h|7d|4w|time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment. Fails with click.BadParameter."""
        try:
            moment = parse_moment(value, datetime.now(UTC))
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a duration such as 30m, 12h, 7d, 4w, nor a time in RFC 3339", param, ctx)
        if moment <= datetime.now(UTC):
            self.fail(f"{value} is over", param, ctx)
        return moment


def load_settings(**given: Any) -> Settings:
    """Return the settings: what an option gives, else the environment's, else the defaults. None gives nothing.

    Raises pydantic's ValidationError, pydantic_settings' SettingsError.
    """
    return Settings(**{name: value for name, value in given.items() if value is not None})
