"""What is around the code says the same as the code: CI, pre-commit, templates, releases."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.install.wheels import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def load_release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "deploy" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RELEASE = load_release()


def test_continuous_integration_runs_what_must_hold_on_every_python_that_is_promised() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    job = workflow["jobs"]["run"]
    promised = [word.rpartition(" ")[2] for word in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", word)]
    assert job["strategy"]["matrix"]["python"] == promised
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_before_a_commit_the_tools_of_the_environment_are_run() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = [hook["entry"].removeprefix(".venv/bin/").split(" --force-exclude")[0] for hook in hooks[0]["hooks"]]
    for entry in entries:
        assert f"$(BIN)/{entry.replace(' --check', '')}" in MAKEFILE, entry


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda form: form.stem
)
def test_each_form_has_a_name_and_asks_something(form: Path) -> None:
    asked = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(asked)
    assert all({"type", "id", "attributes"} <= set(part) for part in asked["body"])


def test_clients_and_service_have_one_version_and_the_changelog_has_its_notes() -> None:
    assert RELEASE.against(ROOT, is_clean=True) == []


def test_notes_are_those_of_the_version_alone() -> None:
    text = "# C\n\n## [Unreleased]\n- new\n\n## [0.2.0] - 2026-11-29\n\n### Added\n- this\n\n"
    text += "## [0.1.0] - 2026-01-01\n- old\n"
    assert RELEASE.notes_of(text, "0.2.0") == "### Added\n- this"
    assert RELEASE.notes_of(text, "0.1.0") == "- old"
    assert not RELEASE.notes_of(text, "0.3.0")
    assert not RELEASE.notes_of(text, "0.2")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("clients/typescript/package.json", '"version": "', '"version": "9', "clients/typescript has version 9"),
        ("CHANGELOG.md", "## [", "## ", "CHANGELOG.md has no"),
    ],
)
def test_what_stands_against_a_release_is_told(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    names = ["pyproject.toml", "CHANGELOG.md", "clients/python/pyproject.toml", "clients/typescript/package.json"]
    for name in [*names, "clients/python/tilegate_client/wire.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace(old, new) if name == file else text, "utf-8")
    found = RELEASE.against(tmp_path, is_clean=False)
    assert any(line.startswith(said) for line in found)
    assert "the tree has changes that are not committed" in found
