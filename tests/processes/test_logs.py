"""What GDAL complains of does not fill the log."""

from __future__ import annotations

import json
import logging
import sys

from service.processes.logs import FewComplaints, json_formatter


def test_gdal_says_so_much_a_minute() -> None:
    now = [0.0]
    few = FewComplaints(3, lambda: now[0])

    def said(count: int) -> list[str]:
        records = [logging.makeLogRecord({"msg": "pixel %d", "args": (number,)}) for number in range(count)]
        return [record.getMessage() for record in records if few.filter(record)]

    assert said(1000) == ["pixel 0", "pixel 1", "pixel 2 (and no more in this minute)"]
    now[0] = 61.0
    assert said(2) == ["pixel 0", "pixel 1"]


def test_json_has_a_record_on_a_line_with_the_values_that_its_message_names() -> None:
    values = {"status": 200, "link_id": "lnk_1", "level": "not this one"}
    record = logging.makeLogRecord(
        {"name": "service.access", "msg": "%(status)d\nfor %(link_id)s", "args": values, "levelname": "INFO"}
    )
    line = json_formatter().format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert list(told)[:5] == ["timestamp", "level", "logger", "pid", "event"]
    assert (told["level"], told["logger"], told["event"]) == ("info", "service.access", "200\nfor lnk_1")
    assert (told["status"], told["link_id"]) == (200, "lnk_1")
    assert told["timestamp"].endswith("Z")


def test_json_has_tracebacks_as_a_value() -> None:
    try:
        int("no")
    except ValueError:
        record = logging.makeLogRecord({"msg": "failed: %s", "args": ("this",), "exc_info": sys.exc_info()})
    told = json.loads(json_formatter().format(record))
    assert told["event"] == "failed: this"
    assert told["exception"].endswith("with base 10: 'no'")
