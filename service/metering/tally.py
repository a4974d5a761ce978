"""A worker's own tally of what it has counted for an organization: what Redis is sent again when it has lost some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.metering.usage import Units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.identifiers import LinkId
    from service.metering.charges import Charge


@dataclass(slots=True)
class _Share:
    units: Units
    seq: int


class Tally:
    """Absolute totals per link and UTC day, each with the batch that changed it last.

    It is as large as the links that were used in the last days, however long the ledger cannot be written.
    """

    def __init__(self) -> None:
        self._shares: dict[tuple[LinkId, str], _Share] = {}
        self._first_day = ""

    def add(self, charges: Iterable[Charge], day: str, seq: int) -> None:
        """Add what batch `seq` counted on a UTC day."""
        for charge in charges:
            share = self._shares.setdefault((charge.link_id, day), _Share(Units(), seq))
            share.units, share.seq = share.units + charge.units, seq

    def since(self, seq: int) -> list[list[str | int]]:
        """Return the items of `advance.lua` for what changed after batch `seq`."""
        return [
            [link_id, day, *share.units.as_tuple()] for (link_id, day), share in self._shares.items() if share.seq > seq
        ]

    def forget_before(self, day: str) -> None:
        """Drop the days before a UTC day: nothing is added to them any more, and the ledger has them."""
        if day == self._first_day:
            return
        self._first_day = day
        for key in [key for key in self._shares if key[1] < day]:
            del self._shares[key]
