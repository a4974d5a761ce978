from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.rules.source_rules import check_rooms, heavy_in_coroutine, opened_by_name, too_long

HEAVY = {"shapely": "a pool", "tiling.geometry.region": "a pool"}

BY_NAME = {
    "builtin": "open(path)",
    "os": "import os\nos.open(path, 0)",
    "rasterio": "import rasterio\nrasterio.open(path)",
    "Pillow": "from PIL import Image\nImage.open(path)",
    "a path's own": "path.read_bytes()",
}
ON_THE_LOOP = {
    "a module's function": "import shapely\nasync def f(a):\n    return shapely.union_all(a)",
    "an imported function": "from tiling.geometry.region import box_region\nasync def f(a):\n    return box_region(a)",
    "in a comprehension": "import shapely\nasync def f(a):\n    return [shapely.area(b) for b in a]",
}
ELSEWHERE = {
    "a plain function": "import shapely\ndef f(a):\n    return shapely.union_all(a)",
    "a lambda": "import shapely\nasync def f(run, a):\n    return await run(lambda: shapely.union_all(a))",
    "a partial": "import shapely\nasync def f(run, a):\n    return await run(partial(shapely.union_all, a))",
    "a class": "from tiling.geometry.region import Region\nasync def f(a):\n    return Region(a)",
}


@pytest.mark.parametrize("source", BY_NAME.values(), ids=BY_NAME)
def test_a_file_that_is_opened_by_name_is_found(source: str) -> None:
    assert list(opened_by_name("a.py", ast.parse(source), {}))
    assert not list(opened_by_name("a.py", ast.parse(source), {"a.py": "a door"}))


@pytest.mark.parametrize("source", ON_THE_LOOP.values(), ids=ON_THE_LOOP)
def test_geometry_in_a_coroutine_is_found(source: str) -> None:
    assert len(list(heavy_in_coroutine("a.py", ast.parse(source), HEAVY))) == 1


@pytest.mark.parametrize("source", ELSEWHERE.values(), ids=ELSEWHERE)
def test_geometry_elsewhere_is_not(source: str) -> None:
    assert not list(heavy_in_coroutine("a.py", ast.parse(source), HEAVY))


@pytest.mark.parametrize("head", ["def f(a):", "async def f(a):", "class C:\n  def f(a):"])
def test_a_function_that_is_longer_than_it_may_be_is_found(head: str) -> None:
    def long(lines: int) -> ast.Module:
        return ast.parse(f"@decorated\n{head}\n" + "    a()\n" * (lines - 1))

    assert not list(too_long("a.py", long(40), 40))
    assert [breach.message for breach in too_long("a.py", long(41), 40)] == [
        "f has 41 lines, and may have 40: divide it"
    ]


def test_a_room_with_more_modules_than_it_may_hold_is_found(tmp_path: Path) -> None:
    (tmp_path / "house" / "attic").mkdir(parents=True)
    for name in ("__init__", "a", "b", "c"):
        (tmp_path / "house" / "attic" / f"{name}.py").touch()
    assert not check_rooms(tmp_path, ("house",), 3, {})
    assert not check_rooms(tmp_path, ("house",), 2, {"house/attic": 3})
    assert [str(breach) for breach in check_rooms(tmp_path, ("house",), 2, {})] == [
        "house/attic:1: 3 modules in a room, which may have 2: divide it"
    ]
