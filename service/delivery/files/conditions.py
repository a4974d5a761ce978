"""Which bytes of a file a request is answered with: conditions and ranges of RFC 9110, sections 13 and 14."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from service.errors import Conflict, RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes\s*=\s*(?P<first>[0-9]*)\s*-\s*(?P<last>[0-9]*)\s*", re.ASCII | re.IGNORECASE)
LONGEST_NUMBER = 19
STRONG_AFTER = timedelta(seconds=60)
"""A date says which version it is only of a file that was left alone for so long (RFC 9110, 8.8.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a request says of the version that it wants, and of the part."""

    range: str | None = None
    """The header, as it came."""
    if_range: str | None = None
    """The header: an ETag, or a date that `if_range_date` is."""
    if_range_date: datetime | None = None
    if_match: tuple[str, ...] | None = None
    """Strong ETags, or `*`; None for no such header."""
    if_none_match: tuple[str, ...] | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None
    adds_only: bool = False
    """Of an upload that does not say what it replaces: nothing. The same bytes again are no other file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is sent: bytes from `start` to before `stop`."""

    status: int
    """200, 206 or 304."""
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What distinguishes a version of a file from others."""

    etag: str
    modified: datetime | None
    size: int


def select(conditions: Conditions, version: Version, now: datetime) -> Selection:
    """Choose what is sent. Raises Conflict `precondition_failed`, RangeNotSatisfiable."""
    check_preconditions(conditions, version)
    if _is_held(conditions, version):
        return Selection(status=HTTPStatus.NOT_MODIFIED, start=0, stop=0)
    whole = Selection(status=HTTPStatus.OK, start=0, stop=version.size)
    match = ONE_RANGE.fullmatch(conditions.range or "")
    if match is None or not _is_same(conditions, version, now):
        return whole  # several ranges, too: nobody needs them, and each would have to be charged
    return _part(match["first"], match["last"], version.size) or whole


def check_preconditions(conditions: Conditions, version: Version | None) -> None:
    """Raise Conflict `precondition_failed` where another version is wanted than is there. None: nothing is there."""
    wanted = conditions.if_match
    if wanted is not None:
        if version is None or not ("*" in wanted or version.etag in wanted):
            raise precondition_failed("The file is not, or no longer, the one that If-Match names.")
    elif conditions.if_unmodified_since is not None and (
        version is None or version.modified is None or version.modified > conditions.if_unmodified_since
    ):
        raise precondition_failed("The file was changed since.")


def precondition_failed(detail: str) -> Conflict:
    """Return the error for a condition that does not hold."""
    return Conflict("precondition_failed", detail)


def _is_held(conditions: Conditions, version: Version) -> bool:
    """Whether the client has this version already."""
    held = conditions.if_none_match
    if held is not None:
        return "*" in held or version.etag in held
    since = conditions.if_modified_since
    return since is not None and version.modified is not None and version.modified <= since


def _is_same(conditions: Conditions, version: Version, now: datetime) -> bool:
    """Whether the range is wanted of the version that is there (If-Range): else its parts would be mixed."""
    if conditions.if_range is None:
        return True
    if conditions.if_range_date is None:
        return conditions.if_range.strip() == version.etag
    is_strong = version.modified is not None and now - version.modified > STRONG_AFTER
    return is_strong and conditions.if_range_date == version.modified


def _part(first: str, last: str, size: int) -> Selection | None:
    """Return a part; None for a range that is none. Raises RangeNotSatisfiable where no byte of it is there."""
    if not first and not last:
        return None
    if not first:
        length = min(_number(last), size)
        start, stop = size - length, size
    else:
        start, stop = _number(first), min(_number(last) + 1, size) if last else size
        if last and _number(last) < start:
            return None
    if start >= stop:
        raise RangeNotSatisfiable(size)
    return Selection(status=HTTPStatus.PARTIAL_CONTENT, start=start, stop=stop)


def _number(digits: str) -> int:
    """Return a number; one that is longer than any file is as good as the greatest."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else 10**LONGEST_NUMBER
