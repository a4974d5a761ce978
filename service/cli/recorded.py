"""Who runs a command of this machine, as the audit log names them."""

from __future__ import annotations

from getpass import getuser
from typing import TYPE_CHECKING

from service.database.audit.scope import Actor, ActorType, auditing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from service.database.audit.scope import Scope


def by_command(name: str) -> AbstractContextManager[Scope]:
    """Return a context whose changes are recorded as made by who runs `tilegate NAME`."""
    return auditing(Actor(type=ActorType.COMMAND, id=_user()), f"tilegate {name}")


def _user() -> str:
    """Return the name of who runs this process, or nothing where the system has none for it."""
    try:
        return getuser()
    except (OSError, KeyError):
        return ""
