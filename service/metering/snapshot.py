"""What a usage hash says at one moment, in types (see `meter.lua` for its fields)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from service.identifiers import LinkId
from service.metering.usage import UNITS, Units, milliseconds, moment_of

NEVER = datetime.fromtimestamp(0, UTC)


class ShareKey(NamedTuple):
    """Which worker's share in the total of which link on which UTC day."""

    link_id: LinkId
    day: date
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBatch:
    """The last batch of a worker that is counted."""

    seq: int = 0
    verdicts: str = ""
    used_at: datetime = NEVER

    @classmethod
    def parse(cls, text: str) -> LastBatch:
        """Read an `e:` field."""
        seq, verdicts, used_at = text.split(":")
        return cls(seq=int(seq), verdicts=verdicts, used_at=moment_of(used_at))

    def text(self) -> str:
        """Return the `e:` field."""
        return f"{self.seq}:{self.verdicts}:{milliseconds(self.used_at)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A usage hash, read in one step."""

    rev: str
    batches: dict[str, LastBatch]
    """Per epoch."""
    shares: dict[ShareKey, Units]
    last_used: dict[LinkId, datetime]


def read_snapshot(fields: dict[bytes, bytes]) -> Snapshot:
    """Return what the fields of a usage hash say."""
    batches, last_used = dict[str, LastBatch](), dict[LinkId, datetime]()
    amounts: dict[ShareKey, dict[str, int]] = {}
    for name, value in fields.items():
        kind, _, rest = name.decode().partition(":")
        if kind == "l":
            epoch, link_id, day, unit = rest.split(":")
            amounts.setdefault(ShareKey(LinkId(link_id), date.fromisoformat(day), epoch), {})[unit] = int(value)
        elif kind == "e":
            batches[rest] = LastBatch.parse(value.decode())
        elif kind == "u":
            last_used[LinkId(rest)] = moment_of(value.decode())
    shares = {key: Units(**{unit: found.get(unit, 0) for unit in UNITS}) for key, found in amounts.items()}
    return Snapshot(rev=fields[b"rev"].decode(), batches=batches, shares=shares, last_used=last_used)
