"""Typed keys of what the application and a request carry."""

from __future__ import annotations

from aiohttp import web

from service.api.metrics import Metrics
from service.links.admission import Client
from service.operations.core.services import Services

SERVICES = web.AppKey("services", Services)
METRICS = web.AppKey("metrics", Metrics)

REQUEST_ID = web.RequestKey("request_id", str)
LINK_ID = web.RequestKey("link_id", str)
CALLER = web.RequestKey("caller", Client)
