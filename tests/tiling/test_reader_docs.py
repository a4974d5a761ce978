"""What docs/reader.md shows works."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reader.md"
WITH_RASTERIO, WITH_TITILER = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_example_with_rasterio_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(WITH_RASTERIO, str(PAGE), "exec"), {})
    assert capsys.readouterr().out.startswith("uint8 ")
    assert (tmp_path / "tile.png").read_bytes().startswith(b"\x89PNG")


def test_the_example_with_titiler_runs() -> None:
    pytest.importorskip("titiler.core", reason="TiTiler is in the environment of the benchmarks' peers only")
    exec(compile(WITH_TITILER, str(PAGE), "exec"), {})
