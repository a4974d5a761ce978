"""The documentation as a site, and that each command which it shows is one."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import click
import pytest

from service.cli import main
from service.cli.share import share
from service.operations.registry import OPERATIONS
from tests.docs.test_docs import FENCE, PAGES, ROOT


def load_documentation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documentation", ROOT / "deploy" / "documentation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SITE = load_documentation()


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    target = tmp_path_factory.mktemp("site")
    return target, SITE.assemble(ROOT, target)


def test_every_link_of_the_site_leads_to_a_page_or_a_picture(assembled: tuple[Path, list[Path]]) -> None:
    assert SITE.broken(*assembled) == []


def test_links_to_code_become_its_names(assembled: tuple[Path, list[Path]]) -> None:
    there = {Path("docs/a.md"), Path("docs/b/README.md")}
    text = "[one](a.md#x) [two](../service) [three](b) [four](https://e.org) ![five](i.png)\n"
    text += "```\n[code](../service)\n```\n"
    told = SITE.for_site(text, Path("docs/c.md"), there)
    assert told.splitlines()[0] == (
        "[one](a.md#x) two (`service`) [three](b/README.md) [four](https://e.org) ![five](i.png)"
    )
    assert "[code](../service)" in told


def test_the_menu_has_every_page_once(assembled: tuple[Path, list[Path]]) -> None:
    _, found = assembled
    told = SITE.configuration(found)
    for page in found:
        assert len(re.findall(rf"['\"]{re.escape(str(page))}['\"]", told)) == 1, page


def test_the_reference_has_every_operation_and_the_reader(assembled: tuple[Path, list[Path]]) -> None:
    target, _ = assembled
    text = (target / "docs/reference/operations.md").read_text()
    assert re.findall(r"^## (\S+)$", text, re.MULTILINE) == list(OPERATIONS)
    assert "| `target_id` |" in text
    reader = (target / "docs/reference/reader.md").read_text()
    assert {"tile", "part", "preview", "point", "statistics", "info"} <= set(
        re.findall(r"^## (\w+)$", reader, re.MULTILINE)
    )


@pytest.mark.slow
def test_the_site_is_built_without_a_complaint() -> None:
    assert SITE.main() == 0
    assert (ROOT / "site" / "html" / "index.html").exists()


def shown_commands() -> list[tuple[str, list[str]]]:
    """The lines of the documentation's code that call `tilegate`, without what a shell would take away."""
    found = []
    for page in PAGES:
        for fence in FENCE.finditer(page.read_text("utf-8")):
            code = re.sub(r"\\\n\s*", "", fence[0])
            for line in re.findall(r"^\s*tilegate (?!%)(.+)$", code, re.MULTILINE):
                bare = re.split(r"\s+#\s|\s[|&;>]", line)[0]
                words = shlex.split(re.sub(r"[\[\]]", "", bare))
                found.append((f"{page.relative_to(ROOT)}: {bare}", words))
    return found


COMMANDS = shown_commands()


@pytest.mark.parametrize("words", [words for _, words in COMMANDS], ids=[name for name, _ in COMMANDS])
def test_every_command_that_is_shown_is_one(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None and command.name == "share":  # a raster: `tilegate share scene.tif`
            command = share
            break
        assert found is not None, words
        command, words = found, words[1:]
        if not words:
            break
    options = {
        name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)
    }
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def test_there_are_commands_to_look_at() -> None:
    assert len(COMMANDS) > 10
