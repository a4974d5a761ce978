"""What went wrong, in one line on standard error."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import NoArgsIsHelpError
from pydantic import ValidationError
from pydantic_settings import SettingsError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.errors import TilegateError
from service.processes.errors import AddressUnavailable, StartFailed
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Refused(click.ClickException):
    """What was asked for cannot be done as it was asked for: exit code 2."""

    exit_code = 2


class OneLineGroup(click.Group):
    """A group whose commands end with one line instead of a traceback, or of a usage that hides the message.

    Exit codes: 2 for what other input would help, 1 for the rest.
    """

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the group's own options. Raises click.ClickException."""
        with _told_in_a_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Parse and run a command. Raises click.ClickException."""
        with _told_in_a_line():
            return super().invoke(ctx)


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        told = _told(_only_one(error))
        if told is error:
            raise
        raise told from error


def _told(error: Exception) -> Exception:
    """Return what the person at the terminal gets to see: the error itself where it is click's or a fault of ours."""
    if not isinstance(error, (NoArgsIsHelpError, BrokenPipeError)):
        for kind, answer, text in TOLD:
            if isinstance(error, kind):
                return answer(" ".join(text(error).split()))
    return error


def _only_one(error: Exception) -> Exception:
    """Return the error that groups of a single one wrap."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _validation_line(error: ValidationError) -> str:
    """Return what is wrong with settings by their variables, with options by their names."""
    prefix = Settings.model_config.get("env_prefix", "") if error.title == Settings.__name__ else "--"
    return "; ".join(_problem(prefix, problem["loc"], problem["msg"]) for problem in error.errors())


def _problem(prefix: str, location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]) if location else ""
    shown = prefix + (name.replace("_", "-") if prefix == "--" else name.upper())
    return f"{shown}: {message.removeprefix('Value error, ')}" if name else message


def _settings_line(error: SettingsError) -> str:
    field = re.search(r'field "(\w+)"', str(error))
    return f"TILEGATE_{field[1].upper()}: this is not JSON" if field else str(error)


def _usage_line(error: click.UsageError) -> str:
    where = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
    return error.format_message() + where


def _file_line(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _database_line(error: SQLAlchemyError) -> str:
    return f"the database cannot be used: {getattr(error, 'orig', None) or error}"


# The first that fits counts.
TOLD: tuple[tuple[type[Exception], type[click.ClickException], Callable[[Any], str]], ...] = (
    (click.UsageError, Refused, _usage_line),
    (ValidationError, Refused, _validation_line),
    (SettingsError, Refused, _settings_line),
    (TilegateError, Refused, lambda error: error.detail),
    (AddressUnavailable, Refused, str),
    (StartFailed, click.ClickException, str),
    (SQLAlchemyError, click.ClickException, _database_line),
    (RedisError, click.ClickException, lambda error: f"Redis cannot be used: {error}"),
    (OSError, Refused, _file_line),
)
