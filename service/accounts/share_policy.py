"""What an organization's links may be: a ceiling that an operator sets, and what its admins narrow further."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePolicy:
    """Limits for new and changed links; the defaults limit nothing."""

    max_lifetime_hours: float | None = None
    """From the moment a link is made or extended until it expires; with it, links must expire."""
    min_password_length: int | None = None
    """Characters."""
    allow_passwordless: bool = True
    """Where the settings of the installation allow them."""
    permissions: tuple[str, ...] | None = None
    """None for all."""
    watermark: str | None = None
    """The default of links with permission `view`."""
    allowed_origins: tuple[str, ...] = ()
    """Links allow no other web origins, and allow these where they name none; empty for all."""
