"""What is in deploy/ and compose.yaml, parsed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from service.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OF_SETTINGS = {f"TILEGATE_{name.upper()}" for name in Settings.model_fields}


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [document for document in yaml.safe_load_all(path.read_text("utf-8")) if document]


def variables_of(text: str) -> set[str]:
    """The settings that a text names."""
    return set(re.findall(r"TILEGATE_[A-Z_]+", text)) - {"TILEGATE_BIND"}


def program(name: str) -> str | None:
    """Where a program of others is, if it is here: in PATH, or in the folder that TOOLS names."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("TOOLS", ""), os.environ["PATH"], "/usr/sbin"]))
