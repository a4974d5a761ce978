"""What an application and its process say to each other. Kept light: processes without an API import it too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

DRAINING = web.AppKey("draining", asyncio.Event)
"""Set once the process was asked to end. Only a process that can be asked has it."""

IS_STUCK: web.AppKey[Callable[[], bool]] = web.AppKey("is_stuck")
"""Returns whether all render threads are stuck, so that another process must take this one's place."""

INSIDE_APP: web.AppKey[Callable[[], web.Application]] = web.AppKey("inside_app")
"""Returns an application for operators alone, for a port of its own."""


def is_draining(app: web.Application) -> bool:
    """Whether the process was asked to end."""
    return DRAINING in app and app[DRAINING].is_set()
