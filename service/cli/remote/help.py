"""The help of an operation's command."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from service.api.openapi.docs_page import ALSO_SHOWN, SAMPLES
from service.cli.remote.description import Kind

if TYPE_CHECKING:
    import click

    from service.cli.remote.description import Field, Operation

EXAMPLES = {
    "share.link.create": "--target-type item --target-id itm_… --expires-in 7d --max-renders 10000",
    "share.link.update": "lnk_… --expires-in 4w --clear max_views",
    "share.link.validate": "https://maps.example.org/s/TOKEN",
    "share.tile.render": "TOKEN --z 9 --x 145 --y 220 --output tile.png",
    "share.tile.preview": "https://maps.example.org/s/TOKEN --output preview.png",
    "share.tile.point": "TOKEN --lon 11.58 --lat 48.14",
    "share.tile.crop": "TOKEN --bbox 11.5,48.1,11.7,48.2 --format tif --output part.tif",
    "share.file.upload": "--token TOKEN --path notes.txt --content @notes.txt",
    "share.file.drop": "--token TOKEN --name notes.txt --content @notes.txt",
    "item.create": "--project-id prj_… --root files --path scene.tif",
    "notice.set": "--no-letters",
    "usage.export": "--organization-id org_… --by link --format csv > usage.csv",
}
"""Better than what `example` makes up."""
BY_WORDS = {
    Kind.INSTANT: "A time in RFC 3339, or so long from now: 30m, 12h, 7d, 4w",
    Kind.OBJECT: "JSON, or name=value,name=value; @FILE, or - for standard input",
    Kind.ANY: "JSON, @FILE or - for standard input",
}
SENTENCE = re.compile(r"[a-z]+[ ;,.]")
TOLD_ELSEWHERE = re.compile(r"^one of |^RFC 3339|^\^|(characters|entries)$|\d(,\d{3}){3}")


def note(field: Field, *, is_change: bool = False) -> str:
    """Return what stands beside an option. What is left out of a change stays as it is, and has no default."""
    words = [part[0].upper() + part[1:] if SENTENCE.match(part) else part for part in _notes(field)]
    if field.kind in BY_WORDS:
        words.append(BY_WORDS[field.kind])
    if field.kind is Kind.OBJECT and "properties" in field.schema:
        words.append(f"With {', '.join(field.schema['properties'])}")
    if field.name == "password" and field.is_required:
        words = [*(word for word in words if not word.startswith("null")), "Asked for if it is not given"]
    if field.name == "token":
        words.append("The whole address will do")
    if field.is_list:
        words.append("May be given several times")
    if field.default not in (None, "", [], False) and not is_change:
        words.append(f"Default: {field.default}")
    return ". ".join(word.rstrip(".") for word in words) + ("." if words else "")


def example(operation: Operation) -> str:
    """Return a call that makes sense."""
    start = shlex.join(("tilegate", *operation.words))
    if operation.id in EXAMPLES:
        return f"{start} {EXAMPLES[operation.id]}"
    shown = [field for field in operation.fields if _is_shown(field) and field is not operation.subject]
    words = [_sample(operation.subject)] if operation.subject else []
    words += [word for field in shown for word in (field.option, _sample(field))]
    return " ".join([start, *words, *(["--output", "FILE"] if operation.is_binary else [])])


def write_options(formatter: click.HelpFormatter, title: str, records: list[tuple[str, str]]) -> None:
    """Write a section of options, where there are any."""
    if records:
        with formatter.section(title):
            formatter.write_dl(records, col_max=34)


def _notes(field: Field) -> list[str]:
    """Return the notes that somebody who types needs: the choices stand in the option, and nobody types so much."""
    return [part for part in field.notes if part and not TOLD_ELSEWHERE.search(part)]


def _is_shown(field: Field) -> bool:
    return field.name != "password" and (field.is_required or field.name in ALSO_SHOWN)


def _sample(field: Field) -> str:
    sample = SAMPLES.get(field.name, field.choices[0] if field.choices else field.name.upper())
    if field.kind in {Kind.OBJECT, Kind.ANY}:
        return "@FILE"
    return str(sample[0] if isinstance(sample, list) else sample).replace(" ", "-")
