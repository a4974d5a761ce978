"""No answer leaves on an outdated record of a link.

Every change of a link raises, before it is answered, the lowest version that the meter serves. What is metered asks the
meter anyway; all the rest looks at that number first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.errors import Gone, NotFound, Unauthenticated, Unavailable
from service.metering.charges import NO_CAPS, Caps, Charge

if TYPE_CHECKING:
    from service.links.link import Link
    from service.links.records.record_cache import RecordCache
    from service.metering.meter import Meter
    from service.metering.usage import Units


def no_such_link() -> NotFound:
    """Return the one error for forged, unknown and outdated tokens."""
    return NotFound("share_not_found", "There is no such link.")


class LinkGuard:
    """Fails to the truth: where Redis cannot be asked which version is the last one, SQL is."""

    def __init__(self, links: RecordCache[Link], meter: Meter) -> None:
        self._links = links
        self._meter = meter

    async def newest(self, link_id: str) -> Link | None:
        """Return a link as it is now, after all changes that were answered."""
        is_truth = self._links.is_truth
        link = await self._links.get(link_id)
        if link is None or is_truth or await self._is_newest(link):
            return link
        return await self._links.read_again(link_id)

    async def confirm(self, link: Link, *, by_key: bool, named: str | None = None) -> None:
        """Raise unless who was admitted to a link still is. `by_key`: a key let them in; `named`: one with this id."""
        if not await self._is_newest(link):
            await self._renewed(link, by_key=by_key, named=named)

    async def charge(self, link: Link, units: Units, *, by_key: bool, named: str | None = None) -> None:
        """Count units to a link whose caller still is admitted. Raises as `Meter.charge` does, or as `confirm`."""
        try:
            await self._meter.charge(charge_of(link, units))
        except Gone as exc:
            if exc.code != "share_revoked":
                raise
            renewed = await self._renewed(link, by_key=by_key, named=named)
            if renewed.version == link.version:
                raise
            await self._meter.charge(charge_of(renewed, units))

    async def _is_newest(self, link: Link) -> bool:
        try:
            return link.version >= await self._meter.lowest_version(link.organization_id, link.id)
        except Unavailable:
            return False

    async def _renewed(self, link: Link, *, by_key: bool, named: str | None) -> Link:
        """Return the newest version of a link, or raise what has become of it."""
        newest = await self._links.read_again(link.id)
        if newest is None or newest.rotation != link.rotation:
            raise no_such_link()
        newest.require_active(datetime.now(UTC))
        if by_key and newest.generation != link.generation:
            raise outdated_key()
        if named is not None and named in newest.revoked_keys:
            raise revoked_key()
        if not newest.grants_the_same(link):
            raise Unavailable("backend_unavailable", "The link was changed just now; try again.", retry_after=1)
        return newest


def charge_of(link: Link, units: Units) -> Charge:
    """Return the charge of some units to a link."""
    return Charge(
        organization_id=link.organization_id,
        link_id=link.id,
        version=link.version,
        units=units,
        caps=_caps_of(link),
    )


def _caps_of(link: Link) -> Caps:
    if link.max_renders is None and link.max_bytes is None and link.max_views is None:
        return NO_CAPS
    return Caps(max_renders=link.max_renders, max_bytes=link.max_bytes, max_views=link.max_views)


def outdated_key() -> Unauthenticated:
    """Return the error for the key of another link, or of a link that was changed since."""
    return Unauthenticated(
        "key_invalid", "The key does not belong to this link, or the link has changed since; give the password again."
    )


def revoked_key() -> Unauthenticated:
    """Return the error for a named key that was revoked."""
    return Unauthenticated("key_invalid", "The key was revoked by the link's owner.")
