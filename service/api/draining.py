"""How the application learns that its process is about to end. Kept light: processes without an API import it too."""

from __future__ import annotations

import asyncio

from aiohttp import web

DRAINING = web.AppKey("draining", asyncio.Event)
"""Set once the process was told to end. Only a process that can be told has it."""


def is_draining(app: web.Application) -> bool:
    """Whether the process was told to end."""
    return DRAINING in app and app[DRAINING].is_set()
