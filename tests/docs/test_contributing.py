"""The worked example of CONTRIBUTING.md is an operation that works, and the test that it shows passes."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from service.operations.registry import OPERATIONS
from tests.docs.test_docs import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

OPERATION, TEST = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def add_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's module, imported, and its operation in the registry, before a service is made."""
    module = ModuleType("service.operations.catalogue.finding")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(OPERATION, module.__name__, "exec"), vars(module))
    for operation in module.OPERATIONS:
        assert operation.id not in OPERATIONS, "the example is there by now: choose another"
        monkeypatch.setitem(OPERATIONS, operation.id, operation)


async def test_the_worked_example_works(
    install: Callable[..., Awaitable[Installation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_the_example(monkeypatch)
    names: dict[str, Callable[[Installation], Awaitable[None]]] = {}
    exec(compile("from __future__ import annotations\n" + TEST, "CONTRIBUTING.md", "exec"), names)
    (test,) = (value for name, value in names.items() if name.startswith("test_"))
    await test(await install())
