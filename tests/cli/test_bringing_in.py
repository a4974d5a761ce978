"""`tilegate optimise` of other formats: in a process that reaches the file's own folder, and no network."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy

from service.cli.optimise import _wish
from service.cli.optimising import child
from service.cli.optimising.child import NOT_HELD
from service.cli.optimising.wish import Wish
from tests.cli.test_optimise import run
from tests.tiling.ingest.test_foreign import COLOURS, HEIGHTS, made, several
from tiling.errors import RasterRefused
from tiling.gate.landlock import landlock_version

held = pytest.mark.skipif(landlock_version() == 0, reason=NOT_HELD)


@held
def test_the_rasters_of_a_file_are_listed_and_the_chosen_one_is_written(tmp_path: Path) -> None:
    path, target = several(tmp_path), tmp_path / "two.tif"
    asked = run(path, target)
    assert asked.exit_code == 2
    assert "choose one with --subdataset\n  1  " in asked.output
    assert "Traceback" not in asked.output
    told = run(path, target, "--subdataset", 2, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["is_picture"] is False
    with rasterio.open(target) as new:
        assert (new.read(1) == HEIGHTS + 7).all()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["plain.tif", "several.nc", "two.tif"]


@held
def test_how_far_it_is_is_shown(tmp_path: Path) -> None:
    told = run(made(tmp_path / "a.png", COLOURS, "PNG"), tmp_path / "a.tif")
    assert told.exit_code == 0, told.output
    assert "100%" in told.stderr
    assert told.stdout.startswith(f"{tmp_path / 'a.tif'}: picture")


@held
@pytest.mark.slow
@pytest.mark.security
def test_a_vrt_reaches_what_lies_beside_and_below_it_and_nothing_else(tmp_path: Path) -> None:
    """Not above, not by a symbolic link, not nested, not as raw bytes."""
    (folder := tmp_path / "given" / "below").mkdir(parents=True)
    secret = made(tmp_path / "secret.tif", HEIGHTS)
    shutil.copy(secret, folder / "mine.tif")
    (folder.parent / "link.tif").symlink_to(secret)
    copy(secret, tmp_path / "given" / "above.vrt", driver="VRT")
    template = (tmp_path / "given" / "above.vrt").read_text()
    named = '<SourceFilename relativeToVRT="1">{}</SourceFilename>'
    start, _, rest = template.partition("<SourceFilename")
    _, _, rest = rest.partition("</SourceFilename>")
    for number, name in enumerate(["below/mine.tif", "../secret.tif", "link.tif", str(secret), "above.vrt"]):
        vrt, target = tmp_path / "given" / f"{number}.vrt", tmp_path / f"{number}.tif"
        vrt.write_text(start + named.format(name) + rest)
        told = run(vrt, target)
        assert (told.exit_code, target.exists()) == ((0, True) if number == 0 else (2, False)), (name, told.output)
        assert "lie beside it" in told.output or number == 0


@held
@pytest.mark.slow
@pytest.mark.security
def test_nothing_is_fetched_from_a_network(tmp_path: Path) -> None:
    """A picture's own server, a VRT of one, a VRT that is one inline: nobody knocks."""
    knocked, listener = list[str](), socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def listen() -> None:
        connection, _ = listener.accept()
        knocked.append("somebody")
        connection.close()

    threading.Thread(target=listen, daemon=True).start()
    wms = f'<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:{port}/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>'
    wms += "<DataWindow><UpperLeftX>-180</UpperLeftX><UpperLeftY>90</UpperLeftY><LowerRightX>180</LowerRightX>"
    wms += "<LowerRightY>-90</LowerRightY><SizeX>256</SizeX><SizeY>256</SizeY></DataWindow></GDAL_WMS>"
    band = '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
    band += f"<SourceFilename>/vsicurl/http://127.0.0.1:{port}/a.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    for name, text in {"wms.xml": wms, "curl.vrt": band, "inline.vrt": band.replace("/vsicurl/", "WCS:")}.items():
        (tmp_path / name).write_text(text)
        assert run(tmp_path / name, tmp_path / "new.tif", "--crs", "EPSG:4326").exit_code == 2
    assert knocked == []
    listener.close()


@held
@pytest.mark.slow
def test_what_needs_more_memory_or_time_than_it_may_have_ends(tmp_path: Path) -> None:
    path = made(tmp_path / "large.img", np.zeros((9000, 9000), "float64"), "HFA")
    told = run(path, tmp_path / "new.tif", "--memory", 64)
    assert told.exit_code == 2, told.output
    assert "--memory" in told.output
    assert not list(tmp_path.glob(".new.tif*"))


def test_without_landlock_other_formats_need_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "landlock_version", lambda: 0)
    for name in ("take_limits", "restrict_process", "_say"):
        monkeypatch.setattr(child, name, lambda *_, **__: 0)
    monkeypatch.setattr(child.resource, "setrlimit", lambda *_: None)
    path = made(tmp_path / "a.png", COLOURS, "PNG")
    options = {"subdataset": None, "bands": None, "crs": None, "picture": None, "quality": 85, "memory": 64}
    options |= {"cpu_minutes": 1, "trusted": False}
    wish = _wish(path, tmp_path, **options)
    assert Wish.unpacked(wish.packed()) == wish
    with pytest.raises(RasterRefused, match="pass --trusted"):
        child._optimised(wish, 0)
    assert child._optimised(replace(wish, trusted=True), 0).is_picture


@held
@pytest.mark.parametrize("words", [("--subdataset", "0"), ("--bands", "1,,2"), ("--bands", "0"), ("--memory", "1")])
def test_wrong_options_are_told_in_a_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    told = run(made(tmp_path / "a.tif", HEIGHTS), tmp_path / "new.tif", *words)
    assert told.exit_code == 2
    assert words[0] in told.output
