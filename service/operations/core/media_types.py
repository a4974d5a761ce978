"""What kind of file a name says it is. The same on every machine: the system's own list is not asked."""

from __future__ import annotations

from mimetypes import MimeTypes

OF_GEODATA = {
    ".cog": "image/tiff",
    ".csv": "text/csv",
    ".fgb": "application/flatgeobuf",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".gpx": "application/gpx+xml",
    ".gtiff": "image/tiff",
    ".jp2": "image/jp2",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".las": "application/vnd.las",
    ".laz": "application/vnd.laszip",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pmtiles": "application/vnd.pmtiles",
    ".qgs": "application/xml",
    ".qgz": "application/zip",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".zip": "application/zip",
}
ENCODED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
UNKNOWN = "application/octet-stream"

_known = MimeTypes(filenames=())
for _suffix, _type in OF_GEODATA.items():
    _known.add_type(_type, _suffix)


def media_type(name: str) -> str:
    """Return the media type of a file by its name."""
    guessed, encoding = _known.guess_type(f"file:{name.rpartition('/')[2].replace('%', '_')}")
    if encoding is not None:
        return ENCODED.get(encoding, UNKNOWN)
    return guessed or UNKNOWN
