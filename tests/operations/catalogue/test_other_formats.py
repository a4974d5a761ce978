"""Files that are no GeoTIFFs: shared as they are with a warning, and the command in it makes a map of them."""

from __future__ import annotations

import asyncio
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from service.cli import main
from service.operations.catalogue.foreign import optimise_command
from tests.api.test_content import add, add_file, picture
from tests.tiling.ingest.test_foreign import HEIGHTS, made
from tiling.gate.landlock import landlock_version

if TYPE_CHECKING:
    from tests.conftest import Installation

COMMAND = re.compile(r"run `(tilegate optimise [^`]+)`")


@pytest.mark.skipif(landlock_version() == 0, reason="other formats are not read then")
async def test_the_command_that_a_warning_names_makes_a_map_of_the_file(
    service: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(service.root / "rain fall.nc", HEIGHTS, "netCDF", nodata=-9)
    item = await add(service, root="files", path="rain fall.nc")
    assert (item["kind"], len(item["warnings"])) == ("file", 1)
    (command,) = COMMAND.findall(item["warnings"][0])
    monkeypatch.chdir(service.root)
    told = await asyncio.to_thread(CliRunner().invoke, main, shlex.split(command)[1:])
    assert told.exit_code == 0, told.output
    assert (await add(service, root="files", path="rain fall.tif"))["kind"] == "raster"


async def test_a_raster_of_another_format_is_refused_with_the_command(service: Installation) -> None:
    for name, kind in (("a.jp2", None), ("grid.nc", "raster"), ("a.tif", None)):
        (service.root / name).write_bytes(b"\0\0\0\x0cjP  whatever it is")
        body = {"project_id": service.account.project_id, "root": "files", "path": name}
        response = await service.post("item.create", **body | ({} if kind is None else {"kind": kind}))
        problem = await response.json()
        assert (response.status, problem["code"], problem["field"]) == (422, "field_invalid", "path")
        assert f"`{optimise_command(name)}`" in problem["detail"]


async def test_a_picture_with_a_world_file_is_shared_as_a_picture_with_the_command(service: Installation) -> None:
    plain = await add_file(service, "plain.jpg", picture())
    assert (plain["kind"], plain["warnings"]) == ("image", [])
    (service.root / "placed.jgw").write_text("1\n0\n0\n-1\n0\n0\n")
    placed = await add_file(service, "placed.jpg", picture())
    assert placed["kind"] == "image"
    assert "`tilegate optimise placed.jpg placed.tif`" in placed["warnings"][0]


async def test_who_says_that_it_is_a_file_is_not_warned(service: Installation) -> None:
    assert (await add_file(service, "a.grib2", b"GRIB", kind="file"))["warnings"] == []
    assert (await add_file(service, "a.zip", b"PK"))["warnings"] == []


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("a/b.nc", "tilegate optimise b.nc b.tif"),
        ("$(id) `x`.jp2", "tilegate optimise '$(id) `x`.jp2' '$(id) `x`.tif'"),
        ("-rf.img", "tilegate optimise -- -rf.img -rf.tif"),
        ("A.TIF", "tilegate optimise A.TIF A-cog.tif"),
        ("hdf", "tilegate optimise hdf hdf.tif"),
    ],
)
def test_the_command_is_safe_to_paste(path: str, command: str) -> None:
    assert optimise_command(path) == command
