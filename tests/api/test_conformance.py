"""The service answers as its OpenAPI document says, and refuses what it does not describe: schemathesis asks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATA, PASSWORD
from tests.processes.real import RealService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__)
ROOT = HERE.parents[2]
CONFIGURATION = """
hooks = "tests.api.conformance_hooks"
continue-on-failure = true

[parameters]
"path.token" = "{token}"

[[operations]]
include-path-regex = "/files|/archive"
parameters = {{ "path.token" = "{folder_token}" }}

[checks.positive_data_acceptance]
enabled = false

[checks.missing_required_header]
expected-statuses = [400, 401, 403, 404, 406, 410, 415, 422, 429]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 428, 429, 501]
"""
"""What may be sent depends on more than a schema says (a bbox, a cursor …): what fits it may be refused."""

BOTH = ("--include-path-regex", "^/(s|v1/op)/")
"""The addresses of links, and one of the two of each operation."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    rates = {f"rate_{name}": 10**7 for name in ("create", "read", "update", "list", "tiles", "requests")}
    with RealService(tmp_path_factory.mktemp("served"), **rates) as service:
        yield service


@pytest.fixture(scope="module")
def things(served: RealService) -> dict[str, str]:
    """What the service has, by the names of fields."""
    shutil.copy(DATA / "RGB.byte.tif", served.root)
    (served.root / "folder").mkdir()
    (served.root / "folder" / "a.txt").write_text("a")
    item, page = served.share("RGB.byte.tif")
    served.share("RGB.byte.tif")
    status, folder = served.register("folder")
    assert status == 200, folder
    fields = {"target_type": "directory", "password": PASSWORD, "expires_in_hours": 24, "permission": "write"}
    shared = served.make("share.link.create", target_id=folder["id"], **fields)
    victim = served.make("share.link.list", project_id=served.account["project_id"])["links"][0]
    return {
        "token": page.removeprefix("/s/"),
        "folder_token": shared["token"],
        "password": PASSWORD,
        "item_id": item["id"],
        "link_id": victim["id"],
        "project_id": served.account["project_id"],
        "organization_id": served.account["organization_id"],
    }


def run(served: RealService, things: dict[str, str], folder: Path, *words: str) -> dict[str, Any]:
    """Have schemathesis ask; return its report. What it found is printed."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(CONFIGURATION.format_map(things))
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)]
    command += ["run", f"{served.url}/openapi.json", "--url", served.url, "--seed", "1", "--no-shrink", *words]
    command += ["-H", f"Authorization: Bearer {served.account['api_key']}", "-H", f"X-Share-Password: {PASSWORD}"]
    command += ["--report", "json", "--report-json-path", str(folder / "report.json"), "--warnings", "off"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TEST_THINGS": json.dumps(things), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_what_is_sent_at_random_is_answered_as_described(
    served: RealService, things: dict[str, str], tmp_path: Path
) -> None:
    run(served, things, tmp_path, "--phases", "fuzzing", "-n", "1", *BOTH)


@pytest.mark.slow
@pytest.mark.security
@pytest.mark.timeout(1800)
def test_whatever_is_sent_is_answered_as_described(
    served: RealService, things: dict[str, str], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    report = run(served, things, tmp_path, "--phases", "examples,coverage,fuzzing", "-n", "20", *BOTH)
    record_property("requests that were answered as described", report["test_cases"]["generated"])
