"""Finding links by words and state, in any order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.cursors import cursor_text, cursor_values
from service.links.link_search import LinkOrder, Wanted
from service.metering.usage import LAST_USED
from service.operations.catalogue.items import projects_for
from service.operations.core.fields import invalid_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.search.models import LinkFind, LinkFound, LinksFound, LinkSort
from service.operations.links.views import link_detail

if TYPE_CHECKING:
    from service.identifiers import LinkId
    from service.links.link import Link

MOST_WORDS = 8
MOST_BY_USE = 20_000
"""Links whose counters are looked at, the newest first, to sort them by their use."""
AT_ONCE = 2_500
MEASURES = {
    LinkSort.VIEW_COUNT: "views",
    LinkSort.RENDER_COUNT: "renders",
    LinkSort.BYTE_COUNT: "bytes",
    LinkSort.LAST_ACCESSED_AT: LAST_USED,
}
"""What links are sorted by that is not in SQL."""
FARTHEST = 10**9


async def find_links(context: Context, request: LinkFind) -> LinksFound:
    """Find links by words and status, sorted by a date, their name, or what was used of them.

    Sorted by use, the newest 20,000 are looked at.
    """
    services, offset = context.services, _offset(request.cursor)
    wanted = Wanted(
        project_ids=await projects_for(context, request.project_id),
        words=tuple(request.query.split()[:MOST_WORDS]),
        status=request.status,
        now=datetime.now(UTC),
    )
    search = services.links.search
    total = await search.count(wanted)
    if request.sort.value in set(LinkOrder):
        order = LinkOrder(request.sort)
        page = await search.page(wanted, order, descending=request.descending, offset=offset, limit=request.limit)
    else:
        page = await _by_use(context, wanted, request, offset)
    end = offset + request.limit
    return LinksFound(
        links=await _shown(context, page),
        total=total,
        next_cursor=cursor_text(end) if end < total and page else None,
    )


async def _by_use(context: Context, wanted: Wanted, request: LinkFind, offset: int) -> list[Link]:
    search = context.services.links.search
    ids = await search.ids(wanted, MOST_BY_USE)
    used = dict(zip(ids, await _used(context, ids, MEASURES[request.sort]), strict=True))
    ids.sort(key=used.__getitem__, reverse=request.descending)
    shown = ids[offset : offset + request.limit]
    found = {link.id: link for link in await context.services.links.store.get_all(shown)}
    return [found[id_] for id_ in shown if id_ in found]


async def _shown(context: Context, page: list[Link]) -> tuple[LinkFound, ...]:
    services = context.services
    meter, organization_id = services.metering.meter, context.sharer.organization_id
    usage = await meter.link_usage(organization_id, [link.id for link in page])
    names = await services.links.search.target_names([link.target_id for link in page])
    return tuple(
        LinkFound(**dict(link_detail(services, link, usage[link.id])), target_name=names.get(link.target_id, ""))
        for link in page
    )


async def _used(context: Context, ids: list[LinkId], field: str) -> list[int]:
    """Return one number of each link, read some at a time: the event loop turns in between."""
    meter, organization_id = context.services.metering.meter, context.sharer.organization_id
    found: list[int] = []
    for start in range(0, len(ids), AT_ONCE):
        found += await meter.used_of(organization_id, ids[start : start + AT_ONCE], field)
    return found


def _offset(cursor: str | None) -> int:
    """Return how many links come before a page. Raises BadInput."""
    if cursor is None:
        return 0
    try:
        (offset,) = cursor_values(cursor, int)
    except ValueError:
        offset = -1
    if not 0 <= offset <= FARTHEST:
        raise invalid_cursor()
    return int(offset)


OPERATIONS = (Operation("share.link.find", Scope.SHARES_READ, Effect.READ, Bucket.LIST, find_links),)
