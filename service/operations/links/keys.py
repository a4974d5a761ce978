"""Named keys: access to a link for one recipient or one desk, which ends without ending anybody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.errors import BadInput, Conflict, NotFound
from service.identifiers import LinkKeyId
from service.links.credentials.keys import as_signed, new_key_id
from service.links.key import Key, KeyScope
from service.links.link import Link, LinkStatus
from service.links.named_keys import NamedKey
from service.operations.core.embed_code import embed_html, embed_url
from service.operations.core.fields import read_cursor, write_cursor
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.links.create import link_for
from service.operations.links.key_models import KeyCreate, KeyCreated, KeyList, KeyOutput, KeyPage, KeyRef, KeyRevoked
from service.operations.links.views import link_url

if TYPE_CHECKING:
    from service.operations.core.services import Services

MOST = 1000
"""Keys of a link that have not expired: those of them that are revoked are part of the link's record."""
YEAR = timedelta(days=365)
ATTEMPTS = 5


async def create_key(context: Context, request: KeyCreate) -> KeyCreated:
    """Make a key by a name, for one recipient or one desk.

    It opens the link without the password and is no view; what it loads is counted as ever.
    Its text is returned only this once.
    """
    services, now = context.services, datetime.now(UTC)
    link = await link_for(context, request.link_id, Role.EDITOR)
    if link.status(now) in {LinkStatus.REVOKED, LinkStatus.EXPIRED}:
        raise Conflict("link_not_active", "The link has ended; keys can be made for active links only.")
    if await services.links.named_keys.count(link, now) >= MOST:
        raise BadInput("field_invalid", f"A link has at most {MOST} keys at a time; revoke one first.", field="link_id")
    key = NamedKey(
        id=new_key_id(),
        link_id=link.id,
        label=request.label,
        generation=link.generation,
        allowed_origins=request.allowed_origins,
        created_by=context.sharer.user_id,
        created_at=now,
        expires_at=as_signed(_end(link, request, now)),
    )
    await services.links.named_keys.add(key)
    return _created(services, link, key)


async def list_keys(context: Context, request: KeyList) -> KeyPage:
    """List the named keys of a link, with their last use."""
    link = await link_for(context, request.link_id, Role.VIEWER)
    await context.services.events.log.flush()
    after = read_cursor(request.cursor)
    found = await context.services.links.named_keys.list(link.id, after=after, limit=request.limit + 1)
    page = found[: request.limit]
    more = write_cursor(page[-1].created_at, page[-1].id) if len(found) > request.limit else None
    return KeyPage(keys=tuple(KeyOutput(**_fields(link, key)) for key in page), next_cursor=more)


async def revoke_key(context: Context, request: KeyRef) -> KeyRevoked:
    """End a named key for good; the link and its other keys go on.

    Saying it again spreads it again and changes nothing.
    """
    services = context.services
    for attempt in range(1, ATTEMPTS + 1):
        link, key = await _key_for(context, LinkKeyId(request.key_id))
        services.records.outbox.wake()
        try:
            saved = await services.links.named_keys.revoke(link, key.id) if key.revoked_at is None else link
            break
        except Conflict:  # somebody changed the link at the same time
            if attempt == ATTEMPTS:
                raise
    await services.records.outbox.spread(saved, done="The key is revoked")
    revoked = await services.links.named_keys.get(key.id)
    effective_at = revoked.revoked_at if revoked and revoked.revoked_at else datetime.now(UTC)
    return KeyRevoked(id=key.id, ok=True, effective_at=effective_at, already_revoked=key.revoked_at is not None)


async def _key_for(context: Context, key_id: LinkKeyId) -> tuple[Link, NamedKey]:
    """Return a key and its link, which the caller may edit. Raises NotFound `key_not_found`, Forbidden."""
    missing = NotFound("key_not_found", "There is no such key, or it is not of one of your links.", field="key_id")
    key = await context.services.links.named_keys.get(key_id)
    if key is None:
        raise missing
    try:
        return await link_for(context, key.link_id, Role.EDITOR), key
    except NotFound as exc:
        raise missing from exc


def _end(link: Link, request: KeyCreate, now: datetime) -> datetime:
    """Return when a new key ends: not after its link. Raises BadInput."""
    if request.lifetime is not None and request.expires_at is not None:
        raise BadInput("field_invalid", "Give lifetime or expires_at, not both.", field="lifetime")
    if request.expires_at is None:
        wanted = now + (YEAR if request.lifetime is None else timedelta(seconds=request.lifetime))
        if link.expires_at is None:
            return wanted
        return link.expires_at if request.lifetime is None else min(wanted, link.expires_at)
    if request.expires_at <= now:
        raise BadInput("field_invalid", "expires_at must be in the future.", field="expires_at")
    if link.expires_at is not None and request.expires_at > link.expires_at:
        detail = f"The key must not outlive its link, which expires at {link.expires_at.isoformat()}."
        raise BadInput("field_invalid", detail, field="expires_at")
    return request.expires_at.astimezone(UTC)


def _created(services: Services, link: Link, key: NamedKey) -> KeyCreated:
    text = services.links.key_signer.sign(
        Key(
            link_id=link.id,
            generation=key.generation,
            scope=KeyScope.NAMED_BOUND if key.allowed_origins else KeyScope.NAMED,
            expires_at=key.expires_at,
            key_id=key.id,
        )
    )
    url = link_url(services, link)
    embed = embed_url(url, key.id, text) if key.allowed_origins else None
    return KeyCreated(
        **_fields(link, key),
        key=text,
        url=url,
        tilejson_url=f"{url}/tilejson.json?key={text}",
        embed_url=embed,
        embed_html=embed and embed_html(embed, link.name),
    )


def _fields(link: Link, key: NamedKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "link_id": key.link_id,
        "label": key.label,
        "recipient": key.recipient,
        "status": key.status(link, datetime.now(UTC)),
        "allowed_origins": key.allowed_origins,
        "created_by": key.created_by,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


OPERATIONS = (
    Operation("share.key.create", Scope.SHARES_WRITE, Effect.EXPORT, Bucket.CREATE, create_key),
    Operation("share.key.list", Scope.SHARES_READ, Effect.READ, Bucket.LIST, list_keys),
    Operation("share.key.revoke", Scope.SHARES_WRITE, Effect.DESTRUCTIVE, Bucket.UPDATE, revoke_key),
)
