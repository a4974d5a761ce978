"""Whom an item or a collection is due to, and by which licence it may be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from tiling.text.plain_text import check_plain

MAX_ATTRIBUTION = 500
MAX_TITLE = 200
MAX_URL = 500
SPDX_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}", re.ASCII)
URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*)?", re.ASCII)
SPDX = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """A licence: an SPDX identifier such as CC-BY-4.0, or a title with the address of its text.

    Raises ValueError for what is neither, or no plain text.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    id: str | None = None
    """An identifier of https://spdx.org/licenses."""
    title: str | None = None
    """What it is called; required without id."""
    url: str | None = None
    """Where its text is; required without id."""

    def __post_init__(self) -> None:
        if self.id is None and (self.title is None or self.url is None):
            raise ValueError("a license needs an SPDX id, or a title and a url")
        if self.id is not None and not SPDX_ID.fullmatch(self.id):
            raise ValueError("license id must be an SPDX identifier, such as CC-BY-4.0; else give title and url")
        if self.title is not None and not 0 < len(check_plain(self.title, "license title").strip()) <= MAX_TITLE:
            raise ValueError(f"license title must have 1 to {MAX_TITLE} characters")
        if self.url is not None and not is_web_address(self.url):
            raise ValueError(f"license url must be an http or https address of at most {MAX_URL} characters")

    @property
    def name(self) -> str:
        """What a person reads."""
        return self.title or self.id or ""

    @property
    def address(self) -> str:
        """Where its text is."""
        return self.url or f"{SPDX}{self.id}.html"


def check_attribution(text: str) -> str:
    """Return a line that names whom something is due to. Raises ValueError for what is no plain text, or too long."""
    if len(text) > MAX_ATTRIBUTION:
        raise ValueError(f"attribution must have at most {MAX_ATTRIBUTION} characters")
    return check_plain(text.strip(), "attribution")


def is_web_address(text: str) -> bool:
    """Whether a text is a web address that can be written into any document."""
    if len(text) > MAX_URL or not URL.fullmatch(text):
        return False
    try:
        return urlsplit(text).hostname is not None
    except ValueError:
        return False


class Credited(Protocol):
    """What has attribution and licence: an item, a collection."""

    @property
    def attribution(self) -> str:
        """Whom it is due to; may be empty."""

    @property
    def license(self) -> License | None:
        """By which licence it may be used."""


def credit_line(target: Credited) -> str:
    """Return attribution and licence in one line of plain text; empty where neither is known."""
    license_name = "" if target.license is None else target.license.name
    return " · ".join(part for part in (target.attribution, license_name) if part)
