"""What happens in the process that optimises: it is held first, and then reads what somebody else may have made."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import Any

from service.cli.optimising.wish import Wish
from service.delivery.heavy.limits import Limits, take_limits
from tiling.errors import RasterRefused, TilingError
from tiling.gate.gdal_lockdown import WRITING, registered_drivers
from tiling.gate.landlock import landlock_version
from tiling.gate.sandbox import restrict_process
from tiling.ingest.foreign.opening import NETWORKED, is_served_as_it_is
from tiling.ingest.foreign.staging import stage
from tiling.ingest.optimise import Optimised, optimise

NOT_HELD = (
    "this kernel has no Landlock, so nothing holds GDAL to the folder of the file: if you trust it and all that is "
    "beside it, pass --trusted"
)
_SPARE_SECONDS = 5
"""Between the signal that ends it and the one that nothing survives."""


def main(parent: int) -> None:
    """Do what standard input asks for, and say on standard output how far it is, in lines of JSON."""
    wish = Wish.unpacked(sys.stdin.readline())
    try:
        written = _optimised(wish, parent)
    except TilingError as exc:
        _say(refused=str(exc))
    except (OSError, MemoryError) as exc:
        said = f"more memory than {wish.memory // 2**20} MiB is needed: allow it with --memory"
        _say(refused=said if isinstance(exc, MemoryError) else exc.strerror or str(exc))
    else:
        _say(written=asdict(written))


def _optimised(wish: Wish, parent: int) -> Optimised:
    take_limits(Limits(memory=wish.memory), parent)
    resource.setrlimit(resource.RLIMIT_CPU, (wish.seconds, wish.seconds + _SPARE_SECONDS))
    is_plain = is_served_as_it_is(wish.source, wish.choice)
    if not is_plain and landlock_version() == 0 and not wish.trusted:
        raise RasterRefused(NOT_HELD)
    restrict_process(wish.reach, WRITING if is_plain else registered_drivers() - NETWORKED)
    staged = wish.source
    if not is_plain:
        staged = wish.target.with_name("staged.tif")
        stage(wish.source, staged, wish.choice, lambda part: _say(reading=part))
    _say(writing=True)
    return optimise(staged, wish.target, quality=wish.quality, picture=wish.picture)


def _say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
