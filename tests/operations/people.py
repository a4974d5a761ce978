"""An installation that sends e-mail and takes session tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.accounts.signers import AUDIENCE, ISSUER, SECRET, signer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mail.sink import Sink


def mail_settings(sink: Sink) -> dict[str, Any]:
    """Return the settings of an installation whose e-mail ends in a sink."""
    return {"smtp_url": sink.url, "mail_from": "Maps <maps@example.org>"}


def session_settings(folder: Path) -> dict[str, Any]:
    """Return the settings of an installation that takes tokens of `signed_in`."""
    file = folder / "jwt-secret"
    file.write_text(SECRET)
    return {"jwt_secret_file": file, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}


def signed_in(email: str | None, **claims: Any) -> dict[str, str]:
    """Return the headers of somebody who signed in and whose address is confirmed."""
    token = signer("HS256").token(**{"email": email, "email_verified": True, "sub": f"id of {email}", **claims})
    return {"Authorization": f"Bearer {token}"}
