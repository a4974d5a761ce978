"""An item: one shareable thing, catalogued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from service.catalogue.credit import License
from service.catalogue.period import Period
from service.errors import NotFound
from service.identifiers import ItemId, ProjectId
from tiling.archives.tileset import TilesetDescription
from tiling.features.geojson import FeaturesDescription
from tiling.geometry.union import Extent
from tiling.models import Profile, RasterDescription


class ItemKind(StrEnum):
    """What an item is."""

    RASTER = "raster"
    FILE = "file"
    TEXT = "text"
    IMAGE = "image"
    MAP = "map"
    DIRECTORY = "directory"
    PMTILES = "pmtiles"
    """An archive of tiles that were made elsewhere, of pictures or of features."""
    GEOJSON = "geojson"
    """Features that a map draws by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file inside a storage root, with what was read from it once and the profiles it is rendered by."""

    id: ItemId
    project_id: ProjectId
    kind: ItemKind
    name: str
    description: str
    root: str
    path: str
    """Relative to the root, with slashes."""
    raster: RasterDescription | None
    """For a raster: what registering read."""
    profiles: tuple[Profile, ...]
    """For a raster: exactly one of them is the default."""
    warnings: tuple[str, ...]
    version: int
    """Rises on every change, so that an old record never overwrites a newer one in a cache."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    attribution: str = ""
    """Whom it is due to, in one line of plain text."""
    license: License | None = None
    content: JsonValue = None
    """Of what lies in the catalogue itself, such as a map: root and path are empty then."""
    dataset: TilesetDescription | FeaturesDescription | None = None
    """For an archive or features: what registering read."""
    period: Period | None = None
    """When that was which it shows."""

    @property
    def is_gone(self) -> bool:
        """Whether it was taken out of the catalogue."""
        return self.deleted_at is not None

    @property
    def extent(self) -> RasterDescription | Extent | None:
        """Where it lies: bounds, center, minzoom and maxzoom. None where it lies on no map."""
        return self.raster if self.dataset is None else self.dataset.extent

    @property
    def tileset(self) -> TilesetDescription | None:
        """What is known of an archive."""
        return self.dataset if isinstance(self.dataset, TilesetDescription) else None

    @property
    def features(self) -> FeaturesDescription | None:
        """What is known of features."""
        return self.dataset if isinstance(self.dataset, FeaturesDescription) else None

    def profile(self, profile_id: str | None, allowed: tuple[str, ...] = ()) -> Profile:
        """Return a profile as `choose_profile` does."""
        return choose_profile(self.profiles, profile_id, allowed)


def choose_profile(profiles: tuple[Profile, ...], profile_id: str | None, allowed: tuple[str, ...]) -> Profile:
    """Return the profile of that id, or the default one. `allowed`: the ids that may be used; empty for all.

    Raises NotFound `profile_not_found`.
    """
    usable = [profile for profile in profiles if not allowed or profile.id in allowed]
    for profile in usable:
        if profile.id == profile_id or (profile_id is None and profile.is_default):
            return profile
    if profile_id is None and usable:
        return usable[0]
    names = ", ".join(profile.id for profile in usable) or "none: the target is not a raster"
    raise NotFound("profile_not_found", f"There is no such profile; available: {names}.", field="profile")
