"""What source code must not do here, found in its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OPENERS = frozenset({"open", "io.open", "os.open", "os.fdopen", "rasterio.open", "Image.open", "PIL.Image.open"})
READERS = frozenset({"read_bytes", "read_text", "write_bytes", "write_text"})
"""Methods of a path that open it."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Breach:
    """A place that breaks a rule."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def opened_by_name(path: str, tree: ast.Module, doors: Mapping[str, str]) -> Iterator[Breach]:
    """Yield where a file is opened, but in a door: a module that is trusted with names, each with its reason.

    A file that others can write is checked and then opened by name in two steps, and is another one by then.
    """
    if path in doors:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if any(word.arg == "dir_fd" for word in node.keywords):  # one step below a descriptor that is held
            continue
        name = _dotted(node.func)
        is_reader = isinstance(node.func, ast.Attribute) and node.func.attr in READERS
        if name in OPENERS or is_reader:
            yield Breach(
                path=path, line=node.lineno, message=f"{ast.unparse(node.func)} opens a file by name: use the door"
            )


def heavy_in_coroutine(path: str, tree: ast.Module, heavy: Mapping[str, str]) -> Iterator[Breach]:
    """Yield where a coroutine calls what is heavy: names of modules in `heavy`, each with where it belongs instead.

    What is only passed on (`run(partial(union, shapes))`, a lambda) is not called there.
    """
    imported = _imported_from(tree, heavy)
    for function in ast.walk(tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for call in _own_calls(function):
            root = (_dotted(call.func) or "").partition(".")[0]
            if root in imported:
                place = heavy[imported[root]]
                yield Breach(path=path, line=call.lineno, message=f"{root} runs on the event loop: {place}")


def too_long(path: str, tree: ast.Module, most: int) -> Iterator[Breach]:
    """Yield functions of more lines than a reader holds at once, decorators left out."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > most:
                message = f"{function.name} has {lines} lines, and may have {most}: divide it"
                yield Breach(path=path, line=function.lineno, message=message)


def check_tree(
    root: Path, packages: tuple[str, ...], doors: Mapping[str, str], heavy: Mapping[str, str]
) -> list[Breach]:
    """Return all breaches in some packages below a folder."""
    found: list[Breach] = []
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            path, tree = file.relative_to(root).as_posix(), ast.parse(file.read_text("utf-8"))
            found += opened_by_name(path, tree, doors)
            found += heavy_in_coroutine(path, tree, heavy)
    return sorted(found)


def check_lengths(root: Path, packages: tuple[str, ...], most: int, left_out: Collection[str] = ()) -> list[Breach]:
    """Return the functions that are too long in some packages below a folder."""
    found: list[Breach] = []
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not path.startswith(tuple(left_out)):
                found += too_long(path, ast.parse(file.read_text("utf-8")), most)
    return sorted(found)


def check_rooms(root: Path, packages: tuple[str, ...], most: int, left_out: Mapping[str, int]) -> list[Breach]:
    """Return the folders that hold more modules, `__init__` left out, than a reader finds one in.

    `left_out`: folders that may have more, and how many.
    """
    found: list[Breach] = []
    for package in packages:
        for folder in [root / package, *sorted(path for path in (root / package).rglob("*") if path.is_dir())]:
            modules = sum(file.name != "__init__.py" for file in folder.glob("*.py"))
            path = folder.relative_to(root).as_posix()
            if modules > left_out.get(path, most):
                message = f"{modules} modules in a room, which may have {left_out.get(path, most)}: divide it"
                found.append(Breach(path=path, line=1, message=message))
    return found


def _own_calls(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """Yield the calls that a coroutine makes itself, not those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


def _imported_from(tree: ast.Module, modules: Mapping[str, str]) -> dict[str, str]:
    """Return the names that a module has from some others, and from which."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name: each.name for each in node.names if each.name in modules}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                for module in (node.module, f"{node.module}.{each.name}"):
                    if module in modules and each.name[0].islower():  # classes hold results
                        names[each.asname or each.name] = module
    return names


def _dotted(node: ast.expr) -> str | None:
    """Return `a.b.c` of such an expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        above = _dotted(node.value)
        return f"{above}.{node.attr}" if above else None
    return None
