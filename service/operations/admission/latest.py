"""What is asked of a file that may have been replaced since somebody looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from service.errors import SourceReplaced

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.catalogue.collection import LinkTarget
    from service.operations.core.operation import Context

T = TypeVar("T")


async def latest(context: Context, target: LinkTarget, ask: Callable[[], Awaitable[T]]) -> T:
    """Return what is asked for; where the file was replaced since it was looked at, what the next one answers.

    Raises SourceReplaced where that is replaced, too, and as `ask` does.
    """
    try:
        return await ask()
    except SourceReplaced:
        context.services.images.tiles.keys.look_again(target)
    return await ask()
