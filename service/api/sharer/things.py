"""The pages of items: all of them with thumbnails, and one with its place, its warnings and its profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import TypeAdapter

from service.accounts.api_keys import Scope
from service.api.pages.templates import root_path
from service.api.responses.image_response import image_response
from service.api.sharer.advice import Warned, advised
from service.api.sharer.outline import outline
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.catalogue.item import ItemKind
from service.errors import BadInput
from tiling.models import Profile

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.catalogue.item_models import ItemDetail, ItemOutput, ItemPage

SECTION = "/items"
AT_ONCE = 24
PICTURED = {ItemKind.RASTER, ItemKind.IMAGE}
PROFILES = TypeAdapter(tuple[Profile, ...])
COLORMAPS = (
    *(
        "viridis",
        "magma",
        "inferno",
        "plasma",
        "cividis",
        "gray",
        "terrain",
        "hypsometric",
        "rdylgn",
        "rdylbu",
        "spectral",
    ),
    *("coolwarm", "ylgn", "ylorrd", "blues", "greens", "reds", "bugn", "jet", "turbo", "gist_earth", "tab10", "tab20"),
)
"""Some of the names that a profile may say; it takes others, and colours as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An item as the list shows it."""

    id: str
    name: str
    kind: str
    has_picture: bool
    facts: str
    warnings: int


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(SECTION, for_visitors(catalogue))
    app.router.add_get(SECTION + "/{item}", for_visitors(one))
    app.router.add_get(SECTION + "/{item}/picture", for_visitors(picture))


async def catalogue(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the items of all projects that somebody is a member of."""
    page: ItemPage = await ask(visitor, "item.list", cursor=request.query.get("cursor"), limit=AT_ONCE)
    more = None
    if page.next_cursor:
        more = f"{root_path(request)}{SECTION}?{urlencode({'cursor': page.next_cursor})}"
    cards = [_card(item) for item in page.items]
    may_write = visitor.holds(Scope.ITEMS_WRITE)
    return shell_page(
        request, visitor, "sharer/items.html", section=SECTION, cards=cards, more=more, may_write=may_write
    )


async def one(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show an item."""
    item: ItemDetail = await ask(visitor, "item.get", item_id=request.match_info["item"])
    return shell_page(
        request,
        visitor,
        "sharer/item.html",
        section=SECTION,
        item=item,
        card=_card(item),
        warnings=_warnings(item),
        place=None if item.bounds is None else outline(item.bounds),
        profiles=PROFILES.dump_python(item.profiles, mode="json"),
        colormaps=COLORMAPS,
        may_write=visitor.holds(Scope.ITEMS_WRITE),
    )


async def picture(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Answer a small picture of an item, as `item.preview` renders it."""
    fields: dict[str, Any] = {"item_id": request.match_info["item"], "profile": request.query.get("profile")}
    size = request.query.get("size", "256")
    if not size.isascii() or not size.isdigit() or len(size) > len("512"):
        raise BadInput("field_invalid", "size is a number of pixels.", field="size")
    response = image_response(request, await ask(visitor, "item.preview", **fields, max_size=int(size)))
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _card(item: ItemOutput) -> Card:
    facts = [f"{item.width} by {item.height}", item.crs or ""] if item.width and item.height else [item.path]
    return Card(
        id=item.id,
        name=item.name,
        kind=item.kind,
        has_picture=item.kind in PICTURED and not item.quarantined,
        facts=" · ".join(fact for fact in facts if fact),
        warnings=len(item.warnings) + item.quarantined,
    )


def _warnings(item: ItemOutput) -> list[Warned]:
    return [advised(text) for text in item.warnings]
