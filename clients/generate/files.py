"""The generated files, and what they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from clients.generate.python_operations import operations_module
from clients.generate.python_types import types_module
from clients.generate.schemas import Book
from clients.generate.typescript import operations_declaration, operations_table, types_declaration
from service.api.openapi.document import document
from service.cli.remote.description import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "clients" / "python" / "tilegate_client"
TYPESCRIPT = ROOT / "clients" / "typescript" / "src"
PYTHON_MODULES: dict[Path, Callable[[Book], str]] = {
    PYTHON / "types.py": types_module,
    PYTHON / "operations.py": operations_module,
}
TYPESCRIPT_MODULES: dict[Path, Callable[[Book], str]] = {
    TYPESCRIPT / "types.d.ts": types_declaration,
    TYPESCRIPT / "operations.d.ts": operations_declaration,
    TYPESCRIPT / "operations.js": operations_table,
}


@cache
def generated() -> dict[Path, str]:
    """Return the text of every generated file, by its path."""
    described = document("/")
    book = Book(described)
    described_text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    python = {path: _formatted(make(book), path) for path, make in PYTHON_MODULES.items()}
    typescript = {path: make(book) for path, make in TYPESCRIPT_MODULES.items()}
    return {DOCUMENT: described_text} | python | typescript


def _formatted(source: str, path: Path) -> str:
    """Return Python as ruff lays it out, so that a reader finds it like the rest."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(path), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return done.stdout
