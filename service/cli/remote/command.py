"""A command for an operation: its options out of the request's fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.remote.description import CSV, Kind
from service.cli.remote.help import example, note, write_options
from service.cli.remote.running import Wish, run
from service.cli.remote.values import merged, nothing, param_type

if TYPE_CHECKING:
    from service.cli.remote.description import Field, Operation

ALIASES = {"expires_at": ("--expires-in",)}
UPDATE = "update"


class FieldOption(click.Option):
    """The option of a field. What is not given is not sent: None and the empty tuple."""

    def __init__(self, field: Field, *, is_change: bool) -> None:
        help_text = note(field, is_change=is_change)
        names = [field.name, field.option, *ALIASES.get(field.name, ())]
        if field.kind is Kind.FLAG and not field.is_list:
            names[1] += f"/--no-{field.option[2:]}"
            super().__init__(names, default=None, help=help_text)
        else:
            super().__init__(names, type=param_type(field), multiple=field.is_list, help=help_text)
        self.field = field


class OperationCommand(click.Command):
    """Asks a service for one operation, and shows what it answers."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.subject = operation.subject
        self.own = _own_options(operation)
        is_change = operation.words[-1] == UPDATE
        fields = [FieldOption(field, is_change=is_change) for field in operation.fields]
        argument = [click.Argument(["subject"], required=False, type=param_type(self.subject))] if self.subject else []
        super().__init__(
            operation.words[-1],
            params=[*argument, *fields, *self.own],
            short_help=operation.summary,
            callback=self._call,
        )

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how it is called."""
        required = [field for field in self.operation.required if field.name != "password"]
        words = [f.name.upper() if f is self.subject else f"{f.option} {_plain(f)}" for f in required]
        formatter.write_usage(ctx.command_path, " ".join([*words, "[OPTIONS]"]))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what it does."""
        about = f"{self.operation.summary}.\n\n{self.operation.about}".strip()
        for paragraph in (each for each in about.split("\n\n") if not each.startswith("Name a")):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options: first what is required, last what every command has; and an example."""
        fields = [param for param in self.params if isinstance(param, FieldOption)]
        is_update = self.operation.words[-1] == UPDATE
        for title, is_required in (("Required", True), ("Options", False)):
            some = [param for param in fields if param.field.is_required is is_required]
            write_options(formatter, title, [_record(param, is_update=is_update) for param in some])
        own = [
            record
            for param in (*self.own, self.get_help_option(ctx))
            if param and (record := param.get_help_record(ctx))
        ]
        write_options(formatter, "Output and input", own)
        with formatter.section("Example"):
            formatter.write(f"{' ' * formatter.current_indent}{example(self.operation)}\n")

    def body(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the request body of what was typed. Raises click.UsageError."""
        body = {
            field.name: _value(field, given[field.name]) for field in self.operation.fields if _is_given(field, given)
        }
        if self.subject and given["subject"] is not None:
            if self.subject.name in body:
                raise click.UsageError(f"{self.subject.name.upper()} is given twice")
            body[self.subject.name] = given["subject"]
        for name in given.get("clear", ()):
            field = self.operation.field(name.replace("-", "_"))
            if field is not None:
                body[field.name] = nothing(field)
        if given.get("no_password"):
            body["password"] = None
        missing = [field for field in self.operation.required if field.name not in body and field.name != "password"]
        if missing:
            raise click.UsageError(f"{', '.join(field.option for field in missing)} missing")
        return body

    def _call(self, **given: Any) -> None:
        wish = Wish(
            operation=self.operation,
            body=self.body(given),
            as_json=given["as_json"],
            only=given.get("only"),
            every_page=given.get("every_page", False),
            output=given.get("output"),
            password_file=given.get("password_file"),
        )
        run(wish)


def _own_options(operation: Operation) -> list[click.Option]:
    """Return the options that are no fields."""
    file = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
    options = [click.Option(["as_json", "--json"], is_flag=True, help="Print the answer as JSON, for scripts.")]
    if not operation.is_binary:
        help_text = "Print this alone of the answer: id, links.0.url."
        options.append(click.Option(["only", "--get"], metavar="FIELD", help=help_text))
    if operation.is_binary or CSV in operation.media_types:
        options.append(click.Option(["output", "-o", "--output"], type=file, help=_saved(operation)))
    if operation.rows:
        options.append(click.Option(["every_page", "--all"], is_flag=True, help="Ask for all pages, not for one."))
    if operation.field("password"):
        help_text = (
            "Read the password from a file's first line. Without it and --password it is asked for where one is needed."
        )
        options.append(click.Option(["password_file", "--password-file"], type=file, help=help_text))
    if any(field.name == "password" and field.is_required and field.is_nullable for field in operation.fields):
        help_text = "Make it without a password, where the operator allows it: whoever has the address gets in."
        options.append(click.Option(["no_password", "--no-password"], is_flag=True, help=help_text))
    if operation.words[-1] == UPDATE:
        names = [field.name for field in operation.fields if not field.is_required]
        help_text = "Take a limit or a text away. May be given several times."
        kind = click.Choice(names)
        options.append(click.Option(["--clear"], type=kind, multiple=True, metavar="FIELD", help=help_text))
    return options


def _saved(operation: Operation) -> str:
    help_text = "Write the answer to a file."
    return f"{help_text} A partial download in FILE.part is resumed." if operation.field("offset") else help_text


def _record(param: FieldOption, *, is_update: bool) -> tuple[str, str]:
    field = param.field
    is_flag = field.kind is Kind.FLAG and not field.is_list
    shown = param.opts if is_flag and not is_update else [*param.opts, *param.secondary_opts]
    return (", ".join(shown) if is_flag else f"{', '.join(shown)} {_metavar(field)}"), param.help or ""


def _metavar(field: Field) -> str:
    if field.choices:
        return f"[{'|'.join(field.choices)}]"
    return param_type(field).name.upper() if field.kind in SPOKEN else _plain(field)


def _plain(field: Field) -> str:
    return field.name.rpartition("_")[2].upper()


SPOKEN = frozenset({Kind.INSTANT, Kind.TUPLE, Kind.OBJECT, Kind.ANY, Kind.DAY})


def _is_given(field: Field, given: dict[str, Any]) -> bool:
    return given[field.name] is not None and given[field.name] != ()


def _value(field: Field, given: Any) -> Any:
    return merged(field, given) if field.is_list else given
