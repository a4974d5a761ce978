"""No request holds the event loop, whatever it asks: worst cases for every field of every operation."""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from service.operations.registry import OPERATIONS
from tests.conftest import PASSWORD
from tests.loop_watch import LoopWatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Installation

pytestmark = pytest.mark.security

BODY = 380_000
"""Characters: about as many as a body may have."""


def crossing_triangles(count: int) -> dict[str, Any]:
    """Half of them lie across, half of them stand: each of the ones crosses each of the others."""
    lying, standing = [], []
    for n in range(count):
        low, left = n * 80 / count, -80 + n * 160 / count
        lying.append([[[-90, low], [90, low], [90, low + 20 / count], [-90, low]]])
        standing.append([[[left, -1], [left + 40 / count, 81], [left, 81], [left, -1]]])
    return {"type": "MultiPolygon", "coordinates": lying + standing}


def comb(teeth: int, *, lying: bool) -> dict[str, Any]:
    """One valid ring of four points a tooth."""
    ring = [(-90.0, -80.0)]
    for n in range(teeth):
        left = -90 + n * 160 / teeth
        ring += [(left, 80.0), (left + 40 / teeth, 80.0), (left + 80 / teeth, -79.0), (left + 120 / teeth, -79.0)]
    ring += [(80.0, -80.0), (-90.0, -80.0)]
    return {"type": "Polygon", "coordinates": [[(y, x / 2) if lying else (x, y) for x, y in ring]]}


def star(points: int) -> dict[str, Any]:
    """A ring that crosses itself with each of its edges."""
    turns = [n * (points // 2) * 2 * math.pi / points for n in range(points)]
    ring = [[80 * math.cos(turn), 80 * math.sin(turn)] for turn in turns]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


WORST: dict[str, Any] = {
    "long text": "a" * BODY,
    "brackets": "![" * 5000,
    "nested brackets": "[[](" * 2500,
    "quotes": ">" * 10_000,
    "table": "|a|b|\n|-|-|\n" * 800,
    "addresses": [f"a{n}@{'b' * 50}.example.org" for n in range(3000)],
    "texts": ["a"] * (BODY // 5),
    "numbers": [1] * (BODY // 3),
    "huge number": int("9" * 4000),
    "deep list": json.loads("[" * 150 + "]" * 150),
    "members": {f"a{n}": n for n in range(20_000)},
    "triangles": crossing_triangles(1500),
    "comb": comb(2400, lying=False),
    "star": star(4999),
    "many points": {"type": "Polygon", "coordinates": [[[0, 0]] * 60_000]},
    "features": {"type": "FeatureCollection", "features": [{"type": "Feature"}] * 15_000},
    "notes": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [0, 0]},
                "properties": {"note": "[" * 3900},
            }
        ]
        * 90,
    },
    "expression": {"expression": "(" * 128 + "b1" + ")" * 126},
    "colours": {"colormap": {str(n): "#000000" for n in range(10_000)}},
    "colour text": {"colormap": "[" * 8000},
    "profiles": [
        {"id": f"p{n}", "label": "x", "kind": "raw", "bands": [1], "expression": "b1+" * 80 + "b1"} for n in range(900)
    ],
    "map": {"layers": [{"item_id": "a"}] * 5000},
    "text content": {"markdown": "[[](" * 45_000},
    "cursor": base64.urlsafe_b64encode(("[" * 700).encode()).decode(),
    "base64": "A" * 340_000,
}


def bodies(operation: str, link: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body of an operation, each of its fields once with each of the worst cases."""
    model = OPERATIONS[operation].request
    known = {"token": link["token"], "password": PASSWORD, "link_id": link["id"], "target_id": link["target_id"]}
    known |= {"target_type": "item", "item_id": link["target_id"], "project_id": link["project_id"]}
    known |= {"email": "b@example.org", "lon": -77, "lat": 25, "z": 8, "x": 72, "y": 110, "expires_in_hours": 1}
    base = {name: value for name, value in known.items() if name in model.model_fields}
    for field in model.model_fields:
        if field not in {"token", "link_id"}:
            for name, value in WORST.items():
                yield f"{operation}.{field} {name}", base | {field: value}


@pytest.mark.slow
@pytest.mark.timeout(2400)
async def test_event_loop_is_never_held(install: Any, loop_watch: LoopWatch) -> None:
    await _attack(await _installation(install), loop_watch, 1)


async def test_event_loop_is_not_held_by_a_sample(install: Any, loop_watch: LoopWatch) -> None:
    await _attack(await _installation(install), loop_watch, 97)


async def _installation(install: Any) -> Installation:
    rates = dict.fromkeys(("create", "read", "update", "list", "tiles", "requests"), 10**6)
    service: Installation = await install(**{f"rate_{name}": most for name, most in rates.items()})
    return service


async def _attack(service: Installation, watch: LoopWatch, step: int) -> None:
    """Send each so many-th of the worst cases: a prime, so that each operation and each case has its turn."""
    link = await service.add_link()
    every = [case for operation in OPERATIONS for case in bodies(operation, link)]
    worst = list[str]()
    for name, body in every[::step]:
        operation = name.partition(" ")[0].rpartition(".")[0]
        headers = service.headers | {"Content-Type": "application/json"}
        response = await service.client.post(f"/v1/op/{operation}", data=json.dumps(body), headers=headers)
        assert response.status < 500 or response.status == 504, (name, response.status, await response.text())
        worst += [f"{name} {held}" for held in watch.held]
        watch.held.clear()
    assert not worst, worst
    assert len(every) > 2000
