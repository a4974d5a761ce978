"""Calling an operation: on whose behalf, and what the audit log has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.database.audit.entry import Entry, shown_fields
from service.database.audit.scope import Actor, ActorType, auditing, current
from service.links.events.event_log import kept_address

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pydantic import BaseModel

    from service.database.audit.scope import Scope as AuditScope
    from service.operations.core.operation import Answer, Context, Operation

LONGEST_SUBJECT = 200
OF_WHOM = ("organization_id", "project_id")


async def invoke(operation: Operation, context: Context, request: BaseModel) -> Answer:
    """Carry out an operation. Raises as it does.

    What it changes in SQL is recorded where it is changed. Where it changes nothing there, as an export, its call is.
    """
    is_operators = operation.scope is Scope.OPERATOR or operation.for_operators
    with auditing(actor_of(context), operation.id, is_copied=is_operators) as scope:
        answer = await operation.function(context, request)
        if not scope.rows and operation.is_recorded(request):
            named = _named(request)
            organization_id, link_id = named.get("organization_id"), context.client.trail.link_id
            entry = _call(named if link_id is None else {"link_id": link_id}, request)
            await context.services.accounts.audit.note(scope, entry, organization_id, link_id)
        return answer


def acting(context: Context, operation_id: str) -> AbstractContextManager[AuditScope]:
    """Return a context in which all changes are recorded as made by who asks, by an operation."""
    return auditing(actor_of(context), operation_id)


async def note_upload(context: Context, link_id: str, path: str, *, created: bool) -> None:
    """Write down that a file was put into a shared folder."""
    after = {"path": path, "created": created}
    entry = Entry(target_type="link", target_id=link_id, after=after)
    await context.services.accounts.audit.note(current(), entry, None, link_id)


def actor_of(context: Context) -> Actor:
    """Return who asks, as the audit log names them."""
    client = kept_address(context.client.address, context.services.settings.event_addresses)
    if context.principal is not None:
        return Actor(
            type=ActorType.USER,
            id=context.principal.user_id,
            api_key_id=context.principal.api_key_id,
            organization_id=context.principal.organization_id,
            client=client,
        )
    if context.session is not None:
        return Actor(type=ActorType.SIGNED_IN, id=context.session.subject[:LONGEST_SUBJECT], client=client)
    return Actor(type=ActorType.RECIPIENT, client=client)


def _named(request: BaseModel) -> dict[str, str]:
    """Return the ids that a request names."""
    return {name: value for name, value in request if name.endswith("_id") and isinstance(value, str) and value}


def _call(named: dict[str, str], request: BaseModel) -> Entry:
    """Return what is written of a call that changed no row: what it was about, and what it asked for."""
    name = min(named, key=lambda name: name in OF_WHOM, default="")
    after = shown_fields(request.model_dump(exclude_defaults=True))
    return Entry(target_type=name.removesuffix("_id"), target_id=named.get(name, ""), after=after)
