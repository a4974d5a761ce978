"""What an operation is, and what it is given."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, get_type_hints

from pydantic import BaseModel, ConfigDict

from service.accounts.access import Principal
from service.accounts.api_keys import Scope
from service.accounts.sessions import Session
from service.delivery.files.open_files import Sending
from service.links.admission import Client, Credential
from service.metering.client_networks import client_source
from service.operations.core.services import Services


class Effect(StrEnum):
    """What an operation does to the world."""

    READ = "read"
    WRITE = "write"
    EXPORT = "export"
    """Makes something reachable from outside."""
    DESTRUCTIVE = "destructive"


class Bucket(StrEnum):
    """Which rate limit an operation counts against: `TILEGATE_RATE_…`."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    LIST = "list"
    TILES = "tiles"


class Request(BaseModel):
    """Base of request bodies: an unknown field is refused, so that a limit that is not known is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Response(BaseModel):
    """Base of response bodies."""

    model_config = ConfigDict(frozen=True)


class Context(NamedTuple):
    """Who asks, from where, and the services to work with."""

    services: Services
    client: Client
    principal: Principal | None = None
    """The sharer; always there where the operation is not for recipients."""
    session: Session | None = None
    """What a session token says of who sent it, a user of ours or not."""
    credential: Credential = Credential()
    """What a recipient showed outside the body."""
    if_none_match: tuple[str, ...] = ()
    """ETags that the client holds."""
    accepts_gzip: bool = False
    """Whether the client unpacks gzip."""

    @property
    def sharer(self) -> Principal:
        """The caller of an operation that is not for recipients."""
        if self.principal is None:
            raise RuntimeError("an operation for sharers was called without a principal")
        return self.principal

    @property
    def caller(self) -> str:
        """Whose calls are counted together."""
        if self.principal is not None:
            return self.principal.user_id
        return f"session:{self.session.subject}" if self.session is not None else client_source(self.client.address)

    def credential_with(self, *, password: str | None, key: str | None = None) -> Credential:
        """Return the credential, with what the body holds going first."""
        if password is not None:
            return replace(self.credential, password=password)
        if key is not None:
            return replace(self.credential, password=None, key=key)
        return self.credential


class ImageAnswer(NamedTuple):
    """An image for a client, or the word that it has it already (`not_modified`) or that it is empty."""

    etag: str
    max_age: int
    """Seconds for which the client may use it without asking: never past the link's expiry."""
    media_type: str
    body: bytes | None = None
    completeness: float | None = None
    """Of a mosaic: which part of the rasters that may show in it was read."""
    metered: bool = False
    not_modified: bool = False
    size: tuple[int, int] = (0, 0)
    """Width and height in pixels, also of an empty one; 0 where nothing was rendered."""
    encoding: str = ""
    """How the body is packed; empty: not at all."""
    is_personal: bool = False
    """Whether it says who looks: a cache must not give it to somebody who shows another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """A file for a client, or a part of it, or the word that it has it already (304)."""

    status: int
    """200, 206 or 304."""
    name: str
    """What it is saved as."""
    media_type: str
    etag: str
    modified: datetime | None
    size: int
    """Bytes of the whole file."""
    start: int
    stop: int
    """The part that is sent: from `start` to before `stop`."""
    body: Sending | None
    """None for HEAD and 304. Must be closed."""
    metered: bool
    ended: Callable[[], Awaitable[object]]
    """Returns when the link no longer admits who asked: then the rest must not be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An answer as CSV (RFC 4180), and what else there is to say of it."""

    csv: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that is made for a client, of the operation's `media_type`."""

    body: str | bytes


Answer: TypeAlias = BaseModel | ImageAnswer | FileAnswer | Document
Function: TypeAlias = Callable[[Context, Any], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the registry: written by position, so that the rows of a module read as a table."""

    id: str
    """Dotted name; with slashes it is the resource path."""
    scope: Scope
    effect: Effect
    bucket: Bucket
    function: Function
    """Its docstring's first line is the summary; its annotations name the request and the response model."""
    for_recipients: bool = False
    """Recipients need no Bearer: the link's password or key is their credential."""
    for_operators: bool = False
    """Who holds `operator` may ask too, in place of the scope, and about every organization."""
    for_signed_in: bool = False
    """Whoever is signed in may ask, also who is no user of ours."""
    location: Callable[[Any], str] | None = None
    """What the header `Location` says of a response that made something."""
    table: Callable[[Any, Any], Table | None] | None = None
    """Returns the answer to a request as a table, where it asks for one."""

    media_type: str | None = None
    """Of the `Document` that is answered."""
    exports: Callable[[Any], bool] | None = None
    """Of what only reads: whether a request takes so much away that the audit log has it."""

    @property
    def summary(self) -> str:
        """What the operation does, in a line."""
        return (self.function.__doc__ or "").splitlines()[0].rstrip(".")

    def is_recorded(self, request: BaseModel) -> bool:
        """Whether the audit log has the call of it, also where it changes no row."""
        return self.effect is not Effect.READ or (self.exports is not None and self.exports(request))

    @property
    def about(self) -> str:
        """What else there is to know of it: the rest of the docstring, without what it raises."""
        paragraphs = inspect.cleandoc(self.function.__doc__ or "").split("\n\n")[1:]
        return "\n\n".join(paragraph for paragraph in paragraphs if not paragraph.startswith("Raises "))

    @property
    def request(self) -> type[BaseModel]:
        """The model of the request body."""
        model: type[BaseModel] = get_type_hints(self.function)["request"]
        return model

    @property
    def response(self) -> type[BaseModel] | None:
        """The model of the response body; None for an image, a file or a document."""
        model: type[Answer] = get_type_hints(self.function)["return"]
        return model if issubclass(model, BaseModel) else None

    @property
    def changes_organization(self) -> bool:
        """Whether it changes something of the organization that the caller acts for: a suspended one is only read."""
        is_its_own = not self.for_recipients and self.scope is not Scope.OPERATOR
        return is_its_own and self.effect is not Effect.READ

    @property
    def is_file(self) -> bool:
        """Whether it answers a file."""
        return get_type_hints(self.function)["return"] is FileAnswer

    @property
    def resource_path(self) -> str:
        """The resource route: `/v1/share/link/create`."""
        return "/v1/" + self.id.replace(".", "/")

    @property
    def operation_path(self) -> str:
        """The operation route: `/v1/op/share.link.create`."""
        return f"/v1/op/{self.id}"
