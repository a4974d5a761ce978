"""Rasters that try to have other bytes read, files written or addresses fetched: made by a script, each in its folder.

An honest raster is all sevens and all opaque. Whatever else is seen is foreign. A case says what lies there when the
raster is looked at, and what somebody puts there afterwards.
"""

from __future__ import annotations

import os
import socket
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.tiling.tiff_writer import MASK, REDUCED, Image, tiff

MAIN = Image(width=512)
HONEST = tiff(MAIN)
WITH_OVERVIEW = tiff(MAIN, Image(width=256, kind=REDUCED, is_placed=False))
OVR = tiff(Image(width=256, is_placed=False), Image(width=256, kind=REDUCED, is_placed=False))
MSK_METADATA = '<GDALMetadata><Item name="INTERNAL_MASK_FLAGS_1">2</Item></GDALMetadata>'
MSK = tiff(Image(width=512, value=255, is_placed=False, metadata=MSK_METADATA))
OLD = 1_700_000_000_000_000_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an attack happens."""

    root: Path
    """What is shared from."""
    outside: Path
    """`secret.tif` and `secret.ovr` (all 99), `secret.msk` (all hidden), `master.key`, `secret.zip`."""
    port: int
    """Where nobody must connect to."""


Make = Callable[[Place], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attack."""

    name: str
    before: Make
    after: Make | None = None
    """What happens after the look, once the raster was opened."""
    path: str = "x.tif"
    needs_descriptors: bool = False
    """Whether nothing else helps: who opens a pipe by name waits for ever, and a hard link is a file like any other."""


def make_outside(folder: Path) -> None:
    """Write what must never be read."""
    folder.mkdir()
    (folder / "master.key").write_bytes(b"0123456789abcdef" * 4096)
    for name, image in {
        "secret.tif": Image(width=512, value=99),
        "secret.ovr": Image(width=256, value=99, is_placed=False),
        "secret.msk": Image(width=512, value=0, is_placed=False, metadata=MSK_METADATA),
    }.items():
        (folder / name).write_bytes(tiff(image))
    with zipfile.ZipFile(folder / "secret.zip", "w") as archive:
        archive.write(folder / "secret.tif", "secret.tif")


def vrt(source: str, side: int = 256) -> str:
    """A virtual raster that shows another file."""
    return (
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="0">{escape(source)}</SourceFilename><SourceBand>1</SourceBand>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )


def raw_vrt(source: str) -> str:
    """One that shows the bytes of any file."""
    return (
        '<VRTDataset rasterXSize="256" rasterYSize="256"><VRTRasterBand dataType="Byte" band="1" '
        f'subClass="VRTRawRasterBand"><SourceFilename relativetoVRT="0">{source}</SourceFilename>'
        "<ImageOffset>0</ImageOffset></VRTRasterBand></VRTDataset>"
    )


def mrf(place: Place, data: Path, cached: str = "") -> str:
    """A format whose head says where the pixels lie, and where to write them."""
    index = place.root / "index"
    index.write_bytes(struct.pack(">QQ", 0, 65536))
    source = f"<CachedSource>{cached}</CachedSource>" if cached else ""
    return (
        f'<MRF_META>{source}<Raster><Size x="256" y="256" c="1"/><PageSize x="256" y="256" c="1"/><Compression>NONE'
        f"</Compression><DataFile>{data}</DataFile><IndexFile>{index}</IndexFile></Raster></MRF_META>"
    )


def wms(place: Place) -> str:
    """A map server that is asked for its pixels."""
    return (
        f'<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:{place.port}/${{z}}/${{x}}/${{y}}.png</ServerUrl>'
        "</Service><DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>0</UpperLeftY><LowerRightX>5120</LowerRightX>"
        "<LowerRightY>-5120</LowerRightY><SizeX>256</SizeX><SizeY>256</SizeY><TileLevel>0</TileLevel></DataWindow>"
        "<Projection>EPSG:3857</Projection><BandsCount>1</BandsCount></GDAL_WMS>"
    )


def metadata(domain: str, items: dict[str, str], *, band: bool = False) -> str:
    """GDAL's XML of a TIFF."""
    where = f' domain="{domain}"' if domain else ""
    sample = ' sample="0"' if band else ""
    rows = "".join(f'<Item name="{name}"{sample}{where}>{escape(text)}</Item>' for name, text in items.items())
    return f"<GDALMetadata>{rows}</GDALMetadata>"


OTHER_FORMATS: dict[str, Callable[[Place], str]] = {
    "MRF of any file": lambda place: mrf(place, place.outside / "master.key"),
    "MRF that writes": lambda place: mrf(place, place.outside / "new", f"<Source>{place.outside}/secret.tif</Source>"),
    "MRF that clones": lambda place: mrf(place, Path(), f'<Source clone="true">{place.outside}/secret.tif</Source>'),
    "VRT": lambda place: vrt(f"{place.outside}/secret.tif"),
    "raw VRT": lambda place: raw_vrt(f"{place.outside}/master.key"),
    "VRT by network": lambda place: vrt(f"/vsicurl/http://127.0.0.1:{place.port}/x.tif"),
    "VRT of an archive": lambda place: vrt(f"/vsizip/{place.outside}/secret.zip/secret.tif"),
    "WMS": wms,
}  # fmt: skip


def _file(name: str, data: bytes | Callable[[Place], str]) -> Make:
    def make(place: Place) -> None:
        content = data if isinstance(data, bytes) else data(place).encode()
        draft = place.root / ".draft"
        draft.write_bytes(content)
        draft.replace(place.root / name)

    return make


def _in_place(name: str, data: bytes | Callable[[Place], str]) -> Make:
    """The same file is written over: its inode stays, and its time of writing is set back."""

    def make(place: Place) -> None:
        path = place.root / name
        times = path.stat()
        content = data if isinstance(data, bytes) else data(place).encode()
        with path.open("r+b") as file:
            file.write(content.ljust(times.st_size, b" "))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    return make


def _link(name: str, target: str) -> Make:
    def make(place: Place) -> None:
        path = place.root / name
        path.unlink(missing_ok=True)
        path.symlink_to(place.outside / target)

    return make


def _hard_link(name: str, target: str) -> Make:
    def make(place: Place) -> None:
        (place.root / name).unlink(missing_ok=True)
        (place.root / name).hardlink_to(place.outside / target)

    return make


def _pipe(name: str) -> Make:
    return lambda place: os.mkfifo(place.root / name)


def _socket(name: str) -> Make:
    def make(place: Place) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            here = os.open(place.root, os.O_RDONLY)
            with suppress(OSError):
                listener.bind(f"/proc/self/fd/{here}/{name}")  # a socket's path is short
            os.close(here)

    return make


def _device(name: str) -> Make:
    def make(place: Place) -> None:
        try:
            os.mknod(place.root / name, 0o20666, os.makedev(1, 5))  # /dev/zero
        except PermissionError:
            (place.root / name).symlink_to("/dev/zero")

    return make


def _folder(name: str) -> Make:
    return lambda place: (place.root / name).mkdir()


def _all(*makes: Make) -> Make:
    def make(place: Place) -> None:
        for each in makes:
            each(place)

    return make


def _folder_becomes_a_link(place: Place) -> None:
    (place.root / "sub").rename(place.root / "was")
    (place.outside / "x.tif").write_bytes(tiff(Image(width=512, value=99)))
    (place.root / "sub").symlink_to(place.outside)


def _in_sub(place: Place) -> None:
    (place.root / "sub").mkdir()
    (place.root / "sub" / "x.tif").write_bytes(WITH_OVERVIEW)


def _main(image: Image, *more: Image) -> Make:
    return _file("x.tif", tiff(image, *more))


def _with_metadata(text: Callable[[Place], str]) -> Make:
    return lambda place: _file("x.tif", tiff(Image(width=512, metadata=text(place))))(place)


NAMED: dict[str, Callable[[Place], str]] = {
    "a path": lambda place: f"{place.outside}/secret.tif",
    "inline VRT": lambda place: vrt(f"{place.outside}/secret.tif"),
    "inline raw VRT": lambda place: raw_vrt(f"{place.outside}/master.key"),
    "inline MRF": lambda place: mrf(place, place.outside / "master.key"),
    "curl": lambda place: f"/vsicurl/http://127.0.0.1:{place.port}/x.tif",
    "curl with options": lambda place: f"/vsicurl?max_retry=0&url=http%3A%2F%2F127.0.0.1%3A{place.port}%2Fx.tif",
    "curl streaming": lambda place: f"/vsicurl_streaming/http://127.0.0.1:{place.port}/x.tif",
    "curl with a clever ending": lambda place: f"/vsicurl/http://127.0.0.1:{place.port}/x{{none}}",
    "HTTP driver": lambda place: f"http://127.0.0.1:{place.port}/x.tif",
    "archive": lambda place: f"/vsizip/{place.outside}/secret.zip/secret.tif",
    "part of a file": lambda place: f"/vsisubfile/0,{place.outside}/secret.tif",
    "subdataset": lambda place: f"GTIFF_DIR:1:{place.outside}/secret.tif",
    "beside": lambda _: ":::BASE:::../outside/secret.tif",
}
SIDECARS = (
    "x.tif.ovr", "x.tif.msk", "x.tif.aux.xml", "x.aux", "x.tif.aux", "x.IMD", "x.RPB", "x_RPC.TXT", "x.XML", "x.tfw",
    "x.tifw", "x.wld", "x.tab", "x.tif.ovr.ovr", "METADATA.DIM", "x.rpb",
)  # fmt: skip


def _pam(place: Place) -> str:
    name = escape(f"{place.outside}/secret.tif")
    return f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{name}</MDI></Metadata></PAMDataset>'


def _overview_file(domain: str, name: Callable[[Place], str], *, band: bool = False) -> Callable[[Place], str]:
    return lambda place: metadata(domain, {"OVERVIEW_FILE": name(place)}, band=band)


def _geolocation(name: Callable[[Place], str]) -> Callable[[Place], str]:
    return lambda place: metadata("GEOLOCATION", {"X_DATASET": name(place), "Y_DATASET": name(place)})


def cases() -> list[Case]:
    """All attacks, each by its name."""
    honest, ovr, msk = _file("x.tif", HONEST), _file("x.tif.ovr", OVR), _file("x.tif.msk", MSK)
    found = [Case(name="honest", before=_all(honest, ovr, msk))]
    for what, content in OTHER_FORMATS.items():
        found += [
            Case(name=f"the raster is a {what}", before=_file("x.tif", content)),
            Case(name=f"the raster becomes a {what}", before=honest, after=_in_place("x.tif", content)),
            Case(name=f"an .ovr is a {what}", before=_all(honest, _file("x.tif.ovr", content))),
            Case(name=f"an .ovr becomes a {what}", before=_all(honest, ovr), after=_file("x.tif.ovr", content)),
            Case(name=f"an .ovr turns into a {what}", before=_all(honest, ovr), after=_in_place("x.tif.ovr", content)),
            Case(name=f"an .msk becomes a {what}", before=_all(honest, msk), after=_file("x.tif.msk", content)),
        ]
    for name in (".ovr", ".OVR", ".msk", ".MSK"):
        target = f"secret.{name[1:].lower()}"
        honest_one = _file(f"x.tif{name}", OVR if "o" in target[7:] else MSK)
        found += [
            Case(name=f"{name} is a link", before=_all(honest, _link(f"x.tif{name}", target))),
            Case(name=f"{name} appears as a link", before=honest, after=_link(f"x.tif{name}", target)),
            Case(name=f"{name} becomes a link", before=_all(honest, honest_one), after=_link(f"x.tif{name}", target)),
            Case(name=f"{name} becomes a hard link", before=_all(honest, honest_one),
                 after=_hard_link(f"x.tif{name}", target), needs_descriptors=True),
        ]  # fmt: skip
    found += [
        Case(name="the raster is a link out", before=_link("x.tif", "secret.tif")),
        Case(name="the raster is a link to a text", before=_link("x.tif", "master.key")),
        Case(name="the raster becomes a link", before=_file("x.tif", WITH_OVERVIEW),
             after=_link("x.tif", "secret.tif")),
        Case(name="the raster becomes a hard link", before=honest, after=_hard_link("x.tif", "secret.tif"),
             needs_descriptors=True),
        Case(name="its folder becomes a link", before=_in_sub, after=_folder_becomes_a_link, path="sub/x.tif"),
        Case(name="its folder is a link", before=_link("sub", "."), path="sub/secret.tif"),
        Case(name="an .ovr of an .ovr is a link", before=_all(honest, ovr, _link("x.tif.ovr.ovr", "secret.ovr"))),
        Case(name="a mask of an .ovr is a link", before=_all(honest, ovr, _link("x.tif.ovr.msk", "secret.msk"))),
        Case(name="PAM names a file", before=_all(honest, _file("x.tif.aux.xml", _pam))),
        Case(name="PAM of an .ovr names a file", before=_all(honest, ovr, _file("x.tif.ovr.aux.xml", _pam))),
        Case(name="an .ovr names a file", before=_all(honest, lambda place: _file("x.tif.ovr", tiff(
            Image(width=256, is_placed=False, metadata=_overview_file("OVERVIEWS", NAMED["a path"])(place))))(place))),
    ]  # fmt: skip
    for what, name in NAMED.items():
        found += [
            Case(name=f"OVERVIEW_FILE is {what}", before=_with_metadata(_overview_file("OVERVIEWS", name))),
            Case(name=f"OVERVIEW_FILE of a band is {what}",
                 before=_with_metadata(_overview_file("OVERVIEWS", name, band=True))),
            Case(name=f"GEOLOCATION is {what}", before=_with_metadata(_geolocation(name))),
        ]  # fmt: skip
    for domain in ("", "xml:VRT", "SUBDATASETS", "PROXY_OVERVIEW_REQUEST", "overviews", "IMD", "RPC"):
        found.append(Case(name=f"OVERVIEW_FILE in {domain or 'no domain'}",
                          before=_with_metadata(_overview_file(domain, NAMED["a path"]))))  # fmt: skip
    for kind, what in ((REDUCED, "overview"), (MASK, "mask"), (REDUCED | MASK, "mask of an overview")):
        found.append(
            Case(
                name=f"the {what} inside names a file",
                before=lambda place, kind=kind: _main(
                    MAIN,
                    Image(
                        width=512 if kind == MASK else 256,
                        value=255 if kind & MASK else 7,
                        kind=kind,
                        is_placed=False,
                        metadata=_overview_file("OVERVIEWS", NAMED["inline VRT"])(place),
                    ),
                )(place),
            )
        )
    for name in SIDECARS:
        found += [
            Case(name=f"{name} is a pipe", before=_all(honest, _pipe(name)), needs_descriptors=True),
            Case(name=f"{name} appears as a socket", before=honest, after=_socket(name)),
        ]
    found += [
        Case(name="x.tif.ovr is a device", before=_all(honest, _device("x.tif.ovr")), needs_descriptors=True),
        Case(name="x.tif.msk is a folder", before=_all(honest, _folder("x.tif.msk"))),
        Case(name="the raster is a pipe", before=_pipe("x.tif"), needs_descriptors=True),
        Case(name="the raster is a socket", before=_socket("x.tif")),
        Case(name="the raster is a device", before=_device("x.tif"), needs_descriptors=True),
        Case(name="the raster is a folder", before=_folder("x.tif")),
        Case(name="the raster becomes a pipe", before=honest, after=lambda place: (
            (place.root / "x.tif").unlink(), _pipe("x.tif")(place))[0], needs_descriptors=True),
        Case(name="the raster is a text", before=_file("x.tif", b"nothing but words")),
        Case(name="the raster is empty", before=_file("x.tif", b"")),
        Case(name="the raster is cut off", before=_file("x.tif", HONEST[:-200])),
        Case(name="tags of TIFF name a file", before=lambda place: _main(Image(width=512, texts=(
            (269, f"{place.outside}/secret.tif"), (270, vrt(f"{place.outside}/secret.tif")),
            (42113, f"{place.outside}/secret.tif"))))(place)),
    ]  # fmt: skip
    return found
