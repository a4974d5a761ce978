"""What GDAL complains of does not fill the log."""

from __future__ import annotations

import logging

from service.processes.logs import FewComplaints


def test_gdal_says_so_much_a_minute() -> None:
    now = [0.0]
    few = FewComplaints(3, lambda: now[0])

    def said(count: int) -> list[str]:
        records = [logging.makeLogRecord({"msg": "pixel %d", "args": (number,)}) for number in range(count)]
        return [record.getMessage() for record in records if few.filter(record)]

    assert said(1000) == ["pixel 0", "pixel 1", "pixel 2 (and no more in this minute)"]
    now[0] = 61.0
    assert said(2) == ["pixel 0", "pixel 1"]
