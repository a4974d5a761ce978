"""The page of usage: month by month, link by link, and how far the budget lasts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from service.accounts.api_keys import Scope
from service.api.pages.listing_page import readable_size
from service.api.sharer.shell import ask, csv_file, csv_of, for_visitors, shell_page
from service.api.sharer.words import count
from service.errors import BadInput
from service.operations.account.usage.export import MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from service.api.sharer.visitor import Visitor
    from service.operations.account.usage.export import UsageExportOutput, UsageExportRow
    from service.operations.account.usage.forecast import UsageForecast

SECTION, EXPORT = "/usage", "usage.export"
MONTHS = 12
ROWS = 5000
"""Of days and links of a month, that are added up for the page; there may be more in the table."""
LISTED = 100
MOST_CHUNKS = 40
"""Of ten thousand rows, in one table."""
UNITS = ("renders", "bytes", "downloads", "views", "queries")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


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
    today, organization_id = datetime.now(UTC).date(), _organization(visitor)
    month = _month(request, today)
    first = _months_before(today, MONTHS - 1)
    days = await _export(request, visitor, by="organization", first_day=first, limit=400)
    links = await _export(request, visitor, first_day=month, last_day=_last_day(month), limit=ROWS)
    forecast: UsageForecast = await ask(request, visitor, "usage.forecast", organization_id=organization_id)
    by_month, by_link = (
        _sums(days.rows, lambda row: f"{row.day:%Y-%m}"),
        _sums(links.rows, lambda row: row.link_id or ""),
    )
    names = await _names(request, visitor)
    return shell_page(
        request,
        visitor,
        "sharer/usage.html",
        section=SECTION,
        months=sorted(_shown(by_month, {}), key=lambda line: line.id, reverse=True),
        month=f"{month:%Y-%m}",
        links=sorted(_shown(by_link, names), key=lambda line: -line.share)[:LISTED],
        is_whole=not links.more,
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
        fields = {"organization_id": _organization(visitor), "first_day": month, "last_day": _last_day(month)}
        fields |= {"since": since, "limit": MAX_ROWS, "format": "csv"}
        answer: UsageExportOutput = await ask(request, visitor, EXPORT, **fields)
        csv = csv_of(EXPORT, fields, answer)
        parts.append(csv if since is None else csv.partition("\r\n")[2])
        since = answer.high_water_mark
        if not answer.more:
            break
    return csv_file(f"usage-{month:%Y-%m}.csv", "".join(parts))


async def _export(request: web.Request, visitor: Visitor, **fields: object) -> UsageExportOutput:
    answer: UsageExportOutput = await ask(request, visitor, EXPORT, organization_id=_organization(visitor), **fields)
    return answer


async def _names(request: web.Request, visitor: Visitor) -> dict[str, str]:
    """Return the names of the oldest links, where somebody may see them."""
    if not visitor.holds(Scope.SHARES_READ):
        return {}
    page = await ask(request, visitor, "share.link.list", limit=200)
    return {link.id: link.name for link in page.links if link.name}


def _sums(rows: Iterable[UsageExportRow], name_of: Callable[[UsageExportRow], str]) -> dict[str, Counter[str]]:
    """Return the sums of rows that have the same name."""
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        sums.setdefault(name_of(row), Counter()).update({unit: getattr(row, unit) for unit in UNITS})
    return sums


def _shown(sums: Mapping[str, Counter[str]], names: Mapping[str, str]) -> list[Line]:
    most = max((total["renders"] for total in sums.values()), default=0) or 1
    return [
        Line(id=key, name=names.get(key, key), amounts=_words(total), share=round(100 * total["renders"] / most, 1))
        for key, total in sums.items()
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
    if not MONTH.fullmatch(text) or not "2000-01" <= text <= "2999-12":
        raise BadInput("field_invalid", "month is a year and a month: 2026-11.", field="month")
    return date(int(text[:4]), int(text[5:]), 1)


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _months_before(today: date, months: int) -> date:
    """Return the first day of the month so many months before."""
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)
