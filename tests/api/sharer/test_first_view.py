"""What the first view of a page costs: bytes as they are sent, and requests, apart from pictures and maps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.api.sharer.browsing import Browsing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Installation

BYTES, REQUESTS = 150_000, 12
LOADED = re.compile(r'<(?:link rel="stylesheet"|script[^>]*|link rel="icon"[^>]*) (?:href|src)="([^"]+)"')
IMPORTED = re.compile(r'(?:^import[^"]*|from )"(\./[^"]+)"|url\("([^"]+)"\)', re.MULTILINE)
SMALL = 45_000
"""Bytes of the page with thirty links: it holds secrets beside words of its address, so it is not compressed."""


async def first_view(service: Installation, text: str) -> tuple[int, int]:
    """Return the bytes and the requests of a page, its styles and scripts, and all that these name."""
    waiting, seen, sizes = {urljoin("/", path) for path in LOADED.findall(text)}, set[str](), [len(text.encode())]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        response = await service.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.status == 200, path
        sizes.append(int(response.headers["Content-Length"]))
        named = {urljoin(path, one or other) for one, other in IMPORTED.findall(await response.text())}
        waiting |= named - seen
    return sum(sizes), len(sizes)


async def test_first_views_are_small(service: Installation, record_property: Callable[[str, object], None]) -> None:
    item = await service.add_item(name="An item of a long name, as people give them")
    for number in range(30):  # as many as may be made in a minute
        link = await service.add_link(item, name=f"Survey of the northern islands, number {number}")
    browsing = Browsing(service=service)
    await browsing.sign_in()
    pages = {"links": "/", "link": f"/links/{link['id']}", "item": f"/items/{item['id']}"}
    pages |= {name: f"/{name}" for name in ("sign-in", "new-link", "items", "usage", "keys", "webhooks", "audit")}
    for name, path in pages.items():
        response = await browsing.get(path)
        text = await response.text()
        size, requests = await first_view(service, text)
        record_property(f"first view of {name}", f"{size / 1000:.0f} kB in {requests} requests")
        assert size < BYTES, name
        assert requests <= REQUESTS, name
        if name == "links":
            assert len(text.encode()) < SMALL


@pytest.mark.parametrize("path", ["/", "/sign-in"])
async def test_pages_with_secrets_are_not_compressed(service: Installation, path: str) -> None:
    browsing = Browsing(service=service)
    await browsing.sign_in()
    browsing.headers["Accept-Encoding"] = "gzip"
    response = await browsing.get(path)
    assert "Content-Encoding" not in response.headers
