"""What all builders build upon."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.links.credentials.master_key import PurposeKeys
    from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Settings, connections and secrets of an installation."""

    settings: Settings
    engine: AsyncEngine
    redis: Redis
    keys: PurposeKeys
    stack: AsyncExitStack
    """What is entered here ends with the service, the last first."""
