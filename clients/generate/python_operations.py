"""The Python client's methods: one for each operation, once for threads and once for asyncio."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.generate.python_types import python_type
from clients.generate.schemas import may_be_repeated, page_method
from service.cli.remote.description import CSV, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from clients.generate.schemas import Book, Property, Tree

HEAD = '''"""The operations, typed. Written by `python -m clients.generate`: change the service instead.

What is left out of a call is not sent (`UNSET`); None is sent, and takes a limit away where there was one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from tilegate_client.types import (
    {names},
)
from tilegate_client.wire import UNSET, AsyncCaller, Caller, Unset

READS = frozenset(
    {{{reads}}}
)
"""What can be asked again without asking twice for anything: images and views are counted."""

KEYED = frozenset(
    {{{keyed}}}
)
"""What an `Idempotency-Key` makes one call, however often it is sent."""
'''


@dataclass(frozen=True, slots=True)
class Way:
    """How methods are written: for threads or for asyncio."""

    prefix: str
    caller: str
    define: str
    wait: str
    iterator: str
    each: str


SYNC = Way("", "Caller", "def", "", "Iterator", "for")
ASYNC = Way("Async", "AsyncCaller", "async def", "await ", "AsyncIterator", "async for")


def operations_module(book: Book) -> str:
    """Return the module's text."""
    parts = [part for way in (SYNC, ASYNC) for part in _classes((), book.tree(), book, way)]
    text = "\n\n\n".join(parts)
    requests = {book.name_of(book.request(operation)) for operation in book.operations.values()}
    names = sorted(name for name in book.names.values() if name not in requests and _is_used(name, text))
    head = HEAD.format(
        names=",\n    ".join(names),
        reads=_quoted(book, may_be_repeated),
        keyed=_quoted(book, lambda each: each.takes_key),
    )
    return head + "\n\n" + text + "\n"


def _quoted(book: Book, belongs: Callable[[Operation], bool]) -> str:
    return ", ".join(f'"{each.id}"' for each in book.operations.values() if belongs(each)) + ","


def _is_used(name: str, text: str) -> bool:
    return any(f"{before}{name}{after}" in text for before in " [(" for after in ("\n", ":", "]", ",", " ", ")"))


def _classes(words: tuple[str, ...], tree: Tree, book: Book, way: Way) -> list[str]:
    """Return the class of a group of operations, after those of the groups within it."""
    inner = [
        part
        for word, node in tree.items()
        if isinstance(node, dict)
        for part in _classes((*words, word), node, book, way)
    ]
    groups = [word for word, node in tree.items() if isinstance(node, dict)]
    methods = [method for node in tree.values() if isinstance(node, Operation) for method in _methods(node, book, way)]
    lines = [f"class {_class_name(words, way)}:", f'    """{_about(words)}"""', ""]
    lines += [f"    def __init__(self, caller: {way.caller}) -> None:", "        self._caller = caller"]
    lines += [f"        self.{word} = {_class_name((*words, word), way)}(caller)" for word in groups]
    return [*inner, "\n".join(lines) + "\n" + "\n\n".join(methods)]


def _class_name(words: tuple[str, ...], way: Way) -> str:
    told = "".join(part.capitalize() for word in words for part in word.split("_"))
    return f"{way.prefix}{told}Operations"


def _about(words: tuple[str, ...]) -> str:
    return f"Operations `{'.'.join(words)}.…`." if words else "All operations."


def _methods(operation: Operation, book: Book, way: Way) -> list[str]:
    methods = [_method(operation, book, way)]
    return [*methods, _pages(operation, book, way)] if operation.rows else methods


def _method(operation: Operation, book: Book, way: Way) -> str:
    answer = _answer(operation, book)
    name = operation.id.rpartition(".")[2]
    sent = ", ".join(f'"{each.name}": {_parameter(each)}' for each in _fields(operation, book))
    ask = f'{way.wait}self._caller.ask("{operation.id}", {{{sent}}})'
    return "\n".join(
        [
            f"    {way.define} {name}({_signature(operation, book)}) -> {answer}:",
            _docstring(operation, book),
            f"        _answer: {answer} = {ask}",  # no field begins with an underscore
            "        return _answer",
        ]
    )


def _pages(operation: Operation, book: Book, way: Way) -> str:
    """Return a method that goes through the rows of all pages."""
    row = python_type(book.rows(operation), book, is_sent=False)
    fields = [each for each in _fields(operation, book) if each.name != "cursor"]
    sent = ", ".join(f'"{each.name}": {_parameter(each)}' for each in fields)
    taken = _signature(operation, book, without="cursor")
    rows = f'self._caller.pages("{operation.id}", "{operation.rows}", {{{sent}}})'
    return "\n".join(
        [
            f"    {way.define} {page_method(operation)}({taken}) -> {way.iterator}[{row}]:",
            f'        """{operation.summary}: the rows of all pages, asked for as they are needed."""',
            f"        {way.each} _row in {rows}:",
            "            yield _row",
        ]
    )


def _answer(operation: Operation, book: Book) -> str:
    response = book.response(operation)
    if response is None:
        return "bytes"
    answer = python_type(response, book, is_sent=False)
    return f"{answer} | str" if CSV in operation.media_types else answer


def _signature(operation: Operation, book: Book, *, without: str = "") -> str:
    """Return the parameters: the only one that is required may be given by its place."""
    fields = [each for each in _fields(operation, book) if each.name != without]
    required = [each for each in fields if each.is_required]
    optional = [each for each in fields if not each.is_required]
    first = [_declared(each, book) for each in required] if len(required) == 1 else []
    named = [_declared(each, book) for each in (optional if first else [*required, *optional])]
    return ", ".join(["self", *first, *(["*", *named] if named else [])]) + ("," if named else "")


def _declared(each: Property, book: Book) -> str:
    kind = python_type(each.schema, book, is_sent=True)
    return f"{_parameter(each)}: {kind}" if each.is_required else f"{_parameter(each)}: {kind} | Unset = UNSET"


def _fields(operation: Operation, book: Book) -> list[Property]:
    key = str(book.request(operation)["$ref"]).rpartition("/")[2]
    return book.properties(book.schemas[key])


def _parameter(each: Property) -> str:
    return f"{each.name}_" if keyword.iskeyword(each.name) else each.name


def _docstring(operation: Operation, book: Book) -> str:
    paragraphs = [f"{operation.summary}.", operation.about]
    noted = [f"    {_parameter(each)}: {each.notes}." for each in _fields(operation, book) if each.notes]
    if noted:
        paragraphs.append("\n".join(["Args:", *noted]))
    if operation.is_binary:
        paragraphs.append("Returns the bytes; none where there is no data.")
    text = "\n\n".join(filter(None, paragraphs)).replace("\\", "\\\\").replace('"""', "'''")
    is_long = "\n" in text
    lines = [f"        {line}" if line else "" for line in (text + ("\n" if is_long else "")).split("\n")]
    return '        """' + "\n".join(lines).strip(" ") + ('        """' if is_long else '"""')
