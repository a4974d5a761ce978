"""What an archive's tiles are."""

from enum import StrEnum


class TileFormat(StrEnum):
    """The value is the file extension in tile URLs."""

    MVT = "mvt"
    """Mapbox vector tiles; `pbf` is another name of theirs."""
    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"
    AVIF = "avif"

    @property
    def media_type(self) -> str:
        """The IANA media type."""
        if self is TileFormat.MVT:
            return "application/vnd.mapbox-vector-tile"
        return "image/jpeg" if self is TileFormat.JPG else f"image/{self.value}"

    @property
    def is_vector(self) -> bool:
        """Whether its tiles hold features and no pixels."""
        return self is TileFormat.MVT

    @property
    def can_be_cut(self) -> bool:
        """Whether its tiles can be limited to an area, or marked with a text: decoded, painted over, encoded again."""
        return self in {TileFormat.PNG, TileFormat.JPG, TileFormat.WEBP}

    def is_named(self, text: str) -> bool:
        """Whether a URL's ending means this format."""
        return text == self.value or (self, text) in {(TileFormat.MVT, "pbf"), (TileFormat.JPG, "jpeg")}
