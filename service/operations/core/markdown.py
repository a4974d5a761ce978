"""Markdown that a sharer wrote, as HTML that is safe in the share page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

# Pictures are left out: they would reveal to another server who reads the page.
TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}

MOST_BRACKETS = 200
MOST_MARKS = 4000
BRACKETS = re.compile(r"(?<!\\)([\[\]])")
MARKS = re.compile(r"(?<!\\)([\[\]*_~`<])")


def _bound(state: StateCore) -> None:
    """Take the meaning from the marks of a paragraph that has more of them than anybody writes.

    For each bracket the parser looks for its end through all of the paragraph, again and again where they nest.
    """
    for token in state.tokens:
        if token.type == "inline" and len(token.content) > MOST_BRACKETS:
            if len(MARKS.findall(token.content)) > MOST_MARKS:
                token.content = MARKS.sub(r"\\\1", token.content)
            elif token.content.count("[") > MOST_BRACKETS:
                token.content = BRACKETS.sub(r"\\\1", token.content)


_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
_markdown.core.ruler.before("inline", "bound", _bound)


def render_markdown(text: str) -> str:
    """Return HTML without scripts, styles, pictures or foreign markup; links open in a new tab and send no referrer.

    Blocks where the text may be long: 10,000 characters take some tenths of a second.
    """
    return nh3.clean(
        _markdown.render(text),
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
