"""What the addresses of tiles say: read once for all tiles of a map, and remembered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from service.api.requests import params
from service.api.tiles.render_params import render_of
from service.errors import Unauthenticated
from service.links.caller import Credential
from service.operations.admission.tile_styles import TileSpot, TileStyle
from service.recently_used import RecentlyUsed

if TYPE_CHECKING:
    from aiohttp import web

    from service.links.admission import Admission
    from service.links.credentials.keys import KeySigner
    from service.links.credentials.tokens import TokenClaim, TokenSigner

PLANS = 2_000
TILES_OF_A_PLAN = 5
LONGEST_QUERY = 512
"""Characters of an address that is remembered: with the above it bounds the memory, some 20 MB."""
ADDRESS = re.compile(
    r"/s/([A-Za-z0-9_-]{44})(?:/tiles/([A-Za-z0-9_-]{1,64})|(?!/-))"
    r"/(-?[0-9]{1,10})/([0-9]{1,10})/([0-9]{1,10})([@.][A-Za-z0-9@.]*)((?:\?[^#]*)?)",
    re.ASCII,
)
"""Token, tile matrix set if it is named, z, x, y, size and format, query: what the router finds as well, but where
something in it is escaped. Numbers of matrices are below zero in some sets."""
NAME = re.compile(r"(?=[@.])")
"""Splits `{y}[@2x].{format}` behind y."""


class TileURL(NamedTuple):
    """The parts of a tile's address, as they were sent."""

    token: str
    place: tuple[str, str, str]
    """z, x and y."""
    ending: str
    """Size and format: `@2x.png`."""
    query: str | None
    """None where the address is not remembered."""
    grid: str | None = None
    """The tile matrix set; None where none is named."""

    @classmethod
    def of_address(cls, address: str) -> TileURL | None:
        """Return the parts of an address; None for what the router should look at."""
        found = ADDRESS.fullmatch(address)
        if found is None:
            return None
        token, grid, z, x, y, ending, query = found.groups()
        return cls(token, (z, x, y), ending, query, grid)

    @classmethod
    def of_route(cls, request: web.Request) -> TileURL:
        """Return the parts that the router found."""
        said = request.match_info
        y, name = NAME.split(said["name"], 1)[0], said["name"]
        return cls(said["token"], (said["z"], said["x"], y), name.removeprefix(y), None, said.get("grid"))

    def tile(self) -> tuple[int, int, int]:
        """Return z, x and y. Raises BadInput with the one at fault."""
        z, x, y = self.place
        if self.query is not None:  # the expression has seen that they are numbers
            return int(z), int(x), int(y)
        sign = -1 if self.grid is not None and z.startswith("-") else 1
        number = params.whole_number(z.removeprefix("-") if sign < 0 else z, "z")
        return sign * number, params.whole_number(x, "x"), params.whole_number(y, "y")


@dataclass(slots=True, kw_only=True)
class Plan:
    """What an address says but for which tile it is. Of what may change it knows nothing but how it was drawn last."""

    claim: TokenClaim | None
    """None for a token that is not genuine."""
    credential: Credential
    """The key in the address, if there is one."""
    item: str | None
    """Which part of what the link shares."""
    datetime: str | None
    """Of a collection: of which time."""
    is_transparent: bool
    """Whether an empty tile is a transparent picture."""
    admitted: Admission | None = None
    """Whom the key in the address let in the last time."""
    is_well_formed: bool = False
    """Whether the address was checked."""
    _style: TileStyle | None = field(default=None, repr=False)

    def style(self, request: web.Request, url: TileURL) -> TileStyle:
        """Return how the tiles are asked for. Raises BadInput with the parameter at fault."""
        if self._style is None:
            tilesize, image_format = params.tile_ending(url.ending)
            profile = request.query.get("profile")
            self._style = TileStyle(
                image_format=image_format,
                tilesize=tilesize,
                tile_matrix_set=url.grid,
                profile_id=profile,
                render=render_of(request),
            )
        return self._style


@dataclass(slots=True)
class Asked:
    """One tile that an address names: its parts, the plan of its map, and which tile that is, once it was read."""

    url: TileURL
    plan: Plan
    spot: TileSpot | None = None
    is_remembered: bool = False


class Plans:
    """Makes plans, and remembers those whose callers were let in: nobody else can fill the memory.

    A plan is what its address says letter by letter, token and key included. That it is remembered changes nothing but
    the time that a tile takes.
    """

    def __init__(self, tokens: TokenSigner, keys: KeySigner, size: int = PLANS) -> None:
        """`size`: how many are remembered; 0 for none."""
        self._tokens = tokens
        self._keys = keys
        self._size = size
        self.known: RecentlyUsed[tuple[str, str | None, str, str], Plan] = RecentlyUsed(size)
        self.tiles: RecentlyUsed[str, Asked] = RecentlyUsed(size * TILES_OF_A_PLAN)
        """By whole address."""

    def by_address(self, request: web.Request) -> Asked | None:
        """Return what a request's address names; None for what the router should look at."""
        address = request.raw_path
        asked = self.tiles.find(address)
        if asked is not None:
            return asked
        url = TileURL.of_address(address)
        return None if url is None else Asked(url, self._plan(request, url))

    def by_route(self, request: web.Request) -> Asked:
        """Return what the router has found."""
        url = TileURL.of_route(request)
        return Asked(url, self._plan(request, url))

    def _plan(self, request: web.Request, url: TileURL) -> Plan:
        """Return the plan of an address. What is wrong with it is told by who uses it, in the order of the checks."""
        known = None if url.query is None else self.known.find((url.token, url.grid, url.ending, url.query))
        return known or self._make(request, url)

    def remember(self, request: web.Request, asked: Asked) -> None:
        """Remember what the address of a caller says who was let in."""
        url, asked.is_remembered = asked.url, True
        if self._size == 0 or url.query is None or len(url.query) > LONGEST_QUERY:
            return
        self.tiles.keep(request.raw_path, asked)
        self.known.keep((url.token, url.grid, url.ending, url.query), asked.plan)

    def _make(self, request: web.Request, url: TileURL) -> Plan:
        query = request.query
        return Plan(
            claim=self._tokens.open(url.token),
            credential=self._credential(query.get("key")),
            item=params.item_of(request),
            datetime=query.get("datetime"),
            is_transparent=query.get("empty") == "transparent",
        )

    def _credential(self, key: str | None) -> Credential:
        try:
            return Credential(key=key, opened=self._keys.read(key) if key else None)
        except Unauthenticated:  # told when the link was found, as for any other key
            return Credential(key=key)
