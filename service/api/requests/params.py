"""What a request says, as values: who calls, from where, with which credential, asking for what."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from aiohttp import hdrs
from multidict import istr
from pydantic import BaseModel, ValidationError

from service.api.keys import SERVICES
from service.api.requests.bodies import read_whole, require_utf_8
from service.errors import BadInput, Unauthenticated
from service.links.admission import Client, Credential
from service.metering.client_networks import unmapped

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from aiohttp import web
    from multidict import CIMultiDictProxy

    from service.accounts.access import Principal

Model = TypeVar("Model", bound=BaseModel)

COOKIE = "tilegate_key"
API_KEY, SHARE_PASSWORD, SHARE_KEY = istr("X-Api-Key"), istr("X-Share-Password"), istr("X-Share-Key")
FORWARDED_FOR = istr("X-Forwarded-For")
DIGITS = 10
TILE_ENDING = re.compile(r"(@2x)?\.([A-Za-z0-9]{1,10})", re.ASCII)
SMALL_BODY = 1024
"""Bytes; larger ones are parsed in a thread: a thousand e-mail addresses or points take a tenth of a second."""
BOOLEANS = (b"true", b"false")
NUL_ESCAPED = rb"\u0000"
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)
ETAG = re.compile(r'(?:W/)?("[^"]*")')


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Return a JSON body as a model. Raises BadInput with the code that fits and the field at fault."""
    raw = await read_whole(request)
    if not raw.strip():
        raise BadInput("body_missing", "The request has no body; send a JSON object.")
    if request.content_type != "application/json" and not request.content_type.endswith("+json"):
        raise BadInput("media_type_unsupported", "Send the body as application/json.")
    require_utf_8(request)
    if len(raw) < SMALL_BODY:
        return parse_json(raw, model)
    return await request.app[SERVICES].threads.cpu.run(parse_json, raw, model)


def parse_json(raw: bytes, model: type[Model]) -> Model:
    """Return JSON text as a model. Raises BadInput."""
    try:
        parsed = model.model_validate_json(raw)
    except ValidationError as exc:
        raise _bad_input(exc) from exc
    if NUL_ESCAPED in raw and (field := _field_with_nul(json.loads(raw))) is not None:
        raise BadInput("field_invalid", "Text must not contain the character NUL.", field=field)
    if any(word in raw for word in BOOLEANS) and (field := _taken_for_number(json.loads(raw), parsed)) is not None:
        raise BadInput("field_invalid", "Send a number; true and false are none.", field=field)
    return parsed


def _taken_for_number(written: object, read: object) -> str | None:
    """Return the path of the first boolean that pydantic read as a number, None where there is none."""
    if isinstance(written, bool):
        return None if isinstance(read, bool) or not isinstance(read, int | float) else ""
    if isinstance(written, dict):
        parts = [(name, value, _part(read, name)) for name, value in written.items()]
    elif isinstance(written, list) and isinstance(read, list | tuple):
        parts = [(str(n), value, part) for n, (value, part) in enumerate(zip(written, read, strict=False))]
    else:
        return None
    found = ((name, _taken_for_number(value, part)) for name, value, part in parts)
    return next((f"{name}.{rest}".rstrip(".") for name, rest in found if rest is not None), None)


def _part(read: object, name: str) -> object:
    return read.get(name) if isinstance(read, dict) else getattr(read, name, None)


def _field_with_nul(document: dict[str, object]) -> str | None:
    """Return the field whose text, or one below it, holds NUL: PostgreSQL cannot store it."""
    return next((name for name, value in document.items() if "\0" in name or _holds_nul(value)), None)


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(part) for name, part in value.items())
    return any(map(_holds_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


def parse_values(values: dict[str, Any], model: type[Model]) -> Model:
    """Return values, of which those out of a URL are texts, as a model. Raises BadInput."""
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        raise _bad_input(exc) from exc


def _bad_input(exc: ValidationError) -> BadInput:
    """Return the first of pydantic's findings as an error of ours. The input is not repeated: it may be a password."""
    error = exc.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in error["loc"]) or None
    if error["type"] == "json_invalid":
        return BadInput("malformed_json", "The body is not valid JSON.")
    if error["type"] == "missing":
        return BadInput("field_missing", f"The field {field} is required.", field=field)
    if error["type"] == "extra_forbidden":
        return BadInput("field_invalid", f"There is no field {field}; remove it.", field=field)
    return BadInput("field_invalid", f"{error['msg'].removeprefix('Value error, ')}.", field=field)


def token_of(request: web.Request) -> str:
    """Return the token that a URL names, cut to a length that no token has."""
    return request.match_info["token"][:200]


def item_of(request: web.Request) -> str | None:
    """Return the item that a URL names, cut to a length that no item's id has."""
    name = request.query.get("item")
    return None if name is None else name[:64] or " "


def bearer(headers: CIMultiDictProxy[str]) -> str | None:
    """Return the API key that a request carries."""
    authorization = headers.get(hdrs.AUTHORIZATION)
    if authorization is not None:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return text.strip()
    return headers.get(API_KEY)


def credential(request: web.Request, principal: Principal | None, in_url: Credential | None = None) -> Credential:
    """Return what a recipient shows outside the body, by precedence. A password in the URL is not looked at.

    `in_url`: the key in the URL, where that was read before.
    """
    headers = request.headers
    basic = headers.get(hdrs.AUTHORIZATION)
    password = (None if basic is None else _basic_password(basic)) or headers.get(SHARE_PASSWORD)
    if password is not None:
        return Credential(password=password, principal=principal)
    if key := headers.get(SHARE_KEY):
        return Credential(key=key, principal=principal)
    if in_url is None:
        in_url = Credential(key=request.query.get("key"))
    if in_url.key:
        return in_url if principal is None else replace(in_url, principal=principal)
    return Credential(key=request.cookies.get(COOKIE), principal=principal)


def _basic_password(authorization: str) -> str | None:
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as exc:
        raise Unauthenticated(
            "password_invalid", "The Authorization header is malformed: Basic credentials are base64 of user:password."
        ) from exc
    return password if colon else None


def client(request: web.Request, trusted: tuple[IPv4Network | IPv6Network, ...]) -> Client:
    """Return where a request comes from. X-Forwarded-For is believed only from proxies that are trusted.

    Some proxies add a header of their own behind the one that a client sent: all together are one list.
    """
    address = unmapped(request.remote or "unknown")
    hops = ",".join(request.headers.getall(FORWARDED_FOR, ())) if trusted else ""
    for hop in reversed(hops.split(",") if hops else ()):
        if not is_in(address, trusted) or not _is_address(hop.strip()):
            break
        address = unmapped(hop.strip())
    return Client(address=address, origin=_origin(request.headers))


def is_in(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether an address lies in one of some networks."""
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _origin(headers: CIMultiDictProxy[str]) -> str | None:
    """Return the web origin of a call: Origin, or else that of Referer, which images are loaded with."""
    origin = headers.get(hdrs.ORIGIN)
    if origin is not None:
        return origin.lower()
    referer = headers.get(hdrs.REFERER)
    if referer is None:
        return None
    try:
        parts = urlsplit(referer)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def held_etags(request: web.Request) -> tuple[str, ...]:
    """Return the ETags of `If-None-Match`. A weak one compares like a strong one (RFC 9110, 13.1.2)."""
    text = request.headers.get(hdrs.IF_NONE_MATCH)
    if text is None:
        return ()
    return ("*",) if text.strip() == "*" else tuple(ETAG.findall(text))


def accepts_gzip(headers: CIMultiDictProxy[str]) -> bool:
    """Whether a client says that it unpacks gzip (RFC 9110, 12.5.3)."""
    text = headers.get(hdrs.ACCEPT_ENCODING)
    return text is not None and "gzip" in text and not NO_GZIP.search(text)


def tile_ending(text: str) -> tuple[int, str]:
    """Return tilesize and format of `[@2x].{format}`. Raises BadInput `format_unsupported`."""
    match = TILE_ENDING.fullmatch(text)
    if match is None:
        raise BadInput(
            "format_unsupported",
            "A tile's address ends with y.png, y.jpg or y.webp; in an archive, with its own format.",
            field="format",
        )
    return 512 if match[1] else 256, match[2]


def whole_number(text: str, field: str, code: str = "tile_address_invalid") -> int:
    """Return a whole number of up to ten digits. Raises BadInput."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise BadInput(code, f"{field} must be a non-negative integer.", field=field)
    return int(text)
