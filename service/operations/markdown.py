"""Markdown that a sharer wrote, as HTML that is safe in the share page."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt

# Pictures are left out: they would tell another server who reads the page.
TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def render_markdown(text: str) -> str:
    """Return HTML without scripts, styles, pictures or foreign markup; links open in a new tab and tell no referrer."""
    return nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
