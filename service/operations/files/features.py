"""Features that a link shares, for maps to draw: the GeoJSON file as it is, which viewing takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.catalogue.item import Item
from service.delivery.files.storage import Place
from service.errors import BadInput, Gone, NotFound, SourceFailed
from service.links.link import Permission
from service.operations.admission.admit import admit
from service.operations.admission.recipient_models import Opened
from service.operations.admission.render_policy import outside_area
from service.operations.core.operation import Bucket, Context, Effect, FileAnswer, Operation
from service.operations.files.downloads import About, Wish, answer_of, settled
from service.operations.files.rules import etag_of

if TYPE_CHECKING:
    from service.delivery.files.open_files import OpenFile
    from service.links.admission import Admission
    from tiling.features.geojson import FeaturesDescription

MEDIA_TYPE = "application/geo+json"


async def get_features(context: Context, request: Opened) -> FileAnswer:
    """Return shared GeoJSON, for a map to draw. It is counted as a download.

    Whoever may view the link may have it: a map cannot draw what it has not got.
    """
    admission = await admit(context, request, needs=Permission.VIEW, confirm=False)
    return await features(context, admission, Wish())


async def features(context: Context, admission: Admission, wish: Wish) -> FileAnswer:
    """Answer the features of what a caller was admitted to. Raises NotFound, Forbidden, Gone, SourceFailed, ….

    What was put in the place of the file since it was registered is checked first.
    """
    return await settled(context, admission, _answer(context, admission, wish))


async def _answer(context: Context, admission: Admission, wish: Wish) -> FileAnswer:
    item = admission.target
    if not isinstance(item, Item) or item.features is None:
        raise NotFound("target_not_found", "The target is not GeoJSON; its kind tells what to ask for.", field="item")
    if admission.link.area is not None:
        raise outside_area()
    opened = await _opened(context, admission, item, item.features)
    entry = opened.entry
    about = About(
        name=entry.name,
        media_type=MEDIA_TYPE,
        etag=etag_of(context.services.etag_secret, item.root, item.path, entry.version),
        modified=entry.modified,
        size=entry.size,
    )
    return await answer_of(context, admission, opened, about, wish)


async def _opened(context: Context, admission: Admission, item: Item, known: FeaturesDescription) -> OpenFile:
    """Open the file of an item: the version that was checked, and no other."""
    try:
        version = await context.services.images.datasets.check_features(item, known, admission.flow)
        opened = await context.services.files.storage.open(Place(root=item.root, path=item.path), follow=True)
    except (BadInput, NotFound) as exc:
        raise Gone("target_gone", "The shared file is no longer there.") from exc
    if not version.startswith(opened.entry.version) or not opened.entry.version:
        opened.close()
        raise SourceFailed("source_unreadable", "The shared file was replaced just now; try again.", retry_after=1)
    return opened


OPERATIONS = (
    Operation("share.features.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_features, for_recipients=True),
)
