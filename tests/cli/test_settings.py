from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from service.cli import main
from service.cli.settings import masked
from service.settings import Settings


def test_every_setting_is_listed_with_its_meaning() -> None:
    told = json.loads(CliRunner().invoke(main, ["settings", "--json"]).stdout)

    assert [row["variable"] for row in told] == [f"TILEGATE_{name.upper()}" for name in Settings.model_fields]
    assert all(row["meaning"] for row in told)


def test_a_value_of_the_environment_stands_beside_the_default() -> None:
    told = json.loads(CliRunner(env={"TILEGATE_PORT": "9999"}).invoke(main, ["settings", "--json"]).stdout)

    assert next((row["value"], row["default"]) for row in told if row["variable"] == "TILEGATE_PORT") == (9999, 8080)


@pytest.mark.parametrize(
    ("environment", "port"),
    [({"PORT": "81"}, 81), ({"TILEGATE_PORT": "82"}, 82), ({"TILEGATE_PORT": "82", "PORT": "81"}, 82), ({}, 8080)],
)
def test_the_port_of_a_container_platform_counts_where_ours_is_not_set(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], port: int
) -> None:
    for name in ("PORT", "TILEGATE_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert Settings().port == port
    assert Settings(port=9).port == 9  # an option's
    assert Settings.model_validate_json(Settings(port=9).model_dump_json()).port == 9  # as workers are told


def test_the_table_shows_no_password() -> None:
    urls = {
        "TILEGATE_REDIS_URL": "redis://:canary1@cache:6379/0",
        "TILEGATE_DATABASE_URL": "postgresql+asyncpg://gate:can:ary2@db/gate?password=canary3",
    }
    table = "".join(CliRunner(env=urls).invoke(main, ["settings"]).stdout.split())
    told = CliRunner(env=urls).invoke(main, ["settings", "--json"]).stdout

    assert "redis://:***@cache" in told
    for secret in ("canary1", "ary2", "canary3"):
        assert secret not in table + told


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("redis://user:pa:ss@cache/0", "redis://user:***@cache/0"),
        ("redis://user:p@ss@cache/0", "redis://user:***@cache/0"),
        ("smtp+starttls://u%40x:p%40ss@mail:587", "smtp+starttls://u%40x:***@mail:587"),
        ("unix:///run/valkey.sock?password=secret&db=1", "unix:///run/valkey.sock?password=***&db=1"),
        ("/data/a:b@c", "/data/a:b@c"),
        (5, 5),
        (None, None),
    ],
)
def test_only_passwords_are_masked(url: object, shown: object) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TILEGATE_PORT", "many"),
        ("TILEGATE_WORKERS", "0"),
        ("TILEGATE_LOG_LEVEL", "LOUD"),
        ("TILEGATE_PUBLIC_URL", "maps.example.org"),
        ("TILEGATE_STORAGE_ROOTS", "{"),
        ("TILEGATE_STORAGE_ROOTS", "[]"),
    ],
)
@pytest.mark.parametrize("command", ["settings", "serve", "bootstrap"])
def test_a_bad_variable_is_named_in_one_line(command: str, variable: str, value: str) -> None:
    result = CliRunner(env={variable: value}).invoke(main, [command])

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {variable}: ")
    assert result.stderr.count("\n") == 1
