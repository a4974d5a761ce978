"""Request and response bodies of codes by e-mail."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from service.operations.core.fields import Token
from service.operations.core.operation import Request, Response
from service.operations.links.models import Email

Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$"),
    Field(description="The six digits of the letter"),
]


class CodeRequest(Request):
    """A link, and your e-mail address: one of those that the link is meant for."""

    token: Token
    email: Email


class CodeRequested(Response):
    """Always the same, whoever asks: it reveals nothing of whom the link is meant for."""

    ok: Literal[True] = True
    detail: str
    expires_in: int
    """Seconds."""


class CodeRedeem(Request):
    """The address that the code was sent to, and the code."""

    token: Token
    email: Email
    code: Code
