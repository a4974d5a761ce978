"""What went wrong, in one line on standard error; and what needs no more than click for it."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import NoArgsIsHelpError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Refused(click.ClickException):
    """What was asked for cannot be done as it was asked for: exit code 2."""

    exit_code = 2


class OneLineGroup(click.Group):
    """A group whose commands end with one line instead of a traceback, or of a usage that hides the message.

    Exit codes: 2 for what other input would help, 1 for the rest. The errors of the server's libraries are described by
    `service.cli.failures`, which is imported when there is one: what asks a service far away needs none of them.
    """

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the group's own options. Raises click.ClickException."""
        with _described_in_a_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Parse and run a command. Raises click.ClickException."""
        with _described_in_a_line():
            return super().invoke(ctx)


@contextmanager
def _described_in_a_line() -> Iterator[None]:
    try:
        yield
    except (NoArgsIsHelpError, BrokenPipeError, click.exceptions.Exit, click.Abort):
        raise
    except click.UsageError as error:
        raise Refused(_in_a_line(_usage(error))) from error
    except click.ClickException:
        raise
    except Exception as error:
        description = importlib.import_module("service.cli.failures").described(error)
        if description is None:
            raise
        kind, text = description
        raise kind(_in_a_line(text)) from error


def _usage(error: click.UsageError) -> str:
    where = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
    return error.format_message() + where


def _in_a_line(text: str) -> str:
    return " ".join(text.split())
