"""The operations, typed. Written by `python -m clients.generate`: change the service instead.

What is left out of a call is not sent (`UNSET`); None is sent, and takes a limit away where there was one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from tilegate_client.types import (
    AccessAsked,
    AccessKind,
    AccessOutput,
    AccessPage,
    AccessResolved,
    AccessStatus,
    ApiKeyCreated,
    ApiKeyOutput,
    ApiKeyPage,
    AuditPage,
    AuditRow,
    BatchMode,
    BudgetOutput,
    CodeRequested,
    CollectionDeleted,
    CollectionDetail,
    CollectionOutput,
    CollectionPage,
    Decision,
    DeliveryOutput,
    DeliveryPage,
    EventKind,
    FileDropped,
    FileEntry,
    FilePage,
    FileType,
    FileUploaded,
    Grouping,
    IdentityOutput,
    IdentityPage,
    IdentityRemoved,
    ItemDeleted,
    ItemDetail,
    ItemKind,
    ItemOutput,
    ItemPage,
    KeyCreated,
    KeyOutput,
    KeyPage,
    KeyRevoked,
    LegendOutput,
    License,
    Limits,
    LinkBatch,
    LinkBatchRevoked,
    LinkDetail,
    LinkEvent,
    LinkEvents,
    LinkFound,
    LinkNotified,
    LinkOutput,
    LinkOverview,
    LinkPage,
    LinkRevoked,
    LinkSort,
    LinkStats,
    LinkStatus,
    LinkValidated,
    LinksFound,
    MapContent,
    MemberOutput,
    MemberPage,
    MemberRemoved,
    MembershipPage,
    NoticeSettings,
    NoticeType,
    OpenWith,
    OrganizationCreated,
    OrganizationOutput,
    OrganizationPage,
    Permission,
    PixelSelection,
    PointOutput,
    PolicyFields,
    PolicyOutput,
    Profile,
    ProfileList,
    ProjectOutput,
    ProjectPage,
    Render,
    Role,
    RootFolderPage,
    RootGrantOutput,
    RootGrantPage,
    RootGrantRevoked,
    RootUploadBegun,
    Scope,
    SeedDeleted,
    SeedOutput,
    SeedPage,
    SharedContent,
    StatisticsOutput,
    TargetRefInput,
    TargetType,
    TextContent,
    TileInfo,
    TileJSON,
    UsageExportOutput,
    UsageForecast,
    UsageHistoryOutput,
    UsageOutput,
    UsageSummary,
    WebhookCreated,
    WebhookDeleted,
    WebhookOutput,
    WebhookPage,
    WebhookTested,
)
from tilegate_client.wire import UNSET, AsyncCaller, Caller, Unset

READS = frozenset(
    {
        "share.link.get",
        "share.link.list",
        "share.link.find",
        "share.key.list",
        "share.link.stats",
        "share.link.events",
        "share.access.list",
        "share.tile.info",
        "share.tilejson",
        "share.profiles.list",
        "share.tile.statistics",
        "share.tile.point",
        "share.tile.legend",
        "share.content.get",
        "share.file.list",
        "share.file.stat",
        "root.folders",
        "item.get",
        "item.list",
        "item.seeds.list",
        "item.statistics",
        "collection.get",
        "collection.list",
        "organization.get",
        "organization.list",
        "organization.policy.get",
        "organization.mine",
        "project.list",
        "member.list",
        "api_key.list",
        "member.identity.list",
        "root.list",
        "webhook.list",
        "webhook.deliveries",
        "notice.get",
        "usage.current",
        "usage.history",
        "usage.forecast",
        "usage.export",
        "usage.summary",
        "budget.get",
        "audit.list",
        "limits.get",
    }
)
"""What can be asked again without asking twice for anything: images and views are counted."""

KEYED = frozenset(
    {
        "share.link.create",
        "share.link.update",
        "share.link.suspend",
        "share.link.resume",
        "share.link.rotate",
        "share.link.revoke",
        "share.link.create_batch",
        "share.link.revoke_batch",
        "share.key.create",
        "share.key.revoke",
        "share.link.notify",
        "share.link.claim",
        "share.code.request",
        "share.code.redeem",
        "share.access.request",
        "share.access.resolve",
        "share.file.upload",
        "share.file.drop",
        "root.upload",
        "item.create",
        "item.update",
        "item.quarantine.lift",
        "item.delete",
        "item.profiles.set",
        "item.seed",
        "item.seeds.delete",
        "collection.create",
        "collection.update",
        "collection.delete",
        "organization.create",
        "organization.update",
        "organization.suspend",
        "organization.resume",
        "organization.policy.set",
        "project.create",
        "member.set",
        "member.remove",
        "api_key.create",
        "api_key.revoke",
        "member.identity.set",
        "member.identity.remove",
        "root.grant",
        "root.revoke",
        "webhook.create",
        "webhook.update",
        "webhook.delete",
        "webhook.test",
        "notice.set",
        "budget.set",
        "budget.ceiling.set",
    }
)
"""What an `Idempotency-Key` makes one call, however often it is sent."""


class ShareLinkOperations:
    """Operations `share.link.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(
        self,
        *,
        target_type: TargetType,
        target_id: str,
        password: str | None,
        targets: Sequence[TargetRefInput] | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
        permission: Permission | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        notify: bool | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> LinkOutput:
        """Make a password-protected, expiring link.

        A refused field, the password among them, leaves no link behind.

        What is shared, the password, when it ends, and limits. A field that is not known is refused, never ignored.

        Args:
            target_type: One of item, collection, file, directory.
            target_id: 1 to 64 characters.
            targets: What the link shares beside its target: a bundle. At most 100 entries.
            recipients: E-mail addresses of those whom the link is meant for. At most 1,000 characters.
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: Default: the target's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            notify: Send the recipients an e-mail with the address, without the password.
            dry_run: Check everything, make nothing; say what the link could cost.
        """
        _answer: LinkOutput = self._caller.ask(
            "share.link.create",
            {
                "target_type": target_type,
                "target_id": target_id,
                "targets": targets,
                "recipients": recipients,
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "notify": notify,
                "dry_run": dry_run,
            },
        )
        return _answer

    def get(self, link_id: str) -> LinkOverview:
        """Return a link with its limits and usage, who took it, and its letters.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkOverview = self._caller.ask("share.link.get", {"link_id": link_id})
        return _answer

    def list(
        self,
        *,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinkPage:
        """List links by target, project or status.

        A status is looked for row by row, over at most some thousand rows a page.

        Without a target and a project: the links of all your projects.

        Args:
            target_id: Links that share it, alone or in a bundle. 1 to 64 characters.
            project_id: 1 to 64 characters.
            recipient: Links that are meant for this address. At most 320 characters.
            status: One of scheduled, active, suspended, expired, revoked.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinkPage = self._caller.ask(
            "share.link.list",
            {
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "status": status,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    def list_all(
        self,
        *,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[LinkDetail]:
        """List links by target, project or status: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "share.link.list",
            "links",
            {
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "status": status,
                "limit": limit,
            },
        ):
            yield _row

    def find(
        self,
        *,
        query: str | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        sort: LinkSort | Unset = UNSET,
        descending: bool | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinksFound:
        """Find links by words and status, sorted by a date, their name, or what was used of them.

        Sorted by use, the newest 20,000 are looked at.

        Without a project: among the links of all your projects.

        Args:
            query: Words that are all in the link's name or id, in the name of what it shares, or in the address of somebody whom it is meant for. At most 200 characters.
            project_id: 1 to 64 characters.
            status: One of scheduled, active, suspended, expired, revoked.
            sort: One of created_at, name, expires_at, last_accessed_at, view_count, render_count, byte_count.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinksFound = self._caller.ask(
            "share.link.find",
            {
                "query": query,
                "project_id": project_id,
                "status": status,
                "sort": sort,
                "descending": descending,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    def find_all(
        self,
        *,
        query: str | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        sort: LinkSort | Unset = UNSET,
        descending: bool | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[LinkFound]:
        """Find links by words and status, sorted by a date, their name, or what was used of them: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "share.link.find",
            "links",
            {
                "query": query,
                "project_id": project_id,
                "status": status,
                "sort": sort,
                "descending": descending,
                "limit": limit,
            },
        ):
            yield _row

    def update(
        self,
        link_id: str,
        *,
        permission: Permission | Unset = UNSET,
        password: str | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        targets: Sequence[TargetRefInput] | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
    ) -> LinkDetail:
        """Change a link; narrowing it or a new password ends its keys.

        What is left out stays as it is; null takes a limit away.

        Args:
            link_id: 1 to 64 characters.
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            targets: What the link shares beside its target: a bundle. At most 100 entries.
            recipients: E-mail addresses of those whom the link is meant for. At most 1,000 characters.
        """
        _answer: LinkDetail = self._caller.ask(
            "share.link.update",
            {
                "link_id": link_id,
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "targets": targets,
                "recipients": recipients,
            },
        )
        return _answer

    def suspend(self, link_id: str) -> LinkDetail:
        """Suspend a link; it answers 410 until it is resumed.

        Keys and passwords stay as they are and work again then: rotate the link, or change its password, to end them.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = self._caller.ask("share.link.suspend", {"link_id": link_id})
        return _answer

    def resume(self, link_id: str) -> LinkDetail:
        """Open a suspended link again; its keys work again.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = self._caller.ask("share.link.resume", {"link_id": link_id})
        return _answer

    def rotate(self, link_id: str) -> LinkDetail:
        """Give a link a new token.

        The old address is unknown from then on, and all keys end. The password, the limits and the usage stay. A link that
        the organization's share policy does not allow any more is refused.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = self._caller.ask("share.link.rotate", {"link_id": link_id})
        return _answer

    def revoke(
        self,
        link_id: str,
        *,
        reason: str | None | Unset = UNSET,
    ) -> LinkRevoked:
        """End a link for good.

        Saying it again spreads it again and changes nothing.

        A reason is kept with the link.

        Args:
            link_id: 1 to 64 characters.
            reason: At most 1,000 characters.
        """
        _answer: LinkRevoked = self._caller.ask("share.link.revoke", {"link_id": link_id, "reason": reason})
        return _answer

    def create_batch(
        self,
        targets: Sequence[TargetRefInput],
        *,
        permission: Permission | Unset = UNSET,
        password: str | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        notify: bool | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        generate_passwords: bool | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
        mode: BatchMode | Unset = UNSET,
        stop_on_error: bool | Unset = UNSET,
    ) -> LinkBatch:
        """Make links for several recipients to several targets.

        It counts against the rate for as many calls as it makes links. Terms that no link can have, such as an expiry that
        is past, refuse it as a whole; then, as where `stop_on_error` finds anything, no link is made.

        Targets and recipients; all else is said once, for all links. What is wrong with one leaves the others alone.

        Args:
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: Default: the target's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            notify: Send the recipients an e-mail with the address, without the password.
            dry_run: Check everything, make nothing; say what the link could cost.
            generate_passwords: Give each link a password of its own, which is in this answer and never again.
            targets: 1 to 100 entries.
            recipients: E-mail addresses; none: one link for nobody in particular. At most 1,000 entries.
            mode: Link_per_pair: a link for each recipient and target; bundle_per_recipient: one to all targets. One of link_per_pair, bundle_per_recipient.
            stop_on_error: Make nothing where anything is wrong.
        """
        _answer: LinkBatch = self._caller.ask(
            "share.link.create_batch",
            {
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "notify": notify,
                "dry_run": dry_run,
                "generate_passwords": generate_passwords,
                "targets": targets,
                "recipients": recipients,
                "mode": mode,
                "stop_on_error": stop_on_error,
            },
        )
        return _answer

    def revoke_batch(
        self,
        *,
        link_ids: Sequence[str] | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        reason: str | None | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> LinkBatchRevoked:
        """End several links for good, each with a report.

        Saying it again changes nothing. By target, project or recipient it finds links that were not revoked yet; where
        these are more than one call may revoke, `more` is true.

        Which links: by their ids, or all that fit a target, a project and a recipient, as far as these are given.

        Args:
            link_ids: At most 1,000 entries.
            target_id: 1 to 64 characters.
            project_id: 1 to 64 characters.
            recipient: At most 320 characters.
            reason: At most 1,000 characters.
            dry_run: Say which links would be revoked, revoke none.
        """
        _answer: LinkBatchRevoked = self._caller.ask(
            "share.link.revoke_batch",
            {
                "link_ids": link_ids,
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "reason": reason,
                "dry_run": dry_run,
            },
        )
        return _answer

    def stats(
        self,
        link_id: str,
        *,
        days: int | Unset = UNSET,
    ) -> LinkStats:
        """Return what a link was used for: views, renders, pixels, bytes, downloads, queries, in all and by UTC day.

        Name a link, and how many UTC days back.

        Args:
            link_id: 1 to 64 characters.
            days: UTC days, today the last. 1 to 400.
        """
        _answer: LinkStats = self._caller.ask("share.link.stats", {"link_id": link_id, "days": days})
        return _answer

    def events(
        self,
        link_id: str,
        *,
        kind: EventKind | None | Unset = UNSET,
        key_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinkEvents:
        """List who used a link: when, what, with which outcome, from where, by which named key.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
            kind: One of unlock, claim, validate, tilejson, tiles, preview, info, download, upload, denied.
            key_id: Only by this named key. 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinkEvents = self._caller.ask(
            "share.link.events", {"link_id": link_id, "kind": kind, "key_id": key_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    def events_all(
        self,
        link_id: str,
        *,
        kind: EventKind | None | Unset = UNSET,
        key_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[LinkEvent]:
        """List who used a link: when, what, with which outcome, from where, by which named key: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "share.link.events", "events", {"link_id": link_id, "kind": kind, "key_id": key_id, "limit": limit}
        ):
            yield _row

    def notify(
        self,
        link_id: str,
        *,
        recipients: Sequence[str] | Unset = UNSET,
        message: str | Unset = UNSET,
    ) -> LinkNotified:
        """Send a link's address to its recipients by e-mail, without the password.

        The letters go out behind the answer; `share.link.get` shows how far they are. Who has one waiting gets no second.

        To whom, and what to say beside the address. Never write the password into it.

        Args:
            link_id: 1 to 64 characters.
            recipients: Default: those whom the link is meant for. At most 1,000 characters.
            message: Plain text, shown as you wrote it. At most 2,000 characters.
        """
        _answer: LinkNotified = self._caller.ask(
            "share.link.notify", {"link_id": link_id, "recipients": recipients, "message": message}
        )
        return _answer

    def claim(self, token: str) -> LinkValidated:
        """Open a link that is meant for you, without its password.

        Sign in where this installation's operator says, and send the session token as Bearer: its e-mail address must be
        confirmed and one of the link's recipients. The first time is one view. The key that you get is yours by name: the
        link's owner sees what it was used for.

        The token of a link that is meant for you.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
        """
        _answer: LinkValidated = self._caller.ask("share.link.claim", {"token": token})
        return _answer

    def validate(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
    ) -> LinkValidated:
        """Open a link with its password.

        That is one view; to come back with a key, for a fresh one, is none. A key that has a name stays the key.

        A link's token, and its password unless a header carries it or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
        """
        _answer: LinkValidated = self._caller.ask("share.link.validate", {"token": token, "password": password})
        return _answer


class ShareKeyOperations:
    """Operations `share.key.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(
        self,
        *,
        link_id: str,
        label: str,
        lifetime: int | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
    ) -> KeyCreated:
        """Make a key by a name, for one recipient or one desk.

        It opens the link without the password and is no view; what it loads is counted as ever.
        Its text is returned only this once.

        For whom the key is, and how long it opens. Without a lifetime and an end: as long as the link, or a year.

        Args:
            link_id: 1 to 64 characters.
            label: Who or what it is for, e.g. a recipient or a QGIS desk. 1 to 200 characters.
            lifetime: Seconds; the key ends with its link at last. 60 to 3,162,240,000.
            expires_at: Instead of lifetime; not after the link's own end.
            allowed_origins: Web origins that may use the key, of those that the link allows. At most 50 entries.
        """
        _answer: KeyCreated = self._caller.ask(
            "share.key.create",
            {
                "link_id": link_id,
                "label": label,
                "lifetime": lifetime,
                "expires_at": expires_at,
                "allowed_origins": allowed_origins,
            },
        )
        return _answer

    def list(
        self,
        link_id: str,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> KeyPage:
        """List the named keys of a link, with their last use.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: KeyPage = self._caller.ask("share.key.list", {"link_id": link_id, "limit": limit, "cursor": cursor})
        return _answer

    def list_all(
        self,
        link_id: str,
        *,
        limit: int | Unset = UNSET,
    ) -> Iterator[KeyOutput]:
        """List the named keys of a link, with their last use: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages("share.key.list", "keys", {"link_id": link_id, "limit": limit}):
            yield _row

    def revoke(self, key_id: str) -> KeyRevoked:
        """End a named key for good; the link and its other keys go on.

        Saying it again spreads it again and changes nothing.

        Name a key by its id, which is no secret.

        Args:
            key_id: 1 to 64 characters.
        """
        _answer: KeyRevoked = self._caller.ask("share.key.revoke", {"key_id": key_id})
        return _answer


class ShareCodeOperations:
    """Operations `share.code.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def request(
        self,
        *,
        token: str,
        email: str,
    ) -> CodeRequested:
        """Have a code sent to your e-mail address, to open a link that is meant for it.

        The answer is the same whoever asks, and takes as long: whom a link is meant for is not told.

        A link, and your e-mail address: one of those that the link is meant for.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            email: At most 320 characters.
        """
        _answer: CodeRequested = self._caller.ask("share.code.request", {"token": token, "email": email})
        return _answer

    def redeem(
        self,
        *,
        token: str,
        email: str,
        code: str,
    ) -> LinkValidated:
        """Open a link by the code that was sent to you: one view.

        The key that you get is yours by name: the link's owner sees what it was used for.

        The address that the code was sent to, and the code.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            email: At most 320 characters.
            code: The six digits of the letter. ^[0-9]{6}$.
        """
        _answer: LinkValidated = self._caller.ask("share.code.redeem", {"token": token, "email": email, "code": code})
        return _answer


class ShareAccessOperations:
    """Operations `share.access.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def request(
        self,
        token: str,
        *,
        kind: AccessKind | Unset = UNSET,
        email: str | None | Unset = UNSET,
        name: str | Unset = UNSET,
        message: str | Unset = UNSET,
        hours: float | None | Unset = UNSET,
    ) -> AccessAsked:
        """Ask the owner of a link to let you in, or for more time or a higher permission.

        Also for a link that has expired; no account is needed. The answer is the same whoever asks, 409
        `no_need_to_request` where a password, key or sign-in that is sent along grants what is asked for already.

        What you would like, of whom you are. No account is needed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            kind: One of access, more_time, download, write.
            email: Where the answer goes; default: that of your session token. At most 320 characters.
            name: At most 200 characters.
            message: Plain text. At most 2,000 characters.
            hours: For how much longer you would like to have it. At most 878,400. Above 0.
        """
        _answer: AccessAsked = self._caller.ask(
            "share.access.request",
            {"token": token, "kind": kind, "email": email, "name": name, "message": message, "hours": hours},
        )
        return _answer

    def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
        status: AccessStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> AccessPage:
        """List what was asked for, by project, link or status.

        Without a project and a link: what was asked for in all your projects.

        Args:
            project_id: 1 to 64 characters.
            link_id: 1 to 64 characters.
            status: One of open, granted, denied.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: AccessPage = self._caller.ask(
            "share.access.list",
            {"project_id": project_id, "link_id": link_id, "status": status, "limit": limit, "cursor": cursor},
        )
        return _answer

    def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
        status: AccessStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[AccessOutput]:
        """List what was asked for, by project, link or status: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "share.access.list",
            "requests",
            {"project_id": project_id, "link_id": link_id, "status": status, "limit": limit},
        ):
            yield _row

    def resolve(
        self,
        *,
        request_id: str,
        decision: Decision,
        answer: str | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        permission: Permission | None | Unset = UNSET,
        new_link: bool | Unset = UNSET,
        password: str | None | None | Unset = UNSET,
    ) -> AccessResolved:
        """Grant or deny what somebody asked for, and notify them by e-mail.

        To grant makes them a recipient of the link, with more time or a higher permission where that is said, or gives
        them a new link of their own.

        The answer. To grant adds who asked to the link's recipients, and changes the link as is said here.

        `new_link` leaves it as it is, and makes one like it for them alone, with a password of its own.

        Args:
            request_id: 1 to 64 characters.
            decision: One of grant, deny.
            answer: Plain text. At most 2,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            permission: Default: what was asked for; on the present link it is then everybody's. One of drop, view, download, write.
            new_link: Make a link for them alone; needs a password and an expiry.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it.
        """
        _answer: AccessResolved = self._caller.ask(
            "share.access.resolve",
            {
                "request_id": request_id,
                "decision": decision,
                "answer": answer,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "permission": permission,
                "new_link": new_link,
                "password": password,
            },
        )
        return _answer


class ShareTileOperations:
    """Operations `share.tile.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def render(
        self,
        *,
        token: str,
        z: int,
        x: int,
        y: int,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        tile_matrix_set: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> bytes:
        """Render a map tile, billed to the sharer.

        A tile by XYZ, y counted from the north; in another grid, from its corner of origin.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            tile_matrix_set: A grid that the link offers; default: WebMercatorQuad. At most 64 characters.
            format: Of the image: png, jpg or webp. At most 10 characters.
            profile: Default: the item's default profile. At most 64 characters.
            tilesize: 256 or 512 pixels; of another grid, 512 doubles its own tile size.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.tile.render",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "z": z,
                "x": x,
                "y": y,
                "tile_matrix_set": tile_matrix_set,
                "format": format,
                "profile": profile,
                "tilesize": tilesize,
                "render": render,
            },
        )
        return _answer

    def preview(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        max_size: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> bytes:
        """Render the whole raster, billed to the sharer.

        How large, in which profile and format.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            format: Of the image: png, jpg or webp. At most 10 characters.
            profile: Default: the item's default profile. At most 64 characters.
            max_size: Pixels of the longer side.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.tile.preview",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "format": format,
                "profile": profile,
                "max_size": max_size,
                "render": render,
            },
        )
        return _answer

    def crop(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        geometry: Mapping[str, Any] | None | Unset = UNSET,
        crs: str | Unset = UNSET,
        format: str | Unset = UNSET,
        max_size: int | None | Unset = UNSET,
        dst_crs: str | None | Unset = UNSET,
    ) -> bytes:
        """Cut out a part: as a picture, or as a GeoTIFF of its values. Billed to the sharer.

        A GeoTIFF needs a link that allows downloads, and one without a watermark.

        Which part, and as what: a picture, or a GeoTIFF of the values (for links that allow downloads).

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            bbox: West, south, east, north; in degrees, a west greater than its east crosses 180°.
            crs: An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$.
            format: Png, jpg, webp or tif. At most 10 characters.
            max_size: Pixels of the longer side; default: as many as the raster has there. 1 to 65,536.
            dst_crs: Of a GeoTIFF: EPSG:3857 or EPSG:4326; default: the raster's own, of a mosaic EPSG:3857. ^EPSG:[1-9][0-9]{3,5}$.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.tile.crop",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "bbox": bbox,
                "geometry": geometry,
                "crs": crs,
                "format": format,
                "max_size": max_size,
                "dst_crs": dst_crs,
            },
        )
        return _answer

    def info(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> TileInfo:
        """Describe the shared raster, or the collection of them.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: TileInfo = self._caller.ask(
            "share.tile.info", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer

    def statistics(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        geometry: Mapping[str, Any] | None | Unset = UNSET,
        crs: str | Unset = UNSET,
        categorical: bool | Unset = UNSET,
    ) -> StatisticsOutput:
        """Describe the values of a raster, all of them or those in a region.

        Minimum, maximum, mean, deviation, percentiles and a histogram.

        Of which profile's values, and where. Without a profile: of all bands that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            bbox: West, south, east, north; in degrees, a west greater than its east crosses 180°.
            crs: An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$.
            categorical: Count the pixels of each value as well: the 256 most frequent.
        """
        _answer: StatisticsOutput = self._caller.ask(
            "share.tile.statistics",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "bbox": bbox,
                "geometry": geometry,
                "crs": crs,
                "categorical": categorical,
            },
        )
        return _answer

    def point(
        self,
        *,
        token: str,
        lon: float,
        lat: float,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        crs: str | Unset = UNSET,
    ) -> PointOutput:
        """Return the values of the pixel at a place.

        A place: degrees of longitude and latitude, or coordinates x and y of another system.

        Without a profile: the values of all bands that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            crs: An EPSG code, of what is given as coordinates. ^EPSG:[1-9][0-9]{3,5}$.
        """
        _answer: PointOutput = self._caller.ask(
            "share.tile.point",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "lon": lon,
                "lat": lat,
                "crs": crs,
            },
        )
        return _answer

    def legend(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> LegendOutput:
        """Say what the colours of a profile mean.

        Of which profile.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
        """
        _answer: LegendOutput = self._caller.ask(
            "share.tile.legend",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
            },
        )
        return _answer

    def wmts_capabilities(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> bytes:
        """Return WMTS 1.0.0 capabilities: a layer for each profile.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.tile.wmts_capabilities", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class ShareProfilesOperations:
    """Operations `share.profiles.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> ProfileList:
        """List the profiles that recipients of a link may use.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: ProfileList = self._caller.ask(
            "share.profiles.list", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class ShareContentOperations:
    """Operations `share.content.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> SharedContent:
        """Return a shared text, where a shared picture is, or what a shared map shows.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: SharedContent = self._caller.ask(
            "share.content.get", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class ShareStacOperations:
    """Operations `share.stac.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
    ) -> bytes:
        """Return a STAC item of a raster or an archive; of a collection, a STAC collection that leads to its items.

        Its addresses carry a key. The file itself is among its assets where the link gives files.

        Of a collection: what is of a time.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.stac.get", {"token": token, "password": password, "key": key, "item": item, "datetime": datetime}
        )
        return _answer


class ShareFileOperations:
    """Operations `share.file.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> FilePage:
        """List a folder of what a link shares.

        A folder of what the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
            limit: How many at most. 1 to 1,000.
            cursor: `next_cursor` of the page before. At most 1,000 characters.
        """
        _answer: FilePage = self._caller.ask(
            "share.file.list",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    def list_all(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[FileEntry]:
        """List a folder of what a link shares: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "share.file.list",
            "entries",
            {"token": token, "password": password, "key": key, "item": item, "path": path, "limit": limit},
        ):
            yield _row

    def stat(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
    ) -> FileEntry:
        """Return a file's size, time and ETag.

        A file or a folder.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
        """
        _answer: FileEntry = self._caller.ask(
            "share.file.stat", {"token": token, "password": password, "key": key, "item": item, "path": path}
        )
        return _answer

    def download(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        offset: int | Unset = UNSET,
        etag: str | None | Unset = UNSET,
    ) -> bytes:
        """Download a file, or what is missing of it.

        Which file. A link to a single file needs no path.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
            offset: Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976.
            etag: ETag of the version that is wanted; of another one: 412. At most 100 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.file.download",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "offset": offset,
                "etag": etag,
            },
        )
        return _answer

    def archive(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        paths: Sequence[str] | Unset = UNSET,
        offset: int | Unset = UNSET,
        etag: str | None | Unset = UNSET,
    ) -> bytes:
        """Download several files as one ZIP.

        What goes into the ZIP; without paths: all that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            paths: At most 1,000 entries.
            offset: Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976.
            etag: ETag of the version that is wanted; of another one: 412. At most 100 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.file.archive",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "paths": paths,
                "offset": offset,
                "etag": etag,
            },
        )
        return _answer

    def upload(
        self,
        *,
        token: str,
        path: str,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        content: bytes | str | None | Unset = UNSET,
        overwrite: bool | Unset = UNSET,
    ) -> FileUploaded:
        """Put a file into a shared folder, or begin to.

        A small file in Base64; without content: begin an upload that is sent in parts and can be resumed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; folders are made. 1 to 1,024 characters.
            content: Base64; what is larger than 250 kB is sent in parts.
            overwrite: Whether a file of this name may be replaced; else: 412.
        """
        _answer: FileUploaded = self._caller.ask(
            "share.file.upload",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "content": content,
                "overwrite": overwrite,
            },
        )
        return _answer

    def drop(
        self,
        *,
        token: str,
        name: str,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        content: bytes | str | None | Unset = UNSET,
        size: int | None | Unset = UNSET,
    ) -> FileDropped:
        """Put a file into a folder that is not shown, or begin to.

        The answer is the same whatever lies there: a file whose name is taken is kept under another one.

        A small file in Base64; or the size of one that is sent in parts, and can be resumed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            name: Of the file, without a folder. 1 to 200 characters.
            content: Base64; what is larger than 250 kB is sent in parts.
            size: Bytes of the whole file, to begin an upload in parts. 0 to 1,152,921,504,606,846,976.
        """
        _answer: FileDropped = self._caller.ask(
            "share.file.drop",
            {"token": token, "password": password, "key": key, "name": name, "content": content, "size": size},
        )
        return _answer


class ShareFeaturesOperations:
    """Operations `share.features.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> bytes:
        """Return shared GeoJSON, for a map to draw. It is counted as a download.

        Whoever may view the link may have it: a map cannot draw what it has not got.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "share.features.get", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class ShareOperations:
    """Operations `share.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.link = ShareLinkOperations(caller)
        self.key = ShareKeyOperations(caller)
        self.code = ShareCodeOperations(caller)
        self.access = ShareAccessOperations(caller)
        self.tile = ShareTileOperations(caller)
        self.profiles = ShareProfilesOperations(caller)
        self.content = ShareContentOperations(caller)
        self.stac = ShareStacOperations(caller)
        self.file = ShareFileOperations(caller)
        self.features = ShareFeaturesOperations(caller)

    def tilejson(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> TileJSON:
        """Return TileJSON 3.0.0 whose tile URLs carry a key.

        In which profile and format.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            format: Of the image: png, jpg or webp. At most 10 characters.
            tilesize: 256 or 512 pixels.
        """
        _answer: TileJSON = self._caller.ask(
            "share.tilejson",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "format": format,
                "tilesize": tilesize,
                "render": render,
            },
        )
        return _answer


class RootOperations:
    """Operations `root.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def folders(
        self,
        *,
        project_id: str | None | Unset = UNSET,
    ) -> RootFolderPage:
        """List the folders of storage roots whose files your projects may register.

        Without a project: those of all your projects.

        Args:
            project_id: 1 to 64 characters.
        """
        _answer: RootFolderPage = self._caller.ask("root.folders", {"project_id": project_id})
        return _answer

    def upload(
        self,
        *,
        project_id: str,
        root: str,
        path: str,
    ) -> RootUploadBegun:
        """Begin to put a new file into a storage root, in parts that can be resumed.

        It may lie where the project may register files. None replaces another.

        Where the file goes: to a path that the project may register. It must be a new one.

        Args:
            project_id: 1 to 64 characters.
            root: 1 to 100 characters.
            path: With slashes; folders are made. 1 to 1,024 characters.
        """
        _answer: RootUploadBegun = self._caller.ask(
            "root.upload", {"project_id": project_id, "root": root, "path": path}
        )
        return _answer

    def grant(
        self,
        root: str,
        *,
        prefix: str | Unset = UNSET,
        organization_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
    ) -> RootGrantOutput:
        """Let an organization or a project register the files of a storage root, or of a folder in it.

        Only operators may do so, and admins of the installation's first project, which `tilegate bootstrap` made. Saying it
        again changes nothing.

        Name the organization or the project that may register the files of a folder.

        Args:
            root: Name of a storage root; * for all, also those that are configured later. 1 to 100 characters.
            prefix: A folder below the root: "a/b" holds a/b and what lies in it; empty: the root. At most 1,024 characters.
            organization_id: All its projects, also later ones. 1 to 64 characters.
            project_id: In place of organization_id: this project alone. 1 to 64 characters.
        """
        _answer: RootGrantOutput = self._caller.ask(
            "root.grant", {"root": root, "prefix": prefix, "organization_id": organization_id, "project_id": project_id}
        )
        return _answer

    def list(self) -> RootGrantPage:
        """List what your organization may register; for the operator: what everybody may.

        No fields: send {}.
        """
        _answer: RootGrantPage = self._caller.ask("root.list", {})
        return _answer

    def revoke(
        self,
        grant_id: str,
        *,
        force: bool | Unset = UNSET,
    ) -> RootGrantRevoked:
        """Take a grant back: nothing can be registered by it any more.

        Where items lie in the folder that no other grant covers, this answers 409 `root_grant_in_use` and changes nothing.
        With `force` they are deleted, and their links answer 410. Who may grant may revoke.

        Name a grant.

        Args:
            grant_id: 1 to 64 characters.
            force: Also where items need it: they are deleted, and their links answer 410.
        """
        _answer: RootGrantRevoked = self._caller.ask("root.revoke", {"grant_id": grant_id, "force": force})
        return _answer


class ItemQuarantineOperations:
    """Operations `item.quarantine.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def lift(self, item_id: str) -> ItemDetail:
        """Have an item's file read again that ended processes of the service, and forget that it did.

        A file that changes is out of quarantine by itself.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDetail = self._caller.ask("item.quarantine.lift", {"item_id": item_id})
        return _answer


class ItemProfilesOperations:
    """Operations `item.profiles.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def set(
        self,
        *,
        item_id: str,
        profiles: Sequence[Profile],
    ) -> ItemDetail:
        """Replace an item's render profiles.

        These take the place of all it has; the first that says so is the default, else the first.

        Args:
            item_id: 1 to 64 characters.
            profiles: 1 to 50 entries.
        """
        _answer: ItemDetail = self._caller.ask("item.profiles.set", {"item_id": item_id, "profiles": profiles})
        return _answer


class ItemSeedsOperations:
    """Operations `item.seeds.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, item_id: str) -> SeedPage:
        """List what was rendered ahead of an item, and how far it is.

        Of which item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: SeedPage = self._caller.ask("item.seeds.list", {"item_id": item_id})
        return _answer

    def delete(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
        tilesize: int | Unset = UNSET,
    ) -> SeedDeleted:
        """Stop rendering ahead, and delete what was rendered.

        Which one, as it was asked for.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default one. At most 64 characters.
            format: One of png, jpg, webp.
            tilesize: 256 or 512 pixels. 256 to 512.
        """
        _answer: SeedDeleted = self._caller.ask(
            "item.seeds.delete", {"item_id": item_id, "profile": profile, "format": format, "tilesize": tilesize}
        )
        return _answer


class ItemOperations:
    """Operations `item.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.quarantine = ItemQuarantineOperations(caller)
        self.profiles = ItemProfilesOperations(caller)
        self.seeds = ItemSeedsOperations(caller)

    def create(
        self,
        project_id: str,
        *,
        root: str | None | Unset = UNSET,
        path: str | None | Unset = UNSET,
        content: TextContent | MapContent | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        attribution: str | Unset = UNSET,
        license: License | None | Unset = UNSET,
        kind: ItemKind | None | Unset = UNSET,
        profiles: Sequence[Profile] | Unset = UNSET,
    ) -> ItemDetail:
        """Register a file of a storage root as an item, or a text or a map that lies in no file.

        Where the file is. A raster is read once: its profiles and warnings come back.

        A text or a map may be given as content instead of root and path.

        Args:
            project_id: 1 to 64 characters.
            root: Name of a storage root; required without content. 1 to 100 characters.
            path: Path inside the root of a file or a folder; empty: the whole root; required without content. At most 1,024 characters.
            content: Of a text or a map that lies in no file.
            name: Default: the file's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            datetime: When that was which it shows: RFC 3339, or an interval a/b, a/.., ../b. At most 80 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            kind: Default: found out from the file. One of raster, file, text, image, map, directory, pmtiles, geojson.
            profiles: Instead of the default profiles. At most 50 entries.
        """
        _answer: ItemDetail = self._caller.ask(
            "item.create",
            {
                "project_id": project_id,
                "root": root,
                "path": path,
                "content": content,
                "name": name,
                "description": description,
                "datetime": datetime,
                "attribution": attribution,
                "license": license,
                "kind": kind,
                "profiles": profiles,
            },
        )
        return _answer

    def get(self, item_id: str) -> ItemDetail:
        """Return an item.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDetail = self._caller.ask("item.get", {"item_id": item_id})
        return _answer

    def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> ItemPage:
        """List items of a project, or of all your projects.

        Without a project: the items of all your projects.

        Args:
            project_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: ItemPage = self._caller.ask("item.list", {"project_id": project_id, "limit": limit, "cursor": cursor})
        return _answer

    def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[ItemOutput]:
        """List items of a project, or of all your projects: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages("item.list", "items", {"project_id": project_id, "limit": limit}):
            yield _row

    def update(
        self,
        item_id: str,
        *,
        name: str | None | Unset = UNSET,
        description: str | None | Unset = UNSET,
        attribution: str | None | Unset = UNSET,
        license: License | None | Unset = UNSET,
        content: TextContent | MapContent | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
    ) -> ItemDetail:
        """Change an item's name, description, datetime or content; its links show it at once.

        What is left out stays as it is.

        Args:
            item_id: 1 to 64 characters.
            name: At most 200 characters.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            content: Of a text or a map that was made with content.
            datetime: Of what it shows; empty: of no known time. At most 80 characters.
        """
        _answer: ItemDetail = self._caller.ask(
            "item.update",
            {
                "item_id": item_id,
                "name": name,
                "description": description,
                "attribution": attribution,
                "license": license,
                "content": content,
                "datetime": datetime,
            },
        )
        return _answer

    def delete(self, item_id: str) -> ItemDeleted:
        """Take an item out of the catalogue; its links answer 410 from then on.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDeleted = self._caller.ask("item.delete", {"item_id": item_id})
        return _answer

    def seed(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        minzoom: int | None | Unset = UNSET,
        maxzoom: int | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> SeedOutput:
        """Render tiles of a raster ahead, or say what that would take.

        They are rendered in the background, never before a tile that somebody waits for, and served without a render from
        then on, for as long as raster and profile stay as they are. Ask again to go on after a failure.

        Which tiles of a raster item are rendered ahead, and how. One seed of each profile, format and size is kept.

        With `dry_run` nothing is begun: the answer says what it would take.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default one. At most 64 characters.
            format: One of png, jpg, webp.
            tilesize: 256 or 512 pixels. 256 to 512.
            minzoom: Default: the item's minzoom. 0 to 24.
            maxzoom: Default: the item's maxzoom. 0 to 24.
            bbox: Default: all of the raster.
        """
        _answer: SeedOutput = self._caller.ask(
            "item.seed",
            {
                "item_id": item_id,
                "profile": profile,
                "format": format,
                "tilesize": tilesize,
                "minzoom": minzoom,
                "maxzoom": maxzoom,
                "bbox": bbox,
                "dry_run": dry_run,
            },
        )
        return _answer

    def preview(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        draft: Profile | None | Unset = UNSET,
        max_size: int | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
    ) -> bytes:
        """Render a small picture of an item of yours, in one of its profiles or in one that is tried out.

        It is not counted, as it is of no link, and shows no more than 512 pixels.

        How large, and in which profile.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default profile. At most 64 characters.
            draft: In place of one of the item's: it is not stored.
            max_size: Pixels of the longer side. 16 to 512.
            format: Of the image. One of png, jpg, webp.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = self._caller.ask(
            "item.preview",
            {"item_id": item_id, "profile": profile, "draft": draft, "max_size": max_size, "format": format},
        )
        return _answer

    def statistics(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        draft: Profile | None | Unset = UNSET,
    ) -> StatisticsOutput:
        """Describe the values of a raster of yours, as a stretch is chosen by: histogram, percentiles, extremes.

        Of which profile's values; without one, of all bands.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default profile. At most 64 characters.
            draft: In place of one of the item's: it is not stored.
        """
        _answer: StatisticsOutput = self._caller.ask(
            "item.statistics", {"item_id": item_id, "profile": profile, "draft": draft}
        )
        return _answer


class CollectionOperations:
    """Operations `collection.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(
        self,
        *,
        project_id: str,
        name: str,
        item_ids: Sequence[str],
        description: str | Unset = UNSET,
        attribution: str | Unset = UNSET,
        license: License | None | Unset = UNSET,
        profiles: Sequence[Profile] | Unset = UNSET,
        pixel_selection: PixelSelection | Unset = UNSET,
    ) -> CollectionDetail:
        """Make a collection of raster items, which renders as one mosaic.

        Which items, in which order. All of them are rendered by the same profiles, so that no seams show.

        Args:
            project_id: 1 to 64 characters.
            name: 1 to 200 characters.
            item_ids: Raster items of the project, the first on top. 1 to 10,000 entries.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            profiles: For all items; none: the first item's, as far as all items share them by id. At most 50 entries.
            pixel_selection: Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh.
        """
        _answer: CollectionDetail = self._caller.ask(
            "collection.create",
            {
                "project_id": project_id,
                "name": name,
                "item_ids": item_ids,
                "description": description,
                "attribution": attribution,
                "license": license,
                "profiles": profiles,
                "pixel_selection": pixel_selection,
            },
        )
        return _answer

    def get(self, collection_id: str) -> CollectionDetail:
        """Return a collection with the ids of its items.

        Name a collection.

        Args:
            collection_id: 1 to 64 characters.
        """
        _answer: CollectionDetail = self._caller.ask("collection.get", {"collection_id": collection_id})
        return _answer

    def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> CollectionPage:
        """List collections of a project, or of all your projects.

        Without a project: the collections of all your projects.

        Args:
            project_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: CollectionPage = self._caller.ask(
            "collection.list", {"project_id": project_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> Iterator[CollectionOutput]:
        """List collections of a project, or of all your projects: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages("collection.list", "collections", {"project_id": project_id, "limit": limit}):
            yield _row

    def update(
        self,
        collection_id: str,
        *,
        name: str | None | Unset = UNSET,
        description: str | None | Unset = UNSET,
        attribution: str | None | Unset = UNSET,
        license: License | None | Unset = UNSET,
        item_ids: Sequence[str] | None | Unset = UNSET,
        profiles: Sequence[Profile] | None | Unset = UNSET,
        pixel_selection: PixelSelection | None | Unset = UNSET,
    ) -> CollectionDetail:
        """Change a collection's name, description, items, profiles or pixel selection.

        What is left out stays as it is; item_ids take the place of all it has.

        Args:
            collection_id: 1 to 64 characters.
            name: 1 to 200 characters.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            item_ids: Raster items of the project, the first on top. 1 to 10,000 entries.
            profiles: For all items; none: the first item's, as far as all items share them by id. At most 50 entries.
            pixel_selection: Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh.
        """
        _answer: CollectionDetail = self._caller.ask(
            "collection.update",
            {
                "collection_id": collection_id,
                "name": name,
                "description": description,
                "attribution": attribution,
                "license": license,
                "item_ids": item_ids,
                "profiles": profiles,
                "pixel_selection": pixel_selection,
            },
        )
        return _answer

    def delete(self, collection_id: str) -> CollectionDeleted:
        """Take a collection out of the catalogue; its items stay, its links answer 410 from then on.

        Name a collection.

        Args:
            collection_id: 1 to 64 characters.
        """
        _answer: CollectionDeleted = self._caller.ask("collection.delete", {"collection_id": collection_id})
        return _answer


class OrganizationPolicyOperations:
    """Operations `organization.policy.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> PolicyOutput:
        """Return what links of your organization have to keep: the operator's ceiling, and what admins set.

        No fields: send {}.
        """
        _answer: PolicyOutput = self._caller.ask("organization.policy.get", {})
        return _answer

    def set(
        self,
        *,
        max_lifetime_hours: float | None | Unset = UNSET,
        min_password_length: int | None | Unset = UNSET,
        allow_passwordless: bool | Unset = UNSET,
        permissions: Sequence[Permission] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
    ) -> PolicyOutput:
        """Say what links of your organization may be, within the operator's ceiling.

        Links that are there stay as they are, until they are rotated or the field at fault is changed.

        It takes the place of what your organization's admins said before; the operator's ceiling stays.

        Args:
            max_lifetime_hours: From now until a link expires, at most; links without an expiry are refused then. At most 878,400. Above 0.
            min_password_length: Characters of a new password, at least. 8 to 64.
            allow_passwordless: Whether links may have no password, where the service allows it.
            permissions: What links may allow; null for all. One of drop, view, download, write. At least 1 entries.
            watermark: Drawn by links with permission view that name none. 1 to 200 characters.
            allowed_origins: Links allow no other web origins, and these where they name none; empty for all. At most 50 entries.
        """
        _answer: PolicyOutput = self._caller.ask(
            "organization.policy.set",
            {
                "max_lifetime_hours": max_lifetime_hours,
                "min_password_length": min_password_length,
                "allow_passwordless": allow_passwordless,
                "permissions": permissions,
                "watermark": watermark,
                "allowed_origins": allowed_origins,
            },
        )
        return _answer


class OrganizationOperations:
    """Operations `organization.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.policy = OrganizationPolicyOperations(caller)

    def create(
        self,
        *,
        name: str,
        admin_email: str,
        admin_name: str | Unset = UNSET,
        project_name: str | Unset = UNSET,
        ceiling: PolicyFields | Unset = UNSET,
        first_key_hours: int | Unset = UNSET,
    ) -> OrganizationCreated:
        """Add an organization with a project and its first admin.

        The admin signs in with their confirmed e-mail address, or gets the API key of the answer from you: with it they
        make their own, and revoke it. It expires after a week where you do not say otherwise. The organization can register
        files once it was given a storage root (root.grant).

        Who pays, and who administers it.

        Args:
            name: 1 to 200 characters.
            admin_email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            admin_name: At most 200 characters.
            project_name: Of the project that it begins with. 1 to 200 characters.
            ceiling: What its links may be; its admins may be stricter.
            first_key_hours: How long the admin's first API key lives; 0: none is made, as people sign in. 0 to 8,784.
        """
        _answer: OrganizationCreated = self._caller.ask(
            "organization.create",
            {
                "name": name,
                "admin_email": admin_email,
                "admin_name": admin_name,
                "project_name": project_name,
                "ceiling": ceiling,
                "first_key_hours": first_key_hours,
            },
        )
        return _answer

    def get(self, organization_id: str) -> OrganizationOutput:
        """Return an organization.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: OrganizationOutput = self._caller.ask("organization.get", {"organization_id": organization_id})
        return _answer

    def list(
        self,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> OrganizationPage:
        """List the organizations of this installation.

        All organizations of the installation.

        Args:
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: OrganizationPage = self._caller.ask("organization.list", {"limit": limit, "cursor": cursor})
        return _answer

    def list_all(
        self,
        *,
        limit: int | Unset = UNSET,
    ) -> Iterator[OrganizationOutput]:
        """List the organizations of this installation: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages("organization.list", "organizations", {"limit": limit}):
            yield _row

    def update(
        self,
        organization_id: str,
        *,
        name: str | None | Unset = UNSET,
        ceiling: PolicyFields | None | Unset = UNSET,
    ) -> OrganizationOutput:
        """Change an organization's name, or the ceiling of what its links may be.

        Links that are there stay as they are, until they are rotated or the field at fault is changed.

        What is left out stays as it is.

        Args:
            organization_id: 1 to 64 characters.
            name: 1 to 200 characters.
            ceiling: Takes the place of the one before: what its links may be.
        """
        _answer: OrganizationOutput = self._caller.ask(
            "organization.update", {"organization_id": organization_id, "name": name, "ceiling": ceiling}
        )
        return _answer

    def suspend(
        self,
        organization_id: str,
        *,
        reason: str | None | Unset = UNSET,
    ) -> OrganizationOutput:
        """Suspend an organization: within a second all its links answer 410 `organization_suspended`.

        Its members can still read what it has and what it used; all that changes something answers 410 too. Links, keys and
        passwords stay as they are.

        Name an organization, and say why.

        Args:
            organization_id: 1 to 64 characters.
            reason: For operators; recipients are not told. At most 1,000 characters.
        """
        _answer: OrganizationOutput = self._caller.ask(
            "organization.suspend", {"organization_id": organization_id, "reason": reason}
        )
        return _answer

    def resume(self, organization_id: str) -> OrganizationOutput:
        """Open a suspended organization again; its links and keys work as before.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: OrganizationOutput = self._caller.ask("organization.resume", {"organization_id": organization_id})
        return _answer

    def mine(self) -> MembershipPage:
        """List the organizations that you belong to.

        An API key acts for one and lists that one alone. Who signed in chooses by the header `X-Organization`.

        No fields: send {}.
        """
        _answer: MembershipPage = self._caller.ask("organization.mine", {})
        return _answer


class ProjectOperations:
    """Operations `project.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(self, name: str) -> ProjectOutput:
        """Add a project to your organization.

        You become its admin.

        Args:
            name: 1 to 200 characters.
        """
        _answer: ProjectOutput = self._caller.ask("project.create", {"name": name})
        return _answer

    def list(self) -> ProjectPage:
        """List your projects.

        No fields: send {}.
        """
        _answer: ProjectPage = self._caller.ask("project.list", {})
        return _answer


class MemberIdentityOperations:
    """Operations `member.identity.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def set(
        self,
        *,
        email: str,
        subject: str,
    ) -> IdentityOutput:
        """Say as whom a member signs in with the OpenID provider, where their address does not say it.

        You must be an admin of all of their projects in your organization, as who signs in so may do there what they may.
        It holds in your organization alone, and one that is there is to be removed first.

        Name a member, and who they are to the provider.

        Args:
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            subject: The claim `sub` that the provider gives them, letter for letter. 1 to 255 characters.
        """
        _answer: IdentityOutput = self._caller.ask("member.identity.set", {"email": email, "subject": subject})
        return _answer

    def list(self) -> IdentityPage:
        """List as whom your organization's members sign in with the OpenID provider.

        No fields: send {}.
        """
        _answer: IdentityPage = self._caller.ask("member.identity.list", {})
        return _answer

    def remove(self, email: str) -> IdentityRemoved:
        """Have a member sign in as nobody any more: their next sign-in with a confirmed address binds them anew.

        Name a member by their e-mail address.

        Args:
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
        """
        _answer: IdentityRemoved = self._caller.ask("member.identity.remove", {"email": email})
        return _answer


class MemberOperations:
    """Operations `member.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.identity = MemberIdentityOperations(caller)

    def set(
        self,
        *,
        project_id: str,
        email: str,
        role: Role,
    ) -> MemberOutput:
        """Give somebody a role on a project, in place of any other; the last admin stays one.

        Somebody new is added by their e-mail address.

        Args:
            project_id: 1 to 64 characters.
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            role: One of viewer, editor, admin.
        """
        _answer: MemberOutput = self._caller.ask("member.set", {"project_id": project_id, "email": email, "role": role})
        return _answer

    def remove(
        self,
        *,
        project_id: str,
        email: str,
    ) -> MemberRemoved:
        """Take somebody's role on a project away.

        Their keys and sessions can do nothing there from then on. Who has no other project of the organization loses their
        API keys of it for good. The last admin cannot be removed.

        Name a member by their e-mail address.

        Args:
            project_id: 1 to 64 characters.
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
        """
        _answer: MemberRemoved = self._caller.ask("member.remove", {"project_id": project_id, "email": email})
        return _answer

    def list(self, project_id: str) -> MemberPage:
        """List a project's members.

        Name a project.

        Args:
            project_id: 1 to 64 characters.
        """
        _answer: MemberPage = self._caller.ask("member.list", {"project_id": project_id})
        return _answer


class ApiKeyOperations:
    """Operations `api_key.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(
        self,
        *,
        label: str,
        scopes: Sequence[Scope],
        expires_at: datetime | str | None | Unset = UNSET,
    ) -> ApiKeyCreated:
        """Make an API key that can do no more than you; its text is shown this once.

        What it can do falls with your role: at no time is it more than you may do then.

        The scopes must be ones that you hold.

        Args:
            label: 1 to 200 characters.
            scopes: One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator. At least 1 entries.
        """
        _answer: ApiKeyCreated = self._caller.ask(
            "api_key.create", {"label": label, "scopes": scopes, "expires_at": expires_at}
        )
        return _answer

    def list(self) -> ApiKeyPage:
        """List the API keys of your organization: whose they are and what they may do.

        No fields: send {}.
        """
        _answer: ApiKeyPage = self._caller.ask("api_key.list", {})
        return _answer

    def revoke(self, api_key_id: str) -> ApiKeyOutput:
        """End an API key of your organization, yours or somebody else's; saying it again changes nothing.

        Name an API key.

        Args:
            api_key_id: 1 to 64 characters.
        """
        _answer: ApiKeyOutput = self._caller.ask("api_key.revoke", {"api_key_id": api_key_id})
        return _answer


class WebhookOperations:
    """Operations `webhook.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def create(
        self,
        url: str,
        *,
        description: str | Unset = UNSET,
        events: Sequence[NoticeType] | Unset = UNSET,
    ) -> WebhookCreated:
        """Have a server sent what happens to your organization's links; its secret is shown this once.

        Each event is signed by the Standard Webhooks convention, sent at least once, and tried again for three days.

        Where things that happen are sent.

        Args:
            url: Https://… of a server with a public address. At most 2,000 characters.
            description: At most 200 characters.
            events: What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters.
        """
        _answer: WebhookCreated = self._caller.ask(
            "webhook.create", {"url": url, "description": description, "events": events}
        )
        return _answer

    def list(self) -> WebhookPage:
        """List the webhooks of your organization.

        No fields: send {}.
        """
        _answer: WebhookPage = self._caller.ask("webhook.list", {})
        return _answer

    def update(
        self,
        webhook_id: str,
        *,
        url: str | Unset = UNSET,
        description: str | Unset = UNSET,
        events: Sequence[NoticeType] | Unset = UNSET,
        enabled: bool | Unset = UNSET,
    ) -> WebhookOutput:
        """Change a webhook, or enable it again after it was disabled.

        What is left out stays as it is.

        Args:
            webhook_id: 1 to 64 characters.
            url: Https://… of a server with a public address. At most 2,000 characters.
            description: At most 200 characters.
            events: What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters.
            enabled: False: nothing is sent, and what waits is given up.
        """
        _answer: WebhookOutput = self._caller.ask(
            "webhook.update",
            {"webhook_id": webhook_id, "url": url, "description": description, "events": events, "enabled": enabled},
        )
        return _answer

    def delete(self, webhook_id: str) -> WebhookDeleted:
        """Remove a webhook, and what waits for it.

        Name a webhook.

        Args:
            webhook_id: 1 to 64 characters.
        """
        _answer: WebhookDeleted = self._caller.ask("webhook.delete", {"webhook_id": webhook_id})
        return _answer

    def test(self, webhook_id: str) -> WebhookTested:
        """Send a webhook an event of the type `webhook.test` now, once, and say what came of it.

        A webhook that is disabled is sent it, too.

        Name a webhook.

        Args:
            webhook_id: 1 to 64 characters.
        """
        _answer: WebhookTested = self._caller.ask("webhook.test", {"webhook_id": webhook_id})
        return _answer

    def deliveries(
        self,
        webhook_id: str,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> DeliveryPage:
        """List what was sent to a webhook or waits to be, newest first.

        The last ones first.

        Args:
            webhook_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: DeliveryPage = self._caller.ask(
            "webhook.deliveries", {"webhook_id": webhook_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    def deliveries_all(
        self,
        webhook_id: str,
        *,
        limit: int | Unset = UNSET,
    ) -> Iterator[DeliveryOutput]:
        """List what was sent to a webhook or waits to be, newest first: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages("webhook.deliveries", "deliveries", {"webhook_id": webhook_id, "limit": limit}):
            yield _row


class NoticeOperations:
    """Operations `notice.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> NoticeSettings:
        """Say whether you get e-mail of what happens to your links.

        No fields: send {}.
        """
        _answer: NoticeSettings = self._caller.ask("notice.get", {})
        return _answer

    def set(self, letters: bool) -> NoticeSettings:
        """Choose whether you get e-mail of what happens to your links, all of them.

        A link's own setting, `notices`, holds beside it: both must be on.

        Args:
            letters: Send me an e-mail when my links are opened, near a limit, and so on.
        """
        _answer: NoticeSettings = self._caller.ask("notice.set", {"letters": letters})
        return _answer


class UsageOperations:
    """Operations `usage.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def current(self, organization_id: str) -> UsageOutput:
        """Return this UTC month's counters, live.

        Name an organization.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
        """
        _answer: UsageOutput = self._caller.ask("usage.current", {"organization_id": organization_id})
        return _answer

    def history(
        self,
        organization_id: str,
        *,
        first_day: date | str | None | Unset = UNSET,
        last_day: date | str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
    ) -> UsageHistoryOutput:
        """Return the counters of each UTC day and link, up to now.

        Name an organization and UTC days, both included.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
            first_day: Default: the first day of this month.
            last_day: Default: today.
            link_id: Only this link. 1 to 64 characters.
        """
        _answer: UsageHistoryOutput = self._caller.ask(
            "usage.history",
            {"organization_id": organization_id, "first_day": first_day, "last_day": last_day, "link_id": link_id},
        )
        return _answer

    def forecast(self, organization_id: str) -> UsageForecast:
        """Return what this UTC month will come to, at the rate of the last seven days, and how far the budget will last.

        Name an organization.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
        """
        _answer: UsageForecast = self._caller.ask("usage.forecast", {"organization_id": organization_id})
        return _answer

    def export(
        self,
        organization_id: str,
        *,
        since: str | None | Unset = UNSET,
        by: Grouping | Unset = UNSET,
        first_day: date | str | None | Unset = UNSET,
        last_day: date | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> UsageExportOutput | str:
        """Return what changed since a mark, for a billing job.

        Each row is a whole total of a UTC day: store it in place of the one before. Asked with the mark that it gave last,
        the export gives every row that changed since, and misses none.

        Name an organization, and the mark of the last export. A mark of all organizations goes with all of them.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
            since: `high_water_mark` of the export before; none: from the start. At most 300 characters.
            by: What a row is the total of, on each UTC day. One of link, project, organization.
            first_day: Only UTC days from this one on.
            last_day: Only UTC days up to this one.
            limit: How many rows at most. 1 to 10,000.
            format: Csv: a table with a header line. One of json, csv.
        """
        _answer: UsageExportOutput | str = self._caller.ask(
            "usage.export",
            {
                "organization_id": organization_id,
                "since": since,
                "by": by,
                "first_day": first_day,
                "last_day": last_day,
                "limit": limit,
                "format": format,
            },
        )
        return _answer

    def summary(
        self,
        organization_id: str,
        *,
        month: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> UsageSummary:
        """Return the sums of the last twelve months, and of the links that were used most in one.

        Name an organization, and a month.

        Args:
            organization_id: Yours; for operators any one. 1 to 64 characters.
            month: Whose links: 2026-11. Default: this UTC month. ^2[0-9]{3}-(0[1-9]|1[0-2])$.
            limit: Links at most. 1 to 200.
        """
        _answer: UsageSummary = self._caller.ask(
            "usage.summary", {"organization_id": organization_id, "month": month, "limit": limit}
        )
        return _answer


class BudgetCeilingOperations:
    """Operations `budget.ceiling.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def set(
        self,
        organization_id: str,
        *,
        max_renders: int | None | Unset = UNSET,
        max_pixels: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        max_queries: int | None | Unset = UNSET,
    ) -> BudgetOutput:
        """Set the most that an organization's own budget may be, and that it may use without one: for the operator.

        Name an organization, and the most that it may use in a calendar month. What is left out has no limit.

        Args:
            organization_id: 1 to 64 characters.
            max_renders: Images sent. 0 to 9,007,199,254,740,991.
            max_pixels: Width times height of all images sent. 0 to 9,007,199,254,740,991.
            max_bytes: Bytes of images and files sent. 0 to 9,007,199,254,740,991.
            max_queries: Points and statistics answered. 0 to 9,007,199,254,740,991.
        """
        _answer: BudgetOutput = self._caller.ask(
            "budget.ceiling.set",
            {
                "organization_id": organization_id,
                "max_renders": max_renders,
                "max_pixels": max_pixels,
                "max_bytes": max_bytes,
                "max_queries": max_queries,
            },
        )
        return _answer


class BudgetOperations:
    """Operations `budget.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.ceiling = BudgetCeilingOperations(caller)

    def get(self, organization_id: str) -> BudgetOutput:
        """Return what an organization may use in this calendar month, and what it has used of it, live.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: BudgetOutput = self._caller.ask("budget.get", {"organization_id": organization_id})
        return _answer

    def set(
        self,
        organization_id: str,
        *,
        max_renders: int | None | Unset = UNSET,
        max_pixels: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        max_queries: int | None | Unset = UNSET,
        time_zone: str | None | Unset = UNSET,
    ) -> BudgetOutput:
        """Limit what an organization uses in a calendar month; beyond, its links answer 403 `budget_exhausted`.

        It replaces the limits that were set before, and holds at once on all servers, for this month too. No limit may be
        above the operator's.

        Name an organization, and the most that it is to use in a calendar month. What is left out has no limit.

        Args:
            organization_id: 1 to 64 characters.
            max_renders: Images sent. 0 to 9,007,199,254,740,991.
            max_pixels: Width times height of all images sent. 0 to 9,007,199,254,740,991.
            max_bytes: Bytes of images and files sent. 0 to 9,007,199,254,740,991.
            max_queries: Points and statistics answered. 0 to 9,007,199,254,740,991.
            time_zone: IANA name, as Europe/Berlin: when its months begin. Left out: as it is. At most 64 characters.
        """
        _answer: BudgetOutput = self._caller.ask(
            "budget.set",
            {
                "organization_id": organization_id,
                "max_renders": max_renders,
                "max_pixels": max_pixels,
                "max_bytes": max_bytes,
                "max_queries": max_queries,
                "time_zone": time_zone,
            },
        )
        return _answer


class AuditOperations:
    """Operations `audit.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(
        self,
        organization_id: str,
        *,
        actor_id: str | None | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        operation: str | None | Unset = UNSET,
        since: datetime | str | None | Unset = UNSET,
        until: datetime | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> AuditPage | str:
        """List who made, changed, revoked or exported what in an organization, and who signed in.

        The log is written in the same transaction as the change, and nobody can change it. What an operator does to an
        organization is in its log and in that of the operator's own.

        Name an organization, and which rows of its log.

        Args:
            organization_id: 1 to 64 characters.
            actor_id: Only what this user did: usr_…. At most 200 characters.
            target_id: Only what was done to this link, item, key, project …. At most 400 characters.
            operation: Only by this operation, or `sign_in`. At most 60 characters.
            since: Only from this time on.
            until: Only before this time.
            limit: How many rows at most. 1 to 1,000.
            cursor: `next_cursor` of the page before. At most 300 characters.
            format: Csv: a table with a header line. One of json, csv.
        """
        _answer: AuditPage | str = self._caller.ask(
            "audit.list",
            {
                "organization_id": organization_id,
                "actor_id": actor_id,
                "target_id": target_id,
                "operation": operation,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "format": format,
            },
        )
        return _answer

    def list_all(
        self,
        organization_id: str,
        *,
        actor_id: str | None | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        operation: str | None | Unset = UNSET,
        since: datetime | str | None | Unset = UNSET,
        until: datetime | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> Iterator[AuditRow]:
        """List who made, changed, revoked or exported what in an organization, and who signed in: the rows of all pages, asked for as they are needed."""
        for _row in self._caller.pages(
            "audit.list",
            "rows",
            {
                "organization_id": organization_id,
                "actor_id": actor_id,
                "target_id": target_id,
                "operation": operation,
                "since": since,
                "until": until,
                "limit": limit,
                "format": format,
            },
        ):
            yield _row


class LimitsOperations:
    """Operations `limits.…`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> Limits:
        """Return your rate limits, and what is left of each.

        No fields: send {}.
        """
        _answer: Limits = self._caller.ask("limits.get", {})
        return _answer


class Operations:
    """All operations."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.share = ShareOperations(caller)
        self.root = RootOperations(caller)
        self.item = ItemOperations(caller)
        self.collection = CollectionOperations(caller)
        self.organization = OrganizationOperations(caller)
        self.project = ProjectOperations(caller)
        self.member = MemberOperations(caller)
        self.api_key = ApiKeyOperations(caller)
        self.webhook = WebhookOperations(caller)
        self.notice = NoticeOperations(caller)
        self.usage = UsageOperations(caller)
        self.budget = BudgetOperations(caller)
        self.audit = AuditOperations(caller)
        self.limits = LimitsOperations(caller)


class AsyncShareLinkOperations:
    """Operations `share.link.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        target_type: TargetType,
        target_id: str,
        password: str | None,
        targets: Sequence[TargetRefInput] | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
        permission: Permission | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        notify: bool | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> LinkOutput:
        """Make a password-protected, expiring link.

        A refused field, the password among them, leaves no link behind.

        What is shared, the password, when it ends, and limits. A field that is not known is refused, never ignored.

        Args:
            target_type: One of item, collection, file, directory.
            target_id: 1 to 64 characters.
            targets: What the link shares beside its target: a bundle. At most 100 entries.
            recipients: E-mail addresses of those whom the link is meant for. At most 1,000 characters.
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: Default: the target's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            notify: Send the recipients an e-mail with the address, without the password.
            dry_run: Check everything, make nothing; say what the link could cost.
        """
        _answer: LinkOutput = await self._caller.ask(
            "share.link.create",
            {
                "target_type": target_type,
                "target_id": target_id,
                "targets": targets,
                "recipients": recipients,
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "notify": notify,
                "dry_run": dry_run,
            },
        )
        return _answer

    async def get(self, link_id: str) -> LinkOverview:
        """Return a link with its limits and usage, who took it, and its letters.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkOverview = await self._caller.ask("share.link.get", {"link_id": link_id})
        return _answer

    async def list(
        self,
        *,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinkPage:
        """List links by target, project or status.

        A status is looked for row by row, over at most some thousand rows a page.

        Without a target and a project: the links of all your projects.

        Args:
            target_id: Links that share it, alone or in a bundle. 1 to 64 characters.
            project_id: 1 to 64 characters.
            recipient: Links that are meant for this address. At most 320 characters.
            status: One of scheduled, active, suspended, expired, revoked.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinkPage = await self._caller.ask(
            "share.link.list",
            {
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "status": status,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    async def list_all(
        self,
        *,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[LinkDetail]:
        """List links by target, project or status: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "share.link.list",
            "links",
            {
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "status": status,
                "limit": limit,
            },
        ):
            yield _row

    async def find(
        self,
        *,
        query: str | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        sort: LinkSort | Unset = UNSET,
        descending: bool | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinksFound:
        """Find links by words and status, sorted by a date, their name, or what was used of them.

        Sorted by use, the newest 20,000 are looked at.

        Without a project: among the links of all your projects.

        Args:
            query: Words that are all in the link's name or id, in the name of what it shares, or in the address of somebody whom it is meant for. At most 200 characters.
            project_id: 1 to 64 characters.
            status: One of scheduled, active, suspended, expired, revoked.
            sort: One of created_at, name, expires_at, last_accessed_at, view_count, render_count, byte_count.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinksFound = await self._caller.ask(
            "share.link.find",
            {
                "query": query,
                "project_id": project_id,
                "status": status,
                "sort": sort,
                "descending": descending,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    async def find_all(
        self,
        *,
        query: str | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        status: LinkStatus | None | Unset = UNSET,
        sort: LinkSort | Unset = UNSET,
        descending: bool | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[LinkFound]:
        """Find links by words and status, sorted by a date, their name, or what was used of them: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "share.link.find",
            "links",
            {
                "query": query,
                "project_id": project_id,
                "status": status,
                "sort": sort,
                "descending": descending,
                "limit": limit,
            },
        ):
            yield _row

    async def update(
        self,
        link_id: str,
        *,
        permission: Permission | Unset = UNSET,
        password: str | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        targets: Sequence[TargetRefInput] | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
    ) -> LinkDetail:
        """Change a link; narrowing it or a new password ends its keys.

        What is left out stays as it is; null takes a limit away.

        Args:
            link_id: 1 to 64 characters.
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            targets: What the link shares beside its target: a bundle. At most 100 entries.
            recipients: E-mail addresses of those whom the link is meant for. At most 1,000 characters.
        """
        _answer: LinkDetail = await self._caller.ask(
            "share.link.update",
            {
                "link_id": link_id,
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "targets": targets,
                "recipients": recipients,
            },
        )
        return _answer

    async def suspend(self, link_id: str) -> LinkDetail:
        """Suspend a link; it answers 410 until it is resumed.

        Keys and passwords stay as they are and work again then: rotate the link, or change its password, to end them.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = await self._caller.ask("share.link.suspend", {"link_id": link_id})
        return _answer

    async def resume(self, link_id: str) -> LinkDetail:
        """Open a suspended link again; its keys work again.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = await self._caller.ask("share.link.resume", {"link_id": link_id})
        return _answer

    async def rotate(self, link_id: str) -> LinkDetail:
        """Give a link a new token.

        The old address is unknown from then on, and all keys end. The password, the limits and the usage stay. A link that
        the organization's share policy does not allow any more is refused.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
        """
        _answer: LinkDetail = await self._caller.ask("share.link.rotate", {"link_id": link_id})
        return _answer

    async def revoke(
        self,
        link_id: str,
        *,
        reason: str | None | Unset = UNSET,
    ) -> LinkRevoked:
        """End a link for good.

        Saying it again spreads it again and changes nothing.

        A reason is kept with the link.

        Args:
            link_id: 1 to 64 characters.
            reason: At most 1,000 characters.
        """
        _answer: LinkRevoked = await self._caller.ask("share.link.revoke", {"link_id": link_id, "reason": reason})
        return _answer

    async def create_batch(
        self,
        targets: Sequence[TargetRefInput],
        *,
        permission: Permission | Unset = UNSET,
        password: str | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        profiles: Sequence[str] | Unset = UNSET,
        starts_at: datetime | str | None | Unset = UNSET,
        max_views: int | None | Unset = UNSET,
        max_renders: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
        min_zoom: int | None | Unset = UNSET,
        max_zoom: int | None | Unset = UNSET,
        area: Mapping[str, Any] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        custom_render: bool | Unset = UNSET,
        tile_matrix_sets: Sequence[str] | None | Unset = UNSET,
        open_with: OpenWith | Unset = UNSET,
        notices: bool | Unset = UNSET,
        public_name: bool | Unset = UNSET,
        drop_file_bytes: int | None | Unset = UNSET,
        drop_total_bytes: int | None | Unset = UNSET,
        drop_types: Sequence[FileType] | Unset = UNSET,
        notify: bool | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        generate_passwords: bool | Unset = UNSET,
        recipients: Sequence[str] | Unset = UNSET,
        mode: BatchMode | Unset = UNSET,
        stop_on_error: bool | Unset = UNSET,
    ) -> LinkBatch:
        """Make links for several recipients to several targets.

        It counts against the rate for as many calls as it makes links. Terms that no link can have, such as an expiry that
        is past, refuse it as a whole; then, as where `stop_on_error` finds anything, no link is made.

        Targets and recipients; all else is said once, for all links. What is wrong with one leaves the others alone.

        Args:
            permission: One of drop, view, download, write.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it. At most 1,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            name: Default: the target's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            profiles: Profiles that recipients may use; empty for all. At most 50 entries.
            starts_at: The link answers 410 before.
            max_views: How often the password may be given. 1 to 9,007,199,254,740,992.
            max_renders: How many tiles and previews may be rendered. 1 to 9,007,199,254,740,992.
            max_bytes: How many bytes of images and files may be sent. 1 to 9,007,199,254,740,992.
            allowed_origins: Web origins that may use the link; empty for all. At most 50 entries.
            min_zoom: 0 to 30.
            max_zoom: 0 to 30.
            watermark: A text that is drawn across every image. {recipient}, {key} and {date} (UTC), each once, stand for who looks and when; {{ and }} are braces. 1 to 200 characters.
            custom_render: Recipients may say themselves how a raster is rendered: bands, expression, rescale, colormap.
            tile_matrix_sets: Grids that tiles are had in, beside WebMercatorQuad, which all links offer; null: the one that suits the raster, such as a polar one. At most 20 entries.
            open_with: Code: recipients open it by a code that is sent to their address, and password is null; either: by that or by the password. One of password, code, either.
            notices: Send its maker an e-mail when it is opened, near a limit, and so on.
            public_name: Say its name to who has but the address: in social cards and oEmbed.
            drop_file_bytes: Of a link of permission drop: how large a file may be. 1 to 9,007,199,254,740,992.
            drop_total_bytes: Of a link of permission drop: how much in all. 1 to 9,007,199,254,740,992.
            drop_types: Of a link of permission drop: which files, by name and content; empty for all. One of tiff, jpeg, png, webp, jp2, pdf, zip, las, gpkg, pmtiles, geojson, csv, text. At most 50 characters.
            notify: Send the recipients an e-mail with the address, without the password.
            dry_run: Check everything, make nothing; say what the link could cost.
            generate_passwords: Give each link a password of its own, which is in this answer and never again.
            targets: 1 to 100 entries.
            recipients: E-mail addresses; none: one link for nobody in particular. At most 1,000 entries.
            mode: Link_per_pair: a link for each recipient and target; bundle_per_recipient: one to all targets. One of link_per_pair, bundle_per_recipient.
            stop_on_error: Make nothing where anything is wrong.
        """
        _answer: LinkBatch = await self._caller.ask(
            "share.link.create_batch",
            {
                "permission": permission,
                "password": password,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "name": name,
                "description": description,
                "profiles": profiles,
                "starts_at": starts_at,
                "max_views": max_views,
                "max_renders": max_renders,
                "max_bytes": max_bytes,
                "allowed_origins": allowed_origins,
                "min_zoom": min_zoom,
                "max_zoom": max_zoom,
                "area": area,
                "watermark": watermark,
                "custom_render": custom_render,
                "tile_matrix_sets": tile_matrix_sets,
                "open_with": open_with,
                "notices": notices,
                "public_name": public_name,
                "drop_file_bytes": drop_file_bytes,
                "drop_total_bytes": drop_total_bytes,
                "drop_types": drop_types,
                "notify": notify,
                "dry_run": dry_run,
                "generate_passwords": generate_passwords,
                "targets": targets,
                "recipients": recipients,
                "mode": mode,
                "stop_on_error": stop_on_error,
            },
        )
        return _answer

    async def revoke_batch(
        self,
        *,
        link_ids: Sequence[str] | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
        recipient: str | None | Unset = UNSET,
        reason: str | None | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> LinkBatchRevoked:
        """End several links for good, each with a report.

        Saying it again changes nothing. By target, project or recipient it finds links that were not revoked yet; where
        these are more than one call may revoke, `more` is true.

        Which links: by their ids, or all that fit a target, a project and a recipient, as far as these are given.

        Args:
            link_ids: At most 1,000 entries.
            target_id: 1 to 64 characters.
            project_id: 1 to 64 characters.
            recipient: At most 320 characters.
            reason: At most 1,000 characters.
            dry_run: Say which links would be revoked, revoke none.
        """
        _answer: LinkBatchRevoked = await self._caller.ask(
            "share.link.revoke_batch",
            {
                "link_ids": link_ids,
                "target_id": target_id,
                "project_id": project_id,
                "recipient": recipient,
                "reason": reason,
                "dry_run": dry_run,
            },
        )
        return _answer

    async def stats(
        self,
        link_id: str,
        *,
        days: int | Unset = UNSET,
    ) -> LinkStats:
        """Return what a link was used for: views, renders, pixels, bytes, downloads, queries, in all and by UTC day.

        Name a link, and how many UTC days back.

        Args:
            link_id: 1 to 64 characters.
            days: UTC days, today the last. 1 to 400.
        """
        _answer: LinkStats = await self._caller.ask("share.link.stats", {"link_id": link_id, "days": days})
        return _answer

    async def events(
        self,
        link_id: str,
        *,
        kind: EventKind | None | Unset = UNSET,
        key_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> LinkEvents:
        """List who used a link: when, what, with which outcome, from where, by which named key.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
            kind: One of unlock, claim, validate, tilejson, tiles, preview, info, download, upload, denied.
            key_id: Only by this named key. 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: LinkEvents = await self._caller.ask(
            "share.link.events", {"link_id": link_id, "kind": kind, "key_id": key_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    async def events_all(
        self,
        link_id: str,
        *,
        kind: EventKind | None | Unset = UNSET,
        key_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[LinkEvent]:
        """List who used a link: when, what, with which outcome, from where, by which named key: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "share.link.events", "events", {"link_id": link_id, "kind": kind, "key_id": key_id, "limit": limit}
        ):
            yield _row

    async def notify(
        self,
        link_id: str,
        *,
        recipients: Sequence[str] | Unset = UNSET,
        message: str | Unset = UNSET,
    ) -> LinkNotified:
        """Send a link's address to its recipients by e-mail, without the password.

        The letters go out behind the answer; `share.link.get` shows how far they are. Who has one waiting gets no second.

        To whom, and what to say beside the address. Never write the password into it.

        Args:
            link_id: 1 to 64 characters.
            recipients: Default: those whom the link is meant for. At most 1,000 characters.
            message: Plain text, shown as you wrote it. At most 2,000 characters.
        """
        _answer: LinkNotified = await self._caller.ask(
            "share.link.notify", {"link_id": link_id, "recipients": recipients, "message": message}
        )
        return _answer

    async def claim(self, token: str) -> LinkValidated:
        """Open a link that is meant for you, without its password.

        Sign in where this installation's operator says, and send the session token as Bearer: its e-mail address must be
        confirmed and one of the link's recipients. The first time is one view. The key that you get is yours by name: the
        link's owner sees what it was used for.

        The token of a link that is meant for you.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
        """
        _answer: LinkValidated = await self._caller.ask("share.link.claim", {"token": token})
        return _answer

    async def validate(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
    ) -> LinkValidated:
        """Open a link with its password.

        That is one view; to come back with a key, for a fresh one, is none. A key that has a name stays the key.

        A link's token, and its password unless a header carries it or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
        """
        _answer: LinkValidated = await self._caller.ask("share.link.validate", {"token": token, "password": password})
        return _answer


class AsyncShareKeyOperations:
    """Operations `share.key.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        link_id: str,
        label: str,
        lifetime: int | None | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
    ) -> KeyCreated:
        """Make a key by a name, for one recipient or one desk.

        It opens the link without the password and is no view; what it loads is counted as ever.
        Its text is returned only this once.

        For whom the key is, and how long it opens. Without a lifetime and an end: as long as the link, or a year.

        Args:
            link_id: 1 to 64 characters.
            label: Who or what it is for, e.g. a recipient or a QGIS desk. 1 to 200 characters.
            lifetime: Seconds; the key ends with its link at last. 60 to 3,162,240,000.
            expires_at: Instead of lifetime; not after the link's own end.
            allowed_origins: Web origins that may use the key, of those that the link allows. At most 50 entries.
        """
        _answer: KeyCreated = await self._caller.ask(
            "share.key.create",
            {
                "link_id": link_id,
                "label": label,
                "lifetime": lifetime,
                "expires_at": expires_at,
                "allowed_origins": allowed_origins,
            },
        )
        return _answer

    async def list(
        self,
        link_id: str,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> KeyPage:
        """List the named keys of a link, with their last use.

        Name a link.

        Args:
            link_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: KeyPage = await self._caller.ask(
            "share.key.list", {"link_id": link_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    async def list_all(
        self,
        link_id: str,
        *,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[KeyOutput]:
        """List the named keys of a link, with their last use: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages("share.key.list", "keys", {"link_id": link_id, "limit": limit}):
            yield _row

    async def revoke(self, key_id: str) -> KeyRevoked:
        """End a named key for good; the link and its other keys go on.

        Saying it again spreads it again and changes nothing.

        Name a key by its id, which is no secret.

        Args:
            key_id: 1 to 64 characters.
        """
        _answer: KeyRevoked = await self._caller.ask("share.key.revoke", {"key_id": key_id})
        return _answer


class AsyncShareCodeOperations:
    """Operations `share.code.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def request(
        self,
        *,
        token: str,
        email: str,
    ) -> CodeRequested:
        """Have a code sent to your e-mail address, to open a link that is meant for it.

        The answer is the same whoever asks, and takes as long: whom a link is meant for is not told.

        A link, and your e-mail address: one of those that the link is meant for.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            email: At most 320 characters.
        """
        _answer: CodeRequested = await self._caller.ask("share.code.request", {"token": token, "email": email})
        return _answer

    async def redeem(
        self,
        *,
        token: str,
        email: str,
        code: str,
    ) -> LinkValidated:
        """Open a link by the code that was sent to you: one view.

        The key that you get is yours by name: the link's owner sees what it was used for.

        The address that the code was sent to, and the code.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            email: At most 320 characters.
            code: The six digits of the letter. ^[0-9]{6}$.
        """
        _answer: LinkValidated = await self._caller.ask(
            "share.code.redeem", {"token": token, "email": email, "code": code}
        )
        return _answer


class AsyncShareAccessOperations:
    """Operations `share.access.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def request(
        self,
        token: str,
        *,
        kind: AccessKind | Unset = UNSET,
        email: str | None | Unset = UNSET,
        name: str | Unset = UNSET,
        message: str | Unset = UNSET,
        hours: float | None | Unset = UNSET,
    ) -> AccessAsked:
        """Ask the owner of a link to let you in, or for more time or a higher permission.

        Also for a link that has expired; no account is needed. The answer is the same whoever asks, 409
        `no_need_to_request` where a password, key or sign-in that is sent along grants what is asked for already.

        What you would like, of whom you are. No account is needed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            kind: One of access, more_time, download, write.
            email: Where the answer goes; default: that of your session token. At most 320 characters.
            name: At most 200 characters.
            message: Plain text. At most 2,000 characters.
            hours: For how much longer you would like to have it. At most 878,400. Above 0.
        """
        _answer: AccessAsked = await self._caller.ask(
            "share.access.request",
            {"token": token, "kind": kind, "email": email, "name": name, "message": message, "hours": hours},
        )
        return _answer

    async def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
        status: AccessStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> AccessPage:
        """List what was asked for, by project, link or status.

        Without a project and a link: what was asked for in all your projects.

        Args:
            project_id: 1 to 64 characters.
            link_id: 1 to 64 characters.
            status: One of open, granted, denied.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: AccessPage = await self._caller.ask(
            "share.access.list",
            {"project_id": project_id, "link_id": link_id, "status": status, "limit": limit, "cursor": cursor},
        )
        return _answer

    async def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
        status: AccessStatus | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[AccessOutput]:
        """List what was asked for, by project, link or status: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "share.access.list",
            "requests",
            {"project_id": project_id, "link_id": link_id, "status": status, "limit": limit},
        ):
            yield _row

    async def resolve(
        self,
        *,
        request_id: str,
        decision: Decision,
        answer: str | Unset = UNSET,
        expires_at: datetime | str | None | Unset = UNSET,
        expires_in_hours: float | None | Unset = UNSET,
        permission: Permission | None | Unset = UNSET,
        new_link: bool | Unset = UNSET,
        password: str | None | None | Unset = UNSET,
    ) -> AccessResolved:
        """Grant or deny what somebody asked for, and notify them by e-mail.

        To grant makes them a recipient of the link, with more time or a higher permission where that is said, or gives
        them a new link of their own.

        The answer. To grant adds who asked to the link's recipients, and changes the link as is said here.

        `new_link` leaves it as it is, and makes one like it for them alone, with a password of its own.

        Args:
            request_id: 1 to 64 characters.
            decision: One of grant, deny.
            answer: Plain text. At most 2,000 characters.
            expires_at: RFC 3339, with a zone.
            expires_in_hours: Instead of expires_at. At most 878,400. Above 0.
            permission: Default: what was asked for; on the present link it is then everybody's. One of drop, view, download, write.
            new_link: Make a link for them alone; needs a password and an expiry.
            password: 8 characters to 72 bytes; stored as a bcrypt hash. null: none, where the operator allows it.
        """
        _answer: AccessResolved = await self._caller.ask(
            "share.access.resolve",
            {
                "request_id": request_id,
                "decision": decision,
                "answer": answer,
                "expires_at": expires_at,
                "expires_in_hours": expires_in_hours,
                "permission": permission,
                "new_link": new_link,
                "password": password,
            },
        )
        return _answer


class AsyncShareTileOperations:
    """Operations `share.tile.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def render(
        self,
        *,
        token: str,
        z: int,
        x: int,
        y: int,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        tile_matrix_set: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> bytes:
        """Render a map tile, billed to the sharer.

        A tile by XYZ, y counted from the north; in another grid, from its corner of origin.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            tile_matrix_set: A grid that the link offers; default: WebMercatorQuad. At most 64 characters.
            format: Of the image: png, jpg or webp. At most 10 characters.
            profile: Default: the item's default profile. At most 64 characters.
            tilesize: 256 or 512 pixels; of another grid, 512 doubles its own tile size.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.tile.render",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "z": z,
                "x": x,
                "y": y,
                "tile_matrix_set": tile_matrix_set,
                "format": format,
                "profile": profile,
                "tilesize": tilesize,
                "render": render,
            },
        )
        return _answer

    async def preview(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        max_size: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> bytes:
        """Render the whole raster, billed to the sharer.

        How large, in which profile and format.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            format: Of the image: png, jpg or webp. At most 10 characters.
            profile: Default: the item's default profile. At most 64 characters.
            max_size: Pixels of the longer side.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.tile.preview",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "format": format,
                "profile": profile,
                "max_size": max_size,
                "render": render,
            },
        )
        return _answer

    async def crop(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        geometry: Mapping[str, Any] | None | Unset = UNSET,
        crs: str | Unset = UNSET,
        format: str | Unset = UNSET,
        max_size: int | None | Unset = UNSET,
        dst_crs: str | None | Unset = UNSET,
    ) -> bytes:
        """Cut out a part: as a picture, or as a GeoTIFF of its values. Billed to the sharer.

        A GeoTIFF needs a link that allows downloads, and one without a watermark.

        Which part, and as what: a picture, or a GeoTIFF of the values (for links that allow downloads).

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            bbox: West, south, east, north; in degrees, a west greater than its east crosses 180°.
            crs: An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$.
            format: Png, jpg, webp or tif. At most 10 characters.
            max_size: Pixels of the longer side; default: as many as the raster has there. 1 to 65,536.
            dst_crs: Of a GeoTIFF: EPSG:3857 or EPSG:4326; default: the raster's own, of a mosaic EPSG:3857. ^EPSG:[1-9][0-9]{3,5}$.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.tile.crop",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "bbox": bbox,
                "geometry": geometry,
                "crs": crs,
                "format": format,
                "max_size": max_size,
                "dst_crs": dst_crs,
            },
        )
        return _answer

    async def info(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> TileInfo:
        """Describe the shared raster, or the collection of them.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: TileInfo = await self._caller.ask(
            "share.tile.info", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer

    async def statistics(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        geometry: Mapping[str, Any] | None | Unset = UNSET,
        crs: str | Unset = UNSET,
        categorical: bool | Unset = UNSET,
    ) -> StatisticsOutput:
        """Describe the values of a raster, all of them or those in a region.

        Minimum, maximum, mean, deviation, percentiles and a histogram.

        Of which profile's values, and where. Without a profile: of all bands that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            bbox: West, south, east, north; in degrees, a west greater than its east crosses 180°.
            crs: An EPSG code, of the bbox. ^EPSG:[1-9][0-9]{3,5}$.
            categorical: Count the pixels of each value as well: the 256 most frequent.
        """
        _answer: StatisticsOutput = await self._caller.ask(
            "share.tile.statistics",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "bbox": bbox,
                "geometry": geometry,
                "crs": crs,
                "categorical": categorical,
            },
        )
        return _answer

    async def point(
        self,
        *,
        token: str,
        lon: float,
        lat: float,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
        crs: str | Unset = UNSET,
    ) -> PointOutput:
        """Return the values of the pixel at a place.

        A place: degrees of longitude and latitude, or coordinates x and y of another system.

        Without a profile: the values of all bands that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            crs: An EPSG code, of what is given as coordinates. ^EPSG:[1-9][0-9]{3,5}$.
        """
        _answer: PointOutput = await self._caller.ask(
            "share.tile.point",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
                "lon": lon,
                "lat": lat,
                "crs": crs,
            },
        )
        return _answer

    async def legend(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> LegendOutput:
        """Say what the colours of a profile mean.

        Of which profile.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
        """
        _answer: LegendOutput = await self._caller.ask(
            "share.tile.legend",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "render": render,
            },
        )
        return _answer

    async def wmts_capabilities(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> bytes:
        """Return WMTS 1.0.0 capabilities: a layer for each profile.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.tile.wmts_capabilities", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class AsyncShareProfilesOperations:
    """Operations `share.profiles.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def list(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> ProfileList:
        """List the profiles that recipients of a link may use.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: ProfileList = await self._caller.ask(
            "share.profiles.list", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class AsyncShareContentOperations:
    """Operations `share.content.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> SharedContent:
        """Return a shared text, where a shared picture is, or what a shared map shows.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
        """
        _answer: SharedContent = await self._caller.ask(
            "share.content.get", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class AsyncShareStacOperations:
    """Operations `share.stac.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
    ) -> bytes:
        """Return a STAC item of a raster or an archive; of a collection, a STAC collection that leads to its items.

        Its addresses carry a key. The file itself is among its assets where the link gives files.

        Of a collection: what is of a time.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.stac.get", {"token": token, "password": password, "key": key, "item": item, "datetime": datetime}
        )
        return _answer


class AsyncShareFileOperations:
    """Operations `share.file.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def list(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> FilePage:
        """List a folder of what a link shares.

        A folder of what the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
            limit: How many at most. 1 to 1,000.
            cursor: `next_cursor` of the page before. At most 1,000 characters.
        """
        _answer: FilePage = await self._caller.ask(
            "share.file.list",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "limit": limit,
                "cursor": cursor,
            },
        )
        return _answer

    async def list_all(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[FileEntry]:
        """List a folder of what a link shares: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "share.file.list",
            "entries",
            {"token": token, "password": password, "key": key, "item": item, "path": path, "limit": limit},
        ):
            yield _row

    async def stat(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
    ) -> FileEntry:
        """Return a file's size, time and ETag.

        A file or a folder.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
        """
        _answer: FileEntry = await self._caller.ask(
            "share.file.stat", {"token": token, "password": password, "key": key, "item": item, "path": path}
        )
        return _answer

    async def download(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        path: str | Unset = UNSET,
        offset: int | Unset = UNSET,
        etag: str | None | Unset = UNSET,
    ) -> bytes:
        """Download a file, or what is missing of it.

        Which file. A link to a single file needs no path.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; empty for all that is shared. At most 1,024 characters.
            offset: Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976.
            etag: ETag of the version that is wanted; of another one: 412. At most 100 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.file.download",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "offset": offset,
                "etag": etag,
            },
        )
        return _answer

    async def archive(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        paths: Sequence[str] | Unset = UNSET,
        offset: int | Unset = UNSET,
        etag: str | None | Unset = UNSET,
    ) -> bytes:
        """Download several files as one ZIP.

        What goes into the ZIP; without paths: all that the link shares.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            paths: At most 1,000 entries.
            offset: Go on here with what broke off; give the ETag too, or parts may not fit. 0 to 1,152,921,504,606,846,976.
            etag: ETag of the version that is wanted; of another one: 412. At most 100 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.file.archive",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "paths": paths,
                "offset": offset,
                "etag": etag,
            },
        )
        return _answer

    async def upload(
        self,
        *,
        token: str,
        path: str,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        content: bytes | str | None | Unset = UNSET,
        overwrite: bool | Unset = UNSET,
    ) -> FileUploaded:
        """Put a file into a shared folder, or begin to.

        A small file in Base64; without content: begin an upload that is sent in parts and can be resumed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            path: With slashes; folders are made. 1 to 1,024 characters.
            content: Base64; what is larger than 250 kB is sent in parts.
            overwrite: Whether a file of this name may be replaced; else: 412.
        """
        _answer: FileUploaded = await self._caller.ask(
            "share.file.upload",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "path": path,
                "content": content,
                "overwrite": overwrite,
            },
        )
        return _answer

    async def drop(
        self,
        *,
        token: str,
        name: str,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        content: bytes | str | None | Unset = UNSET,
        size: int | None | Unset = UNSET,
    ) -> FileDropped:
        """Put a file into a folder that is not shown, or begin to.

        The answer is the same whatever lies there: a file whose name is taken is kept under another one.

        A small file in Base64; or the size of one that is sent in parts, and can be resumed.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            name: Of the file, without a folder. 1 to 200 characters.
            content: Base64; what is larger than 250 kB is sent in parts.
            size: Bytes of the whole file, to begin an upload in parts. 0 to 1,152,921,504,606,846,976.
        """
        _answer: FileDropped = await self._caller.ask(
            "share.file.drop",
            {"token": token, "password": password, "key": key, "name": name, "content": content, "size": size},
        )
        return _answer


class AsyncShareFeaturesOperations:
    """Operations `share.features.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
    ) -> bytes:
        """Return shared GeoJSON, for a map to draw. It is counted as a download.

        Whoever may view the link may have it: a map cannot draw what it has not got.

        A link's token, and the password or a key.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "share.features.get", {"token": token, "password": password, "key": key, "item": item}
        )
        return _answer


class AsyncShareOperations:
    """Operations `share.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.link = AsyncShareLinkOperations(caller)
        self.key = AsyncShareKeyOperations(caller)
        self.code = AsyncShareCodeOperations(caller)
        self.access = AsyncShareAccessOperations(caller)
        self.tile = AsyncShareTileOperations(caller)
        self.profiles = AsyncShareProfilesOperations(caller)
        self.content = AsyncShareContentOperations(caller)
        self.stac = AsyncShareStacOperations(caller)
        self.file = AsyncShareFileOperations(caller)
        self.features = AsyncShareFeaturesOperations(caller)

    async def tilejson(
        self,
        token: str,
        *,
        password: str | None | Unset = UNSET,
        key: str | None | Unset = UNSET,
        item: str | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        profile: str | None | Unset = UNSET,
        format: str | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        render: Render | None | Unset = UNSET,
    ) -> TileJSON:
        """Return TileJSON 3.0.0 whose tile URLs carry a key.

        In which profile and format.

        Args:
            token: The link's token: the last part of its address. At most 200 characters.
            password: At most 1,000 characters.
            key: What the password was changed for. At most 200 characters.
            item: One thing of a bundle or a collection; default: the target. 1 to 64 characters.
            datetime: Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b.
            profile: Default: the item's default profile. At most 64 characters.
            format: Of the image: png, jpg or webp. At most 10 characters.
            tilesize: 256 or 512 pixels.
        """
        _answer: TileJSON = await self._caller.ask(
            "share.tilejson",
            {
                "token": token,
                "password": password,
                "key": key,
                "item": item,
                "datetime": datetime,
                "profile": profile,
                "format": format,
                "tilesize": tilesize,
                "render": render,
            },
        )
        return _answer


class AsyncRootOperations:
    """Operations `root.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def folders(
        self,
        *,
        project_id: str | None | Unset = UNSET,
    ) -> RootFolderPage:
        """List the folders of storage roots whose files your projects may register.

        Without a project: those of all your projects.

        Args:
            project_id: 1 to 64 characters.
        """
        _answer: RootFolderPage = await self._caller.ask("root.folders", {"project_id": project_id})
        return _answer

    async def upload(
        self,
        *,
        project_id: str,
        root: str,
        path: str,
    ) -> RootUploadBegun:
        """Begin to put a new file into a storage root, in parts that can be resumed.

        It may lie where the project may register files. None replaces another.

        Where the file goes: to a path that the project may register. It must be a new one.

        Args:
            project_id: 1 to 64 characters.
            root: 1 to 100 characters.
            path: With slashes; folders are made. 1 to 1,024 characters.
        """
        _answer: RootUploadBegun = await self._caller.ask(
            "root.upload", {"project_id": project_id, "root": root, "path": path}
        )
        return _answer

    async def grant(
        self,
        root: str,
        *,
        prefix: str | Unset = UNSET,
        organization_id: str | None | Unset = UNSET,
        project_id: str | None | Unset = UNSET,
    ) -> RootGrantOutput:
        """Let an organization or a project register the files of a storage root, or of a folder in it.

        Only operators may do so, and admins of the installation's first project, which `tilegate bootstrap` made. Saying it
        again changes nothing.

        Name the organization or the project that may register the files of a folder.

        Args:
            root: Name of a storage root; * for all, also those that are configured later. 1 to 100 characters.
            prefix: A folder below the root: "a/b" holds a/b and what lies in it; empty: the root. At most 1,024 characters.
            organization_id: All its projects, also later ones. 1 to 64 characters.
            project_id: In place of organization_id: this project alone. 1 to 64 characters.
        """
        _answer: RootGrantOutput = await self._caller.ask(
            "root.grant", {"root": root, "prefix": prefix, "organization_id": organization_id, "project_id": project_id}
        )
        return _answer

    async def list(self) -> RootGrantPage:
        """List what your organization may register; for the operator: what everybody may.

        No fields: send {}.
        """
        _answer: RootGrantPage = await self._caller.ask("root.list", {})
        return _answer

    async def revoke(
        self,
        grant_id: str,
        *,
        force: bool | Unset = UNSET,
    ) -> RootGrantRevoked:
        """Take a grant back: nothing can be registered by it any more.

        Where items lie in the folder that no other grant covers, this answers 409 `root_grant_in_use` and changes nothing.
        With `force` they are deleted, and their links answer 410. Who may grant may revoke.

        Name a grant.

        Args:
            grant_id: 1 to 64 characters.
            force: Also where items need it: they are deleted, and their links answer 410.
        """
        _answer: RootGrantRevoked = await self._caller.ask("root.revoke", {"grant_id": grant_id, "force": force})
        return _answer


class AsyncItemQuarantineOperations:
    """Operations `item.quarantine.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def lift(self, item_id: str) -> ItemDetail:
        """Have an item's file read again that ended processes of the service, and forget that it did.

        A file that changes is out of quarantine by itself.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDetail = await self._caller.ask("item.quarantine.lift", {"item_id": item_id})
        return _answer


class AsyncItemProfilesOperations:
    """Operations `item.profiles.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def set(
        self,
        *,
        item_id: str,
        profiles: Sequence[Profile],
    ) -> ItemDetail:
        """Replace an item's render profiles.

        These take the place of all it has; the first that says so is the default, else the first.

        Args:
            item_id: 1 to 64 characters.
            profiles: 1 to 50 entries.
        """
        _answer: ItemDetail = await self._caller.ask("item.profiles.set", {"item_id": item_id, "profiles": profiles})
        return _answer


class AsyncItemSeedsOperations:
    """Operations `item.seeds.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def list(self, item_id: str) -> SeedPage:
        """List what was rendered ahead of an item, and how far it is.

        Of which item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: SeedPage = await self._caller.ask("item.seeds.list", {"item_id": item_id})
        return _answer

    async def delete(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
        tilesize: int | Unset = UNSET,
    ) -> SeedDeleted:
        """Stop rendering ahead, and delete what was rendered.

        Which one, as it was asked for.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default one. At most 64 characters.
            format: One of png, jpg, webp.
            tilesize: 256 or 512 pixels. 256 to 512.
        """
        _answer: SeedDeleted = await self._caller.ask(
            "item.seeds.delete", {"item_id": item_id, "profile": profile, "format": format, "tilesize": tilesize}
        )
        return _answer


class AsyncItemOperations:
    """Operations `item.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.quarantine = AsyncItemQuarantineOperations(caller)
        self.profiles = AsyncItemProfilesOperations(caller)
        self.seeds = AsyncItemSeedsOperations(caller)

    async def create(
        self,
        project_id: str,
        *,
        root: str | None | Unset = UNSET,
        path: str | None | Unset = UNSET,
        content: TextContent | MapContent | None | Unset = UNSET,
        name: str | None | Unset = UNSET,
        description: str | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
        attribution: str | Unset = UNSET,
        license: License | None | Unset = UNSET,
        kind: ItemKind | None | Unset = UNSET,
        profiles: Sequence[Profile] | Unset = UNSET,
    ) -> ItemDetail:
        """Register a file of a storage root as an item, or a text or a map that lies in no file.

        Where the file is. A raster is read once: its profiles and warnings come back.

        A text or a map may be given as content instead of root and path.

        Args:
            project_id: 1 to 64 characters.
            root: Name of a storage root; required without content. 1 to 100 characters.
            path: Path inside the root of a file or a folder; empty: the whole root; required without content. At most 1,024 characters.
            content: Of a text or a map that lies in no file.
            name: Default: the file's name. At most 200 characters.
            description: Markdown. At most 10,000 characters.
            datetime: When that was which it shows: RFC 3339, or an interval a/b, a/.., ../b. At most 80 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            kind: Default: found out from the file. One of raster, file, text, image, map, directory, pmtiles, geojson.
            profiles: Instead of the default profiles. At most 50 entries.
        """
        _answer: ItemDetail = await self._caller.ask(
            "item.create",
            {
                "project_id": project_id,
                "root": root,
                "path": path,
                "content": content,
                "name": name,
                "description": description,
                "datetime": datetime,
                "attribution": attribution,
                "license": license,
                "kind": kind,
                "profiles": profiles,
            },
        )
        return _answer

    async def get(self, item_id: str) -> ItemDetail:
        """Return an item.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDetail = await self._caller.ask("item.get", {"item_id": item_id})
        return _answer

    async def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> ItemPage:
        """List items of a project, or of all your projects.

        Without a project: the items of all your projects.

        Args:
            project_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: ItemPage = await self._caller.ask(
            "item.list", {"project_id": project_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    async def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[ItemOutput]:
        """List items of a project, or of all your projects: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages("item.list", "items", {"project_id": project_id, "limit": limit}):
            yield _row

    async def update(
        self,
        item_id: str,
        *,
        name: str | None | Unset = UNSET,
        description: str | None | Unset = UNSET,
        attribution: str | None | Unset = UNSET,
        license: License | None | Unset = UNSET,
        content: TextContent | MapContent | None | Unset = UNSET,
        datetime: str | None | Unset = UNSET,
    ) -> ItemDetail:
        """Change an item's name, description, datetime or content; its links show it at once.

        What is left out stays as it is.

        Args:
            item_id: 1 to 64 characters.
            name: At most 200 characters.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            content: Of a text or a map that was made with content.
            datetime: Of what it shows; empty: of no known time. At most 80 characters.
        """
        _answer: ItemDetail = await self._caller.ask(
            "item.update",
            {
                "item_id": item_id,
                "name": name,
                "description": description,
                "attribution": attribution,
                "license": license,
                "content": content,
                "datetime": datetime,
            },
        )
        return _answer

    async def delete(self, item_id: str) -> ItemDeleted:
        """Take an item out of the catalogue; its links answer 410 from then on.

        Name an item.

        Args:
            item_id: 1 to 64 characters.
        """
        _answer: ItemDeleted = await self._caller.ask("item.delete", {"item_id": item_id})
        return _answer

    async def seed(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
        tilesize: int | Unset = UNSET,
        minzoom: int | None | Unset = UNSET,
        maxzoom: int | None | Unset = UNSET,
        bbox: Sequence[float] | None | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
    ) -> SeedOutput:
        """Render tiles of a raster ahead, or say what that would take.

        They are rendered in the background, never before a tile that somebody waits for, and served without a render from
        then on, for as long as raster and profile stay as they are. Ask again to go on after a failure.

        Which tiles of a raster item are rendered ahead, and how. One seed of each profile, format and size is kept.

        With `dry_run` nothing is begun: the answer says what it would take.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default one. At most 64 characters.
            format: One of png, jpg, webp.
            tilesize: 256 or 512 pixels. 256 to 512.
            minzoom: Default: the item's minzoom. 0 to 24.
            maxzoom: Default: the item's maxzoom. 0 to 24.
            bbox: Default: all of the raster.
        """
        _answer: SeedOutput = await self._caller.ask(
            "item.seed",
            {
                "item_id": item_id,
                "profile": profile,
                "format": format,
                "tilesize": tilesize,
                "minzoom": minzoom,
                "maxzoom": maxzoom,
                "bbox": bbox,
                "dry_run": dry_run,
            },
        )
        return _answer

    async def preview(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        draft: Profile | None | Unset = UNSET,
        max_size: int | Unset = UNSET,
        format: Literal["png", "jpg", "webp"] | Unset = UNSET,
    ) -> bytes:
        """Render a small picture of an item of yours, in one of its profiles or in one that is tried out.

        It is not counted, as it is of no link, and shows no more than 512 pixels.

        How large, and in which profile.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default profile. At most 64 characters.
            draft: In place of one of the item's: it is not stored.
            max_size: Pixels of the longer side. 16 to 512.
            format: Of the image. One of png, jpg, webp.

        Returns the bytes; none where there is no data.
        """
        _answer: bytes = await self._caller.ask(
            "item.preview",
            {"item_id": item_id, "profile": profile, "draft": draft, "max_size": max_size, "format": format},
        )
        return _answer

    async def statistics(
        self,
        item_id: str,
        *,
        profile: str | None | Unset = UNSET,
        draft: Profile | None | Unset = UNSET,
    ) -> StatisticsOutput:
        """Describe the values of a raster of yours, as a stretch is chosen by: histogram, percentiles, extremes.

        Of which profile's values; without one, of all bands.

        Args:
            item_id: 1 to 64 characters.
            profile: Default: the item's default profile. At most 64 characters.
            draft: In place of one of the item's: it is not stored.
        """
        _answer: StatisticsOutput = await self._caller.ask(
            "item.statistics", {"item_id": item_id, "profile": profile, "draft": draft}
        )
        return _answer


class AsyncCollectionOperations:
    """Operations `collection.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        project_id: str,
        name: str,
        item_ids: Sequence[str],
        description: str | Unset = UNSET,
        attribution: str | Unset = UNSET,
        license: License | None | Unset = UNSET,
        profiles: Sequence[Profile] | Unset = UNSET,
        pixel_selection: PixelSelection | Unset = UNSET,
    ) -> CollectionDetail:
        """Make a collection of raster items, which renders as one mosaic.

        Which items, in which order. All of them are rendered by the same profiles, so that no seams show.

        Args:
            project_id: 1 to 64 characters.
            name: 1 to 200 characters.
            item_ids: Raster items of the project, the first on top. 1 to 10,000 entries.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            profiles: For all items; none: the first item's, as far as all items share them by id. At most 50 entries.
            pixel_selection: Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh.
        """
        _answer: CollectionDetail = await self._caller.ask(
            "collection.create",
            {
                "project_id": project_id,
                "name": name,
                "item_ids": item_ids,
                "description": description,
                "attribution": attribution,
                "license": license,
                "profiles": profiles,
                "pixel_selection": pixel_selection,
            },
        )
        return _answer

    async def get(self, collection_id: str) -> CollectionDetail:
        """Return a collection with the ids of its items.

        Name a collection.

        Args:
            collection_id: 1 to 64 characters.
        """
        _answer: CollectionDetail = await self._caller.ask("collection.get", {"collection_id": collection_id})
        return _answer

    async def list(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> CollectionPage:
        """List collections of a project, or of all your projects.

        Without a project: the collections of all your projects.

        Args:
            project_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: CollectionPage = await self._caller.ask(
            "collection.list", {"project_id": project_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    async def list_all(
        self,
        *,
        project_id: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[CollectionOutput]:
        """List collections of a project, or of all your projects: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "collection.list", "collections", {"project_id": project_id, "limit": limit}
        ):
            yield _row

    async def update(
        self,
        collection_id: str,
        *,
        name: str | None | Unset = UNSET,
        description: str | None | Unset = UNSET,
        attribution: str | None | Unset = UNSET,
        license: License | None | Unset = UNSET,
        item_ids: Sequence[str] | None | Unset = UNSET,
        profiles: Sequence[Profile] | None | Unset = UNSET,
        pixel_selection: PixelSelection | None | Unset = UNSET,
    ) -> CollectionDetail:
        """Change a collection's name, description, items, profiles or pixel selection.

        What is left out stays as it is; item_ids take the place of all it has.

        Args:
            collection_id: 1 to 64 characters.
            name: 1 to 200 characters.
            description: Markdown. At most 10,000 characters.
            attribution: Whom it is due to: one line of plain text, shown wherever it is. At most 500 characters.
            license: An SPDX id, or a title and a url; null in an update takes it away.
            item_ids: Raster items of the project, the first on top. 1 to 10,000 entries.
            profiles: For all items; none: the first item's, as far as all items share them by id. At most 50 entries.
            pixel_selection: Which pixel shows where several items lie: the first item's, or what a method makes of all. One of first, highest, lowest, mean, median, stdev, count, lastbandlow, lastbandhigh.
        """
        _answer: CollectionDetail = await self._caller.ask(
            "collection.update",
            {
                "collection_id": collection_id,
                "name": name,
                "description": description,
                "attribution": attribution,
                "license": license,
                "item_ids": item_ids,
                "profiles": profiles,
                "pixel_selection": pixel_selection,
            },
        )
        return _answer

    async def delete(self, collection_id: str) -> CollectionDeleted:
        """Take a collection out of the catalogue; its items stay, its links answer 410 from then on.

        Name a collection.

        Args:
            collection_id: 1 to 64 characters.
        """
        _answer: CollectionDeleted = await self._caller.ask("collection.delete", {"collection_id": collection_id})
        return _answer


class AsyncOrganizationPolicyOperations:
    """Operations `organization.policy.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(self) -> PolicyOutput:
        """Return what links of your organization have to keep: the operator's ceiling, and what admins set.

        No fields: send {}.
        """
        _answer: PolicyOutput = await self._caller.ask("organization.policy.get", {})
        return _answer

    async def set(
        self,
        *,
        max_lifetime_hours: float | None | Unset = UNSET,
        min_password_length: int | None | Unset = UNSET,
        allow_passwordless: bool | Unset = UNSET,
        permissions: Sequence[Permission] | None | Unset = UNSET,
        watermark: str | None | Unset = UNSET,
        allowed_origins: Sequence[str] | Unset = UNSET,
    ) -> PolicyOutput:
        """Say what links of your organization may be, within the operator's ceiling.

        Links that are there stay as they are, until they are rotated or the field at fault is changed.

        It takes the place of what your organization's admins said before; the operator's ceiling stays.

        Args:
            max_lifetime_hours: From now until a link expires, at most; links without an expiry are refused then. At most 878,400. Above 0.
            min_password_length: Characters of a new password, at least. 8 to 64.
            allow_passwordless: Whether links may have no password, where the service allows it.
            permissions: What links may allow; null for all. One of drop, view, download, write. At least 1 entries.
            watermark: Drawn by links with permission view that name none. 1 to 200 characters.
            allowed_origins: Links allow no other web origins, and these where they name none; empty for all. At most 50 entries.
        """
        _answer: PolicyOutput = await self._caller.ask(
            "organization.policy.set",
            {
                "max_lifetime_hours": max_lifetime_hours,
                "min_password_length": min_password_length,
                "allow_passwordless": allow_passwordless,
                "permissions": permissions,
                "watermark": watermark,
                "allowed_origins": allowed_origins,
            },
        )
        return _answer


class AsyncOrganizationOperations:
    """Operations `organization.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.policy = AsyncOrganizationPolicyOperations(caller)

    async def create(
        self,
        *,
        name: str,
        admin_email: str,
        admin_name: str | Unset = UNSET,
        project_name: str | Unset = UNSET,
        ceiling: PolicyFields | Unset = UNSET,
        first_key_hours: int | Unset = UNSET,
    ) -> OrganizationCreated:
        """Add an organization with a project and its first admin.

        The admin signs in with their confirmed e-mail address, or gets the API key of the answer from you: with it they
        make their own, and revoke it. It expires after a week where you do not say otherwise. The organization can register
        files once it was given a storage root (root.grant).

        Who pays, and who administers it.

        Args:
            name: 1 to 200 characters.
            admin_email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            admin_name: At most 200 characters.
            project_name: Of the project that it begins with. 1 to 200 characters.
            ceiling: What its links may be; its admins may be stricter.
            first_key_hours: How long the admin's first API key lives; 0: none is made, as people sign in. 0 to 8,784.
        """
        _answer: OrganizationCreated = await self._caller.ask(
            "organization.create",
            {
                "name": name,
                "admin_email": admin_email,
                "admin_name": admin_name,
                "project_name": project_name,
                "ceiling": ceiling,
                "first_key_hours": first_key_hours,
            },
        )
        return _answer

    async def get(self, organization_id: str) -> OrganizationOutput:
        """Return an organization.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: OrganizationOutput = await self._caller.ask("organization.get", {"organization_id": organization_id})
        return _answer

    async def list(
        self,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> OrganizationPage:
        """List the organizations of this installation.

        All organizations of the installation.

        Args:
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: OrganizationPage = await self._caller.ask("organization.list", {"limit": limit, "cursor": cursor})
        return _answer

    async def list_all(
        self,
        *,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[OrganizationOutput]:
        """List the organizations of this installation: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages("organization.list", "organizations", {"limit": limit}):
            yield _row

    async def update(
        self,
        organization_id: str,
        *,
        name: str | None | Unset = UNSET,
        ceiling: PolicyFields | None | Unset = UNSET,
    ) -> OrganizationOutput:
        """Change an organization's name, or the ceiling of what its links may be.

        Links that are there stay as they are, until they are rotated or the field at fault is changed.

        What is left out stays as it is.

        Args:
            organization_id: 1 to 64 characters.
            name: 1 to 200 characters.
            ceiling: Takes the place of the one before: what its links may be.
        """
        _answer: OrganizationOutput = await self._caller.ask(
            "organization.update", {"organization_id": organization_id, "name": name, "ceiling": ceiling}
        )
        return _answer

    async def suspend(
        self,
        organization_id: str,
        *,
        reason: str | None | Unset = UNSET,
    ) -> OrganizationOutput:
        """Suspend an organization: within a second all its links answer 410 `organization_suspended`.

        Its members can still read what it has and what it used; all that changes something answers 410 too. Links, keys and
        passwords stay as they are.

        Name an organization, and say why.

        Args:
            organization_id: 1 to 64 characters.
            reason: For operators; recipients are not told. At most 1,000 characters.
        """
        _answer: OrganizationOutput = await self._caller.ask(
            "organization.suspend", {"organization_id": organization_id, "reason": reason}
        )
        return _answer

    async def resume(self, organization_id: str) -> OrganizationOutput:
        """Open a suspended organization again; its links and keys work as before.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: OrganizationOutput = await self._caller.ask(
            "organization.resume", {"organization_id": organization_id}
        )
        return _answer

    async def mine(self) -> MembershipPage:
        """List the organizations that you belong to.

        An API key acts for one and lists that one alone. Who signed in chooses by the header `X-Organization`.

        No fields: send {}.
        """
        _answer: MembershipPage = await self._caller.ask("organization.mine", {})
        return _answer


class AsyncProjectOperations:
    """Operations `project.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(self, name: str) -> ProjectOutput:
        """Add a project to your organization.

        You become its admin.

        Args:
            name: 1 to 200 characters.
        """
        _answer: ProjectOutput = await self._caller.ask("project.create", {"name": name})
        return _answer

    async def list(self) -> ProjectPage:
        """List your projects.

        No fields: send {}.
        """
        _answer: ProjectPage = await self._caller.ask("project.list", {})
        return _answer


class AsyncMemberIdentityOperations:
    """Operations `member.identity.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def set(
        self,
        *,
        email: str,
        subject: str,
    ) -> IdentityOutput:
        """Say as whom a member signs in with the OpenID provider, where their address does not say it.

        You must be an admin of all of their projects in your organization, as who signs in so may do there what they may.
        It holds in your organization alone, and one that is there is to be removed first.

        Name a member, and who they are to the provider.

        Args:
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            subject: The claim `sub` that the provider gives them, letter for letter. 1 to 255 characters.
        """
        _answer: IdentityOutput = await self._caller.ask("member.identity.set", {"email": email, "subject": subject})
        return _answer

    async def list(self) -> IdentityPage:
        """List as whom your organization's members sign in with the OpenID provider.

        No fields: send {}.
        """
        _answer: IdentityPage = await self._caller.ask("member.identity.list", {})
        return _answer

    async def remove(self, email: str) -> IdentityRemoved:
        """Have a member sign in as nobody any more: their next sign-in with a confirmed address binds them anew.

        Name a member by their e-mail address.

        Args:
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
        """
        _answer: IdentityRemoved = await self._caller.ask("member.identity.remove", {"email": email})
        return _answer


class AsyncMemberOperations:
    """Operations `member.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.identity = AsyncMemberIdentityOperations(caller)

    async def set(
        self,
        *,
        project_id: str,
        email: str,
        role: Role,
    ) -> MemberOutput:
        """Give somebody a role on a project, in place of any other; the last admin stays one.

        Somebody new is added by their e-mail address.

        Args:
            project_id: 1 to 64 characters.
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
            role: One of viewer, editor, admin.
        """
        _answer: MemberOutput = await self._caller.ask(
            "member.set", {"project_id": project_id, "email": email, "role": role}
        )
        return _answer

    async def remove(
        self,
        *,
        project_id: str,
        email: str,
    ) -> MemberRemoved:
        """Take somebody's role on a project away.

        Their keys and sessions can do nothing there from then on. Who has no other project of the organization loses their
        API keys of it for good. The last admin cannot be removed.

        Name a member by their e-mail address.

        Args:
            project_id: 1 to 64 characters.
            email: At most 320 characters. ^[^@\\s]+@[^@\\s]+$.
        """
        _answer: MemberRemoved = await self._caller.ask("member.remove", {"project_id": project_id, "email": email})
        return _answer

    async def list(self, project_id: str) -> MemberPage:
        """List a project's members.

        Name a project.

        Args:
            project_id: 1 to 64 characters.
        """
        _answer: MemberPage = await self._caller.ask("member.list", {"project_id": project_id})
        return _answer


class AsyncApiKeyOperations:
    """Operations `api_key.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(
        self,
        *,
        label: str,
        scopes: Sequence[Scope],
        expires_at: datetime | str | None | Unset = UNSET,
    ) -> ApiKeyCreated:
        """Make an API key that can do no more than you; its text is shown this once.

        What it can do falls with your role: at no time is it more than you may do then.

        The scopes must be ones that you hold.

        Args:
            label: 1 to 200 characters.
            scopes: One of shares:read, shares:write, items:read, items:write, usage:read, admin, operator. At least 1 entries.
        """
        _answer: ApiKeyCreated = await self._caller.ask(
            "api_key.create", {"label": label, "scopes": scopes, "expires_at": expires_at}
        )
        return _answer

    async def list(self) -> ApiKeyPage:
        """List the API keys of your organization: whose they are and what they may do.

        No fields: send {}.
        """
        _answer: ApiKeyPage = await self._caller.ask("api_key.list", {})
        return _answer

    async def revoke(self, api_key_id: str) -> ApiKeyOutput:
        """End an API key of your organization, yours or somebody else's; saying it again changes nothing.

        Name an API key.

        Args:
            api_key_id: 1 to 64 characters.
        """
        _answer: ApiKeyOutput = await self._caller.ask("api_key.revoke", {"api_key_id": api_key_id})
        return _answer


class AsyncWebhookOperations:
    """Operations `webhook.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def create(
        self,
        url: str,
        *,
        description: str | Unset = UNSET,
        events: Sequence[NoticeType] | Unset = UNSET,
    ) -> WebhookCreated:
        """Have a server sent what happens to your organization's links; its secret is shown this once.

        Each event is signed by the Standard Webhooks convention, sent at least once, and tried again for three days.

        Where things that happen are sent.

        Args:
            url: Https://… of a server with a public address. At most 2,000 characters.
            description: At most 200 characters.
            events: What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters.
        """
        _answer: WebhookCreated = await self._caller.ask(
            "webhook.create", {"url": url, "description": description, "events": events}
        )
        return _answer

    async def list(self) -> WebhookPage:
        """List the webhooks of your organization.

        No fields: send {}.
        """
        _answer: WebhookPage = await self._caller.ask("webhook.list", {})
        return _answer

    async def update(
        self,
        webhook_id: str,
        *,
        url: str | Unset = UNSET,
        description: str | Unset = UNSET,
        events: Sequence[NoticeType] | Unset = UNSET,
        enabled: bool | Unset = UNSET,
    ) -> WebhookOutput:
        """Change a webhook, or enable it again after it was disabled.

        What is left out stays as it is.

        Args:
            webhook_id: 1 to 64 characters.
            url: Https://… of a server with a public address. At most 2,000 characters.
            description: At most 200 characters.
            events: What it is sent; empty for all. One of link.opened, link.claimed, link.expiring, file.uploaded, access.requested, cap.near, cap.reached, budget.near, budget.reached, password.guessing. At most 50 characters.
            enabled: False: nothing is sent, and what waits is given up.
        """
        _answer: WebhookOutput = await self._caller.ask(
            "webhook.update",
            {"webhook_id": webhook_id, "url": url, "description": description, "events": events, "enabled": enabled},
        )
        return _answer

    async def delete(self, webhook_id: str) -> WebhookDeleted:
        """Remove a webhook, and what waits for it.

        Name a webhook.

        Args:
            webhook_id: 1 to 64 characters.
        """
        _answer: WebhookDeleted = await self._caller.ask("webhook.delete", {"webhook_id": webhook_id})
        return _answer

    async def test(self, webhook_id: str) -> WebhookTested:
        """Send a webhook an event of the type `webhook.test` now, once, and say what came of it.

        A webhook that is disabled is sent it, too.

        Name a webhook.

        Args:
            webhook_id: 1 to 64 characters.
        """
        _answer: WebhookTested = await self._caller.ask("webhook.test", {"webhook_id": webhook_id})
        return _answer

    async def deliveries(
        self,
        webhook_id: str,
        *,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
    ) -> DeliveryPage:
        """List what was sent to a webhook or waits to be, newest first.

        The last ones first.

        Args:
            webhook_id: 1 to 64 characters.
            limit: How many at most. 1 to 200.
            cursor: `next_cursor` of the page before. At most 300 characters.
        """
        _answer: DeliveryPage = await self._caller.ask(
            "webhook.deliveries", {"webhook_id": webhook_id, "limit": limit, "cursor": cursor}
        )
        return _answer

    async def deliveries_all(
        self,
        webhook_id: str,
        *,
        limit: int | Unset = UNSET,
    ) -> AsyncIterator[DeliveryOutput]:
        """List what was sent to a webhook or waits to be, newest first: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "webhook.deliveries", "deliveries", {"webhook_id": webhook_id, "limit": limit}
        ):
            yield _row


class AsyncNoticeOperations:
    """Operations `notice.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(self) -> NoticeSettings:
        """Say whether you get e-mail of what happens to your links.

        No fields: send {}.
        """
        _answer: NoticeSettings = await self._caller.ask("notice.get", {})
        return _answer

    async def set(self, letters: bool) -> NoticeSettings:
        """Choose whether you get e-mail of what happens to your links, all of them.

        A link's own setting, `notices`, holds beside it: both must be on.

        Args:
            letters: Send me an e-mail when my links are opened, near a limit, and so on.
        """
        _answer: NoticeSettings = await self._caller.ask("notice.set", {"letters": letters})
        return _answer


class AsyncUsageOperations:
    """Operations `usage.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def current(self, organization_id: str) -> UsageOutput:
        """Return this UTC month's counters, live.

        Name an organization.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
        """
        _answer: UsageOutput = await self._caller.ask("usage.current", {"organization_id": organization_id})
        return _answer

    async def history(
        self,
        organization_id: str,
        *,
        first_day: date | str | None | Unset = UNSET,
        last_day: date | str | None | Unset = UNSET,
        link_id: str | None | Unset = UNSET,
    ) -> UsageHistoryOutput:
        """Return the counters of each UTC day and link, up to now.

        Name an organization and UTC days, both included.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
            first_day: Default: the first day of this month.
            last_day: Default: today.
            link_id: Only this link. 1 to 64 characters.
        """
        _answer: UsageHistoryOutput = await self._caller.ask(
            "usage.history",
            {"organization_id": organization_id, "first_day": first_day, "last_day": last_day, "link_id": link_id},
        )
        return _answer

    async def forecast(self, organization_id: str) -> UsageForecast:
        """Return what this UTC month will come to, at the rate of the last seven days, and how far the budget will last.

        Name an organization.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
        """
        _answer: UsageForecast = await self._caller.ask("usage.forecast", {"organization_id": organization_id})
        return _answer

    async def export(
        self,
        organization_id: str,
        *,
        since: str | None | Unset = UNSET,
        by: Grouping | Unset = UNSET,
        first_day: date | str | None | Unset = UNSET,
        last_day: date | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> UsageExportOutput | str:
        """Return what changed since a mark, for a billing job.

        Each row is a whole total of a UTC day: store it in place of the one before. Asked with the mark that it gave last,
        the export gives every row that changed since, and misses none.

        Name an organization, and the mark of the last export. A mark of all organizations goes with all of them.

        Args:
            organization_id: Yours; for operators any one, or * for all. 1 to 64 characters.
            since: `high_water_mark` of the export before; none: from the start. At most 300 characters.
            by: What a row is the total of, on each UTC day. One of link, project, organization.
            first_day: Only UTC days from this one on.
            last_day: Only UTC days up to this one.
            limit: How many rows at most. 1 to 10,000.
            format: Csv: a table with a header line. One of json, csv.
        """
        _answer: UsageExportOutput | str = await self._caller.ask(
            "usage.export",
            {
                "organization_id": organization_id,
                "since": since,
                "by": by,
                "first_day": first_day,
                "last_day": last_day,
                "limit": limit,
                "format": format,
            },
        )
        return _answer

    async def summary(
        self,
        organization_id: str,
        *,
        month: str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
    ) -> UsageSummary:
        """Return the sums of the last twelve months, and of the links that were used most in one.

        Name an organization, and a month.

        Args:
            organization_id: Yours; for operators any one. 1 to 64 characters.
            month: Whose links: 2026-11. Default: this UTC month. ^2[0-9]{3}-(0[1-9]|1[0-2])$.
            limit: Links at most. 1 to 200.
        """
        _answer: UsageSummary = await self._caller.ask(
            "usage.summary", {"organization_id": organization_id, "month": month, "limit": limit}
        )
        return _answer


class AsyncBudgetCeilingOperations:
    """Operations `budget.ceiling.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def set(
        self,
        organization_id: str,
        *,
        max_renders: int | None | Unset = UNSET,
        max_pixels: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        max_queries: int | None | Unset = UNSET,
    ) -> BudgetOutput:
        """Set the most that an organization's own budget may be, and that it may use without one: for the operator.

        Name an organization, and the most that it may use in a calendar month. What is left out has no limit.

        Args:
            organization_id: 1 to 64 characters.
            max_renders: Images sent. 0 to 9,007,199,254,740,991.
            max_pixels: Width times height of all images sent. 0 to 9,007,199,254,740,991.
            max_bytes: Bytes of images and files sent. 0 to 9,007,199,254,740,991.
            max_queries: Points and statistics answered. 0 to 9,007,199,254,740,991.
        """
        _answer: BudgetOutput = await self._caller.ask(
            "budget.ceiling.set",
            {
                "organization_id": organization_id,
                "max_renders": max_renders,
                "max_pixels": max_pixels,
                "max_bytes": max_bytes,
                "max_queries": max_queries,
            },
        )
        return _answer


class AsyncBudgetOperations:
    """Operations `budget.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.ceiling = AsyncBudgetCeilingOperations(caller)

    async def get(self, organization_id: str) -> BudgetOutput:
        """Return what an organization may use in this calendar month, and what it has used of it, live.

        Name an organization.

        Args:
            organization_id: 1 to 64 characters.
        """
        _answer: BudgetOutput = await self._caller.ask("budget.get", {"organization_id": organization_id})
        return _answer

    async def set(
        self,
        organization_id: str,
        *,
        max_renders: int | None | Unset = UNSET,
        max_pixels: int | None | Unset = UNSET,
        max_bytes: int | None | Unset = UNSET,
        max_queries: int | None | Unset = UNSET,
        time_zone: str | None | Unset = UNSET,
    ) -> BudgetOutput:
        """Limit what an organization uses in a calendar month; beyond, its links answer 403 `budget_exhausted`.

        It replaces the limits that were set before, and holds at once on all servers, for this month too. No limit may be
        above the operator's.

        Name an organization, and the most that it is to use in a calendar month. What is left out has no limit.

        Args:
            organization_id: 1 to 64 characters.
            max_renders: Images sent. 0 to 9,007,199,254,740,991.
            max_pixels: Width times height of all images sent. 0 to 9,007,199,254,740,991.
            max_bytes: Bytes of images and files sent. 0 to 9,007,199,254,740,991.
            max_queries: Points and statistics answered. 0 to 9,007,199,254,740,991.
            time_zone: IANA name, as Europe/Berlin: when its months begin. Left out: as it is. At most 64 characters.
        """
        _answer: BudgetOutput = await self._caller.ask(
            "budget.set",
            {
                "organization_id": organization_id,
                "max_renders": max_renders,
                "max_pixels": max_pixels,
                "max_bytes": max_bytes,
                "max_queries": max_queries,
                "time_zone": time_zone,
            },
        )
        return _answer


class AsyncAuditOperations:
    """Operations `audit.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def list(
        self,
        organization_id: str,
        *,
        actor_id: str | None | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        operation: str | None | Unset = UNSET,
        since: datetime | str | None | Unset = UNSET,
        until: datetime | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        cursor: str | None | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> AuditPage | str:
        """List who made, changed, revoked or exported what in an organization, and who signed in.

        The log is written in the same transaction as the change, and nobody can change it. What an operator does to an
        organization is in its log and in that of the operator's own.

        Name an organization, and which rows of its log.

        Args:
            organization_id: 1 to 64 characters.
            actor_id: Only what this user did: usr_…. At most 200 characters.
            target_id: Only what was done to this link, item, key, project …. At most 400 characters.
            operation: Only by this operation, or `sign_in`. At most 60 characters.
            since: Only from this time on.
            until: Only before this time.
            limit: How many rows at most. 1 to 1,000.
            cursor: `next_cursor` of the page before. At most 300 characters.
            format: Csv: a table with a header line. One of json, csv.
        """
        _answer: AuditPage | str = await self._caller.ask(
            "audit.list",
            {
                "organization_id": organization_id,
                "actor_id": actor_id,
                "target_id": target_id,
                "operation": operation,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "format": format,
            },
        )
        return _answer

    async def list_all(
        self,
        organization_id: str,
        *,
        actor_id: str | None | Unset = UNSET,
        target_id: str | None | Unset = UNSET,
        operation: str | None | Unset = UNSET,
        since: datetime | str | None | Unset = UNSET,
        until: datetime | str | None | Unset = UNSET,
        limit: int | Unset = UNSET,
        format: Literal["json", "csv"] | Unset = UNSET,
    ) -> AsyncIterator[AuditRow]:
        """List who made, changed, revoked or exported what in an organization, and who signed in: the rows of all pages, asked for as they are needed."""
        async for _row in self._caller.pages(
            "audit.list",
            "rows",
            {
                "organization_id": organization_id,
                "actor_id": actor_id,
                "target_id": target_id,
                "operation": operation,
                "since": since,
                "until": until,
                "limit": limit,
                "format": format,
            },
        ):
            yield _row


class AsyncLimitsOperations:
    """Operations `limits.…`."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def get(self) -> Limits:
        """Return your rate limits, and what is left of each.

        No fields: send {}.
        """
        _answer: Limits = await self._caller.ask("limits.get", {})
        return _answer


class AsyncOperations:
    """All operations."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.share = AsyncShareOperations(caller)
        self.root = AsyncRootOperations(caller)
        self.item = AsyncItemOperations(caller)
        self.collection = AsyncCollectionOperations(caller)
        self.organization = AsyncOrganizationOperations(caller)
        self.project = AsyncProjectOperations(caller)
        self.member = AsyncMemberOperations(caller)
        self.api_key = AsyncApiKeyOperations(caller)
        self.webhook = AsyncWebhookOperations(caller)
        self.notice = AsyncNoticeOperations(caller)
        self.usage = AsyncUsageOperations(caller)
        self.budget = AsyncBudgetOperations(caller)
        self.audit = AsyncAuditOperations(caller)
        self.limits = AsyncLimitsOperations(caller)
