"""Client of Tilegate: password-protected, expiring, metered links to geodata.

    from tilegate_client import Tilegate

    with Tilegate("https://maps.example.org", "tg_…") as client:
        link = client.share.link.create(
            target_type="item", target_id="itm_…", password="correct horse battery", expires_in_hours=168
        )
        print(link["url"])

`AsyncTilegate` is the same for asyncio. Errors are a tree: see `tilegate_client.errors`.
"""

from tilegate_client.client import AsyncTilegate, Tilegate
from tilegate_client.errors import (
    BadInput,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    Problem,
    RateLimited,
    ServerFailed,
    TilegateError,
    Unauthenticated,
    Unreachable,
)
from tilegate_client.wire import UNSET

__all__ = [
    "UNSET",
    "AsyncTilegate",
    "BadInput",
    "Conflict",
    "Forbidden",
    "Gone",
    "NotFound",
    "Problem",
    "RateLimited",
    "ServerFailed",
    "Tilegate",
    "TilegateError",
    "Unauthenticated",
    "Unreachable",
]
