"""The page of usage: month by month, link by link, and how far the budget lasts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from service.api.pages.listing_page import readable_size
from service.api.sharer.shell import ask, ask_for_all, csv_file, csv_of, for_visitors, shell_page
from service.api.sharer.words import count
from service.errors import BadInput
from service.operations.account.usage.export import MAX_ROWS
from service.operations.account.usage.summary import MONTH, first_day, last_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.api.sharer.visitor import Visitor
    from service.operations.account.usage.counters import UsageTotals
    from service.operations.account.usage.export import UsageExportOutput
    from service.operations.account.usage.forecast import UsageForecast
    from service.operations.account.usage.summary import UsageSummary

SECTION, EXPORT = "/usage", "usage.export"
LISTED = 100
"""Links of a month on the page; all are in the table."""
MOST_CHUNKS = 40
"""Of ten thousand rows, in one table."""
UNITS = ("renders", "bytes", "downloads", "views", "queries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A month, or a link, with what was counted."""

    name: str
    id: str
    amounts: tuple[str, ...]
    share: float
    """Of the largest line's renders, from 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How far a budget is used."""

    unit: str
    limit: str
    used: str
    forecast: str
    percent: int
    expected: int
    reached_on: date | None


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(SECTION, for_visitors(usage))
    app.router.add_get(SECTION + ".csv", for_visitors(table))


async def usage(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show what the organization's links were used for."""
    month, organization_id = request.query.get("month"), _organization(visitor)
    summary: UsageSummary = await ask(
        visitor, "usage.summary", organization_id=organization_id, month=month, limit=LISTED
    )
    forecast: UsageForecast = await ask(visitor, "usage.forecast", organization_id=organization_id)
    return shell_page(
        request,
        visitor,
        "sharer/usage.html",
        section=SECTION,
        months=_lines([(one.month, one.month, one) for one in summary.months]),
        month=summary.month,
        links=_lines([(one.link_id, one.name or one.link_id, one) for one in summary.links]),
        is_whole=not summary.more,
        units=UNITS,
        so_far=_words(forecast.model_dump()),
        forecast=_words(forecast.forecast.model_dump()),
        bars=_bars(forecast),
    )


async def table(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Answer a month's usage by day and link as CSV, as `usage.export` writes it."""
    today = datetime.now(UTC).date()
    month, since, parts = _month(request, today), None, list[str]()
    for _ in range(MOST_CHUNKS):
        fields = {"organization_id": _organization(visitor), "first_day": month, "last_day": last_day(month)}
        fields |= {"since": since, "limit": MAX_ROWS, "format": "csv"}
        answer: UsageExportOutput = await ask_for_all(request, visitor, EXPORT, **fields)
        csv = csv_of(EXPORT, fields, answer)
        parts.append(csv if since is None else csv.partition("\r\n")[2])
        since = answer.high_water_mark
        if not answer.more:
            break
    return csv_file(f"usage-{month:%Y-%m}.csv", "".join(parts))


def _lines(totals: Sequence[tuple[str, str, UsageTotals]]) -> list[Line]:
    """Return lines for totals that have an id and a name."""
    most = max((total.renders for _, _, total in totals), default=0) or 1
    return [
        Line(id=id_, name=name, amounts=_words(total.model_dump()), share=round(100 * total.renders / most, 1))
        for id_, name, total in totals
    ]


def _words(amounts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(_word(unit, amounts[unit]) for unit in UNITS)


def _word(unit: str, amount: int) -> str:
    return readable_size(amount) if unit == "bytes" else count(amount)


def _bars(forecast: UsageForecast) -> list[Bar]:
    return [
        Bar(
            unit=one.unit,
            limit=_word(one.unit, one.limit),
            used=_word(one.unit, one.used),
            forecast=_word(one.unit, one.forecast),
            percent=min(100, round(100 * one.used / one.limit)) if one.limit else 100,
            expected=min(100, round(100 * one.forecast / one.limit)) if one.limit else 100,
            reached_on=one.reached_on,
        )
        for one in forecast.budget
    ]


def _organization(visitor: Visitor) -> str:
    return visitor.context.sharer.organization_id


def _month(request: web.Request, today: date) -> date:
    """Return the first day of the month that a URL names; of this one, where it names none. Raises BadInput."""
    text = request.query.get("month", f"{today:%Y-%m}")
    if not re.fullmatch(MONTH, text):
        raise BadInput("field_invalid", "month is a year and a month: 2026-11.", field="month")
    return first_day(text)
