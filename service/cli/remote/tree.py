"""Operations as groups of commands: dots become words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from service.cli.remote.command import OperationCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.cli.remote.description import Operation

ABOUT = {
    ("share",): "Share a raster in one go, and everything about links.",
    ("share", "link"): "Make, change and end links; open one.",
    ("share", "key"): "Keys of a link: one for each recipient or desk.",
    ("share", "access"): "Requests of recipients for access or more time.",
    ("share", "tile"): "Images and values of what a link shares.",
    ("share", "file"): "Files of what a link shares.",
    ("share", "profiles"): "The ways in which a link's raster can be rendered.",
    ("share", "code"): "Codes by e-mail, which open a link for its recipients.",
    ("share", "features"): "GeoJSON that a link shares.",
    ("share", "stac"): "What a link shares, for catalogues: STAC.",
    ("share", "content"): "Texts, images and maps that a link shares.",
    ("item",): "Things that can be shared: the catalogue.",
    ("item", "profiles"): "The ways in which an item is rendered.",
    ("item", "seeds"): "Tiles of an item that were rendered ahead.",
    ("item", "quarantine"): "Files that are not read any more, as processes died of reading them.",
    ("audit",): "Who changed, revoked and exported what, and who signed in.",
    ("collection",): "Ordered sets of items, shared as one map.",
    ("organization",): "Who pays: customers of an installation.",
    ("organization", "policy"): "What links of your organization may be.",
    ("project",): "Projects hold items, collections and links.",
    ("member",): "Who may see or edit a project.",
    ("member", "identity"): "Whom an OpenID provider knows as which member.",
    ("root",): "Who may register the files of which storage root.",
    ("api-key",): "Keys for programs.",
    ("webhook",): "Servers that are sent what happens.",
    ("notice",): "Letters of what happens to your links.",
    ("usage",): "What was used, for bills.",
    ("budget",): "What may be used in a month.",
    ("budget", "ceiling"): "The most that an organization's budget may be.",
    ("limits",): "Rate limits, and what is left of them.",
}


class OperationGroup(click.Group):
    """The operations whose ids begin alike; commands are made when they are asked for."""

    def __init__(self, words: tuple[str, ...], operations: Mapping[str, Operation]) -> None:
        super().__init__(words[-1], help=ABOUT.get(words), no_args_is_help=True)
        self.words = words
        self._inside = [each for each in operations.values() if each.words[: len(words)] == words]
        self._operations = operations

    def list_commands(self, ctx: click.Context) -> Sequence[str]:  # type: ignore[override]  # noqa: ARG002
        """Return the words that may follow, in the registry's order."""
        return list(dict.fromkeys(each.words[len(self.words)] for each in self._inside))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or a group within this one, or None."""
        return command_for((*self.words, cmd_name.replace("_", "-")), self._operations)


def command_for(words: tuple[str, ...], operations: Mapping[str, Operation]) -> click.Command | None:
    """Return the command of an operation, the group of several, or None."""
    for operation in operations.values():
        if operation.words == words:
            return OperationCommand(operation)
        if operation.words[: len(words)] == words:
            return OperationGroup(words, operations)
    return None
