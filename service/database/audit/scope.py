"""On whose behalf statements are run: set where an operation is called, read where a row is changed."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class ActorType(StrEnum):
    """What kind of somebody changes things."""

    USER = "user"
    """A member, by an API key or a session token."""
    SIGNED_IN = "signed_in"
    """Somebody with a session token who is a member of nothing here."""
    RECIPIENT = "recipient"
    """Whoever holds a link."""
    COMMAND = "command"
    """Who runs `tilegate` on the machine itself."""
    SERVICE = "service"
    """Nobody: what the service does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, from where."""

    type: ActorType
    id: str = ""
    """A user's id, the subject of a session token, or the name of who runs a command."""
    api_key_id: str | None = None
    organization_id: str | None = None
    """Whose member acts: of what belongs to no organization, the log is theirs."""
    client: str = ""
    """As much of the address as is kept."""


@dataclass(slots=True, kw_only=True)
class Scope:
    """One call of an operation."""

    actor: Actor
    operation: str
    is_copied: bool = False
    """Whether what is done to another organization is also in the log of the actor's own: it is an operator's work."""
    rows: int = 0
    """How many the log has of it so far."""

    def logs_of(self, owner: str | None) -> set[str | None]:
        """Return the organizations in whose logs a change is, of what belongs to an owner."""
        return {owner, self.actor.organization_id} if self.is_copied else {owner}


_scope: ContextVar[Scope | None] = ContextVar("audit_scope", default=None)


def current() -> Scope:
    """Return on whose behalf this task works; a scope of the service's own where nobody has asked for anything."""
    return _scope.get() or Scope(actor=Actor(type=ActorType.SERVICE), operation="")


@contextmanager
def auditing(actor: Actor, operation: str, *, is_copied: bool = False) -> Iterator[Scope]:
    """Have all that is changed in this context recorded as done by somebody, by an operation."""
    scope = Scope(actor=actor, operation=operation, is_copied=is_copied)
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)
