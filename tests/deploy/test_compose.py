"""compose.yaml: its form, its order, and that nothing in it is open, lost or unknown to the service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.deploy.manifests import DEPLOY, OF_SETTINGS, ROOT, variables_of

FILE = ROOT / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES = COMPOSE["services"]


def test_it_is_what_the_compose_specification_takes() -> None:
    words = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", ".github/workflows/*.yml"),
        ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_forms_and_workflows_are_what_their_host_takes(schema: str, pattern: str) -> None:
    files = [str(path) for path in ROOT.glob(pattern)]
    words = ["-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert files
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_service_knows_every_variable_that_it_is_given() -> None:
    assert variables_of(FILE.read_text()) <= OF_SETTINGS
    assert set(SERVICES["tilegate"]["environment"]) <= OF_SETTINGS


def test_storage_roots_are_json_once_the_passwords_are_in() -> None:
    text = re.sub(r"\$\{STORE_PASSWORD[^}]*\}", "secret", SERVICES["tilegate"]["environment"]["TILEGATE_STORAGE_ROOTS"])
    assert set(json.loads(text)) == {"files", "store"}


def test_each_starts_after_what_it_needs_is_healthy() -> None:
    for service in SERVICES.values():
        for name, needed in service.get("depends_on", {}).items():
            is_checked = "healthcheck" in SERVICES[name] or name == "tilegate"  # whose image has a check
            assert needed["condition"] == ("service_healthy" if is_checked else "service_started")
    assert {"valkey", "postgres"} <= set(SERVICES["tilegate"]["depends_on"])


def test_counters_are_durable_and_never_evicted() -> None:
    command = SERVICES["valkey"]["command"]
    for words in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction", "--dir /data"):
        assert words in command
    assert "valkey:/data" in SERVICES["valkey"]["volumes"]


def test_no_port_is_open_to_other_machines_unless_somebody_says_so() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith(("127.0.0.1:", "${TILEGATE_BIND:-127.0.0.1:")) for port in published)


@pytest.mark.parametrize("name", SERVICES)
def test_images_have_versions_and_processes_gain_no_rights(name: str) -> None:
    service: dict[str, Any] = SERVICES[name]
    assert re.search(r":[v\d]", service["image"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"


def test_passwords_are_asked_for_and_named_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    example = dict(
        line.split("=", 1) for line in (DEPLOY / "compose.env.example").read_text().splitlines() if "=" in line
    )
    assert asked == {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "STORE_PASSWORD"}
    assert asked <= set(example)
    assert not any(example[name] for name in asked), "nobody's password is the same as everybody's"


def test_volumes_are_declared_and_what_is_mounted_is_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount for mount in mounts if mount[0] not in "./$"}
    assert named == set(COMPOSE["volumes"])
    assert all((ROOT / mount).exists() for mount in mounts if mount.startswith("./deploy"))
