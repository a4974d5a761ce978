from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.cli.rasters import make_raster

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def share(data: Path) -> Callable[..., Result]:
    def run(path: Path, *words: str, generate: bool = True, stdin: str | None = None) -> Result:
        generating = ["--generate-password"] if generate else []
        return CliRunner(env={"TILEGATE_BCRYPT_COST": "4"}).invoke(
            main, ["share", str(path), "--data", str(data), *generating, *words], input=stdin
        )

    return run


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_raster_in_a_storage_root_is_shared_in_one_go(share: Callable[..., Result], data: Path) -> None:
    told = share(make_raster(data / "files" / "a" / "field.tif")).stdout

    assert "Link      http://127.0.0.1:8080/s/" in told
    assert "/tilejson.json" in told
    assert "Password  " in told


def test_json_has_all_of_the_link_and_the_password_that_was_made_up(share: Callable[..., Result], data: Path) -> None:
    raster = make_raster(data / "files" / "field.tif")

    told = json.loads(share(raster, "--json", "--permission", "download", "--name", "Field 7").stdout)

    assert (told["name"], told["permission"], told["status"]) == ("Field 7", "download", "active")
    assert len(told["password"]) >= 8


def test_a_file_is_registered_once_however_often_it_is_shared(share: Callable[..., Result], data: Path) -> None:
    raster = make_raster(data / "files" / "field.tif")

    first, second = (json.loads(share(raster, "--json").stdout) for _ in range(2))

    assert first["target_id"] == second["target_id"]
    assert first["token"] != second["token"]


def test_a_file_that_changed_is_registered_anew(share: Callable[..., Result], data: Path) -> None:
    first = json.loads(share(make_raster(data / "files" / "field.tif"), "--json").stdout)
    second = json.loads(share(make_raster(data / "files" / "field.tif", 8), "--json").stdout)

    assert first["target_id"] != second["target_id"]


def test_a_file_outside_the_roots_is_refused_with_the_way_out(
    share: Callable[..., Result], data: Path, tmp_path: Path
) -> None:
    told = refused(share(make_raster(tmp_path / "elsewhere.tif")))

    assert "--copy" in told
    assert str(data / "files") in told


def test_a_link_that_leads_out_of_a_root_is_outside(share: Callable[..., Result], data: Path, tmp_path: Path) -> None:
    (data / "files").mkdir(parents=True)
    (data / "files" / "in.tif").symlink_to(make_raster(tmp_path / "elsewhere.tif"))

    assert "in no storage root" in refused(share(data / "files" / "in.tif"))


def test_copy_puts_it_into_the_first_root_and_spares_its_namesakes(
    share: Callable[..., Result], data: Path, tmp_path: Path
) -> None:
    for number in (1, 2, 1):
        assert share(make_raster(tmp_path / str(number) / "field.tif", number), "--copy").exit_code == 0

    assert sorted(path.name for path in (data / "files").iterdir()) == ["field-2.tif", "field.tif"]


def test_a_copy_that_cannot_be_shared_is_taken_away_again(
    share: Callable[..., Result], data: Path, tmp_path: Path
) -> None:
    whole = make_raster(tmp_path / "field.tif").read_bytes()
    (tmp_path / "torn.tif").write_bytes(whole[: len(whole) // 2])

    assert "cannot be shared" in refused(share(tmp_path / "torn.tif", "--copy"))
    assert not list((data / "files").iterdir())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--password", "short"], "too short"),
        (["--password", "x" * 73], "too long"),
        (["--password", "long enough", "--expires", "tomorrow"], "'tomorrow' is not a duration"),
        (["--password", "long enough", "--expires", "2020-01-01T00:00:00Z"], "is over"),
        (["--password", "long enough", "--project", "nowhere"], "no project is called nowhere"),
        (["--password", "long enough", "--permission", "all"], "'all' is not one of"),
        (["--password", "long enough", "--generate-password"], "exclude each other"),
        ([], "give a --password"),
    ],
)
def test_bad_input_is_told_in_one_line(share: Callable[..., Result], data: Path, words: list[str], reason: str) -> None:
    assert reason in refused(share(make_raster(data / "files" / "field.tif"), *words, generate=False))


def test_a_path_that_is_not_there_is_told_in_one_line(share: Callable[..., Result], tmp_path: Path) -> None:
    assert "does not exist" in refused(share(tmp_path / "nothing.tif"))


def test_a_root_that_cannot_be_written_is_told_in_one_line(
    share: Callable[..., Result], data: Path, tmp_path: Path
) -> None:
    raster = make_raster(tmp_path / "field.tif")
    assert share(raster, "--copy").exit_code == 0
    shutil.rmtree(data / "files")
    (data / "files").write_text("not a folder")

    assert str(data / "files") in refused(share(raster, "--copy"))
