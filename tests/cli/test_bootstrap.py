from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from service.cli import main


def bootstrap(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["bootstrap", "--data", str(folder), *words])


def test_it_makes_and_prints_the_first_of_everything(tmp_path: Path) -> None:
    told = json.loads(bootstrap(tmp_path, "--json", "--organization", "Ours", "--email", "a@example.org").stdout)

    assert set(told) == {"organization_id", "project_id", "user_id", "api_key"}
    assert told["api_key"].startswith("tg_")


def test_a_second_time_is_refused_politely(tmp_path: Path) -> None:
    bootstrap(tmp_path)

    result = bootstrap(tmp_path)

    assert result.exit_code == 2
    assert "--again" in result.stderr
    assert result.stderr.count("\n") == 1


def test_again_gives_a_further_key_to_the_same_account(tmp_path: Path) -> None:
    first = json.loads(bootstrap(tmp_path, "--json").stdout)
    second = json.loads(bootstrap(tmp_path, "--json", "--again").stdout)

    assert first.pop("api_key") != second.pop("api_key")
    assert first == second
