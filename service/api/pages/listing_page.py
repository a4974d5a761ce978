"""A folder as a page, for browsers; it needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from service.api.pages.templates import html_response, root_path
from service.catalogue.storage.entry import EntryKind
from service.links.link import Permission

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp import web

    from service.links.admission import Admission
    from service.operations.files.models import FileEntry, FilePage

UNITS = ("kB", "MB", "GB", "TB")
STEP = 1000
FEW = 10
CARRIED = ("key", "item")
"""Parameters that the links of a page hand on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry as the page shows it."""

    name: str
    href: str | None
    """None for a file that may be listed and not downloaded."""
    is_folder: bool
    size: str
    modified: str
    modified_at: str


def listing_page(request: web.Request, admission: Admission, page: FilePage) -> web.Response:
    """Return the page of a folder."""
    link = admission.link
    may_download = link.permission is not Permission.VIEW
    base, carried = f"{root_path(request)}/s/{request.match_info['token']}", _carried(request)
    files = f"{base}/files"
    more = _address(files, page.path, [*carried, ("cursor", page.next_cursor)]) if page.next_cursor else None
    return html_response(
        request,
        "files.html",
        title=page.path.rpartition("/")[2] or link.name or admission.target.name,
        crumbs=_crumbs(files, link.name or admission.target.name, page.path, carried),
        rows=[_row(files, entry, carried, may_download=may_download) for entry in page.entries],
        more=more,
        upload=_address(files, page.path, carried) if page.can_upload else None,
        archive=_archive(base, page.path, carried) if may_download and page.entries else None,
        share=base,
    )


def _row(files: str, entry: FileEntry, carried: list[tuple[str, str]], *, may_download: bool) -> Row:
    is_folder = entry.kind is EntryKind.DIRECTORY
    return Row(
        name=entry.name,
        href=_address(files, entry.path, carried) if is_folder or may_download else None,
        is_folder=is_folder,
        size="" if entry.size is None else readable_size(entry.size),
        modified="" if entry.modified is None else _readable_time(entry.modified),
        modified_at="" if entry.modified is None else entry.modified.isoformat(),
    )


def readable_size(size: int) -> str:
    """Return bytes as people read them: 987 B, 1.2 kB, 34 MB."""
    if size < STEP:
        return f"{size} B"
    amount, unit = float(size), ""
    for unit in UNITS:  # noqa: B007  (the last one is meant)
        amount /= STEP
        if round(amount) < STEP:
            break
    return f"{amount:.1f} {unit}" if amount < FEW else f"{amount:.0f} {unit}"


def _readable_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _crumbs(files: str, name: str, path: str, carried: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return name and address of each folder on the way."""
    parts = path.split("/") if path else []
    ways = ["/".join(parts[:length]) for length in range(len(parts) + 1)]
    return [(way.rpartition("/")[2] or name, _address(files, way, carried)) for way in ways]


def _archive(base: str, path: str, carried: list[tuple[str, str]]) -> str:
    query = [*carried, ("path", path)] if path else carried
    return f"{base}/archive.zip?{urlencode(query)}" if query else f"{base}/archive.zip"


def _address(files: str, path: str, query: list[tuple[str, str]]) -> str:
    address = f"{files}/{quote(path)}" if path else files
    return f"{address}?{urlencode(query)}" if query else address


def _carried(request: web.Request) -> list[tuple[str, str]]:
    return [(name, request.query[name]) for name in CARRIED if name in request.query]
