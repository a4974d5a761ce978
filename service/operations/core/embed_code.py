"""How a shared map is put into another web page: the address of its bare page, and the HTML that loads it."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

WIDTH, HEIGHT = 800, 500
"""CSS pixels of a frame for which nobody says how large it should be."""


def embed_url(link_url: str, key_id: str, key: str) -> str:
    """Return the address of a link's bare page. The key stands in the fragment, which browsers send to nobody."""
    return f"{link_url}/embed?{urlencode({'key_id': key_id})}#{urlencode({'key': key})}"


def embed_html(address: str, title: str, *, width: str = "100%", height: int = HEIGHT) -> str:
    """Return the frame to copy into a page."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="{escape(width)}" height="{height}" '
        'style="border:0" allow="fullscreen" loading="lazy"></iframe>'
    )
