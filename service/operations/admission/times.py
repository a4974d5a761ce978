"""Of a collection, what is of a time that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.period import Period
from service.errors import BadInput

if TYPE_CHECKING:
    from service.delivery.images.members import Members
    from service.links.admission import Admission
    from service.operations.core.operation import Context

MOST_TIMES = 1000
"""That are told of a collection."""


def in_time(admission: Admission, text: str | None) -> Admission:
    """Return the admission to what a collection has of a time, an instant or an interval; None changes nothing.

    Raises BadInput for what is no time, and where the target is no collection.
    """
    if text is None:
        return admission
    period, target = Period.parse(text), admission.target
    if not isinstance(target, Collection):
        raise BadInput("field_invalid", "datetime picks items of a collection, and this is none.", field="datetime")
    return replace(admission, target=replace(target, during=period))


async def times_of(context: Context, admission: Admission) -> tuple[str, ...]:
    """Return the times of a collection's items, in order, each once: the first thousand."""
    target = admission.target
    if not isinstance(target, Collection):
        return ()
    members = await context.services.images.mosaics.members(target)
    return await context.services.threads.cpu.run(_times, members)


def _times(members: Members) -> tuple[str, ...]:
    """Return the first times. Blocks the first time: ten thousand items take a tenth of a second."""
    return members.times[:MOST_TIMES]
