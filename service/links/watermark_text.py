"""The text of a watermark: what of it stands for whoever looks at a picture, and when.

`{recipient}`, `{key}` and `{date}` are filled in for each picture; `{{` and `}}` are braces. The bytes of a picture
depend on what is filled in as on all else in its key, so that no cache gives one recipient another's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from service.errors import BadInput
from service.links.caller import Proof

if TYPE_CHECKING:
    from service.links.link import Link
    from service.links.named_keys import ShownKey

NAMES = ("recipient", "key", "date")
PART = re.compile(r"\{\{|\}\}|\{(?:recipient|key|date)\}")
LONGEST = 80
"""Characters of an address or a label that are drawn."""
NOBODY = {
    Proof.PASSWORD: "somebody with the password",
    Proof.NOTHING: "somebody with the address",
    Proof.SHARER: "the sharer",
}
BY_KEY = "somebody with a key"


def check_text(text: str, field: str = "watermark") -> None:
    """Raise BadInput for braces that are no placeholder, and for one that occurs twice."""
    parts, rest = PART.findall(text), PART.sub(" ", text)
    allowed = ", ".join(f"{{{name}}}" for name in NAMES)
    if "{" in rest or "}" in rest:
        detail = f"This placeholder of the watermark is not known. There are {allowed}; write {{{{ and }}}} for braces."
        raise BadInput("field_invalid", detail, field=field)
    if any(parts.count(f"{{{name}}}") > 1 for name in NAMES):
        raise BadInput("field_invalid", f"Each of {allowed} may occur once in a watermark.", field=field)


def names_who_looks(text: str | None) -> bool:
    """Whether a watermark says who looks: then each key's pictures are its own."""
    return text is not None and "{" in text and _fills(text, NAMES[:2])


def text_for(link: Link, proof: Proof, named: ShownKey | None, now: datetime | None = None) -> str | None:
    """Return the text that is drawn for an admitted caller; None for none. A UTC date is that of `now`."""
    text = link.watermark
    if text is None or ("{" not in text and "}" not in text):
        return text
    today, nobody = now or datetime.now(UTC), NOBODY.get(proof, BY_KEY)
    values = {
        "{{": "{",
        "}}": "}",
        "{recipient}": nobody if named is None else named.recipient or named.label or nobody,
        "{key}": nobody if named is None else named.label or nobody,
        "{date}": f"{today:%Y-%m-%d}",
    }
    return PART.sub(lambda part: values[part[0]][:LONGEST], text)


def letters_of(link: Link) -> str:
    """Return the characters that pictures of a link may be marked with, as far as they are known."""
    return PART.sub("", link.watermark or "") + "".join(link.recipients)


def seconds_of_text(link: Link, now: datetime) -> float:
    """Return for how many seconds what a watermark says stays so: until midnight (UTC) where it has the date."""
    if link.watermark is None or not _fills(link.watermark, ("date",)):
        return float("inf")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def _fills(text: str, names: tuple[str, ...]) -> bool:
    return any(part[1:-1] in names for part in PART.findall(text))
