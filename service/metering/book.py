"""What one worker counts for an organization in one month."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.metering.months import new_epoch_name
from service.metering.snapshot import LastBatch
from service.metering.tally import Tally

if TYPE_CHECKING:
    from service.metering.months import Month


@dataclass(slots=True)
class Book:
    """Batches under an epoch of its own, which belongs to one month: so a month's total is the sum of epochs, too."""

    month: str
    epoch: str
    last: LastBatch = field(default_factory=LastBatch)
    """The last batch whose verdicts are known."""
    settled: int = 0
    """The last batch that the ledger has."""
    tally: Tally = field(default_factory=Tally)

    @classmethod
    def of(cls, month: Month) -> Book:
        """Return an empty book."""
        return cls(month.name, new_epoch_name(month, secrets.token_hex(8)))

    @property
    def is_settled(self) -> bool:
        """Whether the ledger has all that was counted here."""
        return self.settled >= self.last.seq
