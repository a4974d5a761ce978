"""How pages look: in the light, in the dark and on a phone; and whether they fit, and axe finds no serious fault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.async_playwright import Axe
from PIL import Image

if TYPE_CHECKING:
    from tests.clients.conftest import Visit

WIDE: dict[str, Any] = {"viewport": {"width": 1180, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOOKS: dict[str, dict[str, Any]] = {"light": WIDE, "dark": WIDE | {"color_scheme": "dark"}, "phone": PHONE}
SERIOUS = {"serious", "critical"}
SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of each page, such as docs/images; none are taken without it."""
PATIENCE = 60_000
"""Milliseconds."""


async def check(visit: Visit, name: str, look: str) -> None:
    """Wait until a page is there; keep its picture; raise AssertionError where it is too wide or axe finds a fault."""
    await visit.page.wait_for_load_state("networkidle", timeout=PATIENCE)
    await keep(visit, f"{name}-{look}")
    found = (await Axe().run(visit.page)).response["violations"]
    serious = [
        (fault["id"], node["html"][:200]) for fault in found if fault["impact"] in SERIOUS for node in fault["nodes"]
    ]
    assert serious == [], name
    width = await visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{name} is too wide by {width} pixels"


async def keep(visit: Visit, name: str) -> None:
    """Keep a picture of what is seen."""
    if not SHOTS:
        return
    raw = Path(SHOTS) / f"{name}.png"
    await visit.page.screenshot(path=raw)
    Image.open(raw).convert("RGB").save(raw.with_suffix(".webp"), quality=72, method=6)
    raw.unlink()
