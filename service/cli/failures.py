"""What a person at the terminal reads of errors of settings, backends and files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.cli.one_line import Refused
from service.errors import TilegateError
from service.processes.errors import AddressUnavailable, StartFailed
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


def described(error: Exception) -> tuple[type[click.ClickException], str] | None:
    """Return how the command ends and what it says; None for a fault of ours, which keeps its traceback."""
    single = _only_one(error)
    if isinstance(single, click.ClickException):
        return type(single), single.format_message()
    for kind, answer, text in DESCRIPTIONS:
        if isinstance(single, kind):
            return answer, text(single)
    return None


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
    name, told = str(location[0]) if location else "", message.removeprefix("Value error, ")
    shown = prefix + (name.replace("_", "-") if prefix == "--" else name.upper().removeprefix(prefix))
    return f"{shown}: {told}" if name else told


def _settings_line(error: SettingsError) -> str:
    field = re.search(r'field "(\w+)"', str(error))
    return f"TILEGATE_{field[1].upper()}: this is not JSON" if field else str(error)


def _file_line(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _database_line(error: SQLAlchemyError) -> str:
    return f"the database cannot be used: {getattr(error, 'orig', None) or error}"


# The first that fits counts.
DESCRIPTIONS: tuple[tuple[type[Exception], type[click.ClickException], Callable[[Any], str]], ...] = (
    (ValidationError, Refused, _validation_line),
    (SettingsError, Refused, _settings_line),
    (TilegateError, Refused, lambda error: error.detail),
    (AddressUnavailable, Refused, str),
    (StartFailed, click.ClickException, str),
    (SQLAlchemyError, click.ClickException, _database_line),
    (RedisError, click.ClickException, lambda error: f"Redis cannot be used: {error}"),
    (OSError, Refused, _file_line),
)
