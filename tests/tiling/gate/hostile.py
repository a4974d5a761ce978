"""TIFFs that no honest program writes, byte by byte, and their honest twins."""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

MEGABYTE = 2**20
MAIN, REDUCED, MASK = 0, 1, 4
DEFLATE, JPEG = 8, 7
_FORMS = {3: "H", 4: "I", 12: "d", 16: "Q"}
_PLACE = ((33550, 12, (10.0, 10.0, 0.0)), (33922, 12, (0.0,) * 6),
          (34735, 3, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 3857)))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One directory. `stored` is what each block holds; one alone is shared by all."""

    width: int
    block: int
    stored: tuple[bytes, ...]
    height: int | None = None
    block_height: int | None = None
    bands: int = 1
    bits: int = 8
    floating: bool = False
    planar: int = 1
    compression: int = DEFLATE
    photometric: int = 1
    kind: int = MAIN
    tiled: bool = True
    sizes: tuple[int, ...] = ()
    palette: bool = False
    more: tuple[tuple[int, int, tuple[float, ...]], ...] = field(default=())

    @property
    def rows(self) -> int:
        return self.height or self.width

    @property
    def block_bytes(self) -> int:
        """What a block has when it is inflated."""
        samples = self.bands if self.planar == 1 else 1
        rows = self.block_height or (self.block if self.tiled else self.rows)
        return -(-(self.block if self.tiled else self.width) * samples * self.bits // 8) * rows

    def blocks(self) -> list[bytes]:
        high = self.block_height or self.block
        count = -(-self.width // self.block) * -(-self.rows // high) * (self.bands if self.planar == 2 else 1)
        return list(self.stored) * (count if len(self.stored) == 1 else 1)

    def tags(self, offsets: list[int], sizes: list[int]) -> list[tuple[int, int, tuple[float, ...]]]:
        found: list[tuple[int, int, tuple[float, ...]]] = [
            (254, 4, (self.kind,)), (256, 4, (self.width,)), (257, 4, (self.rows,)),
            (258, 3, (self.bits,) * self.bands), (259, 3, (self.compression,)),
            (262, 3, (3 if self.palette else self.photometric,)), (277, 3, (self.bands,)),
            (284, 3, (self.planar,)), (339, 3, (3 if self.floating else 1,) * self.bands),
        ]  # fmt: skip
        where, lengths = tuple(offsets), tuple(self.sizes or sizes)
        if self.tiled:
            high = self.block_height or self.block
            found += [(322, 4, (self.block,)), (323, 4, (high,)), (324, 4, where), (325, 4, lengths)]
        else:
            found += [(278, 4, (self.block_height or self.rows,)), (273, 4, where), (279, 4, lengths)]
        if self.bands > 1 and self.photometric == 1:
            found.append((338, 3, (0,) * (self.bands - 1)))
        if self.palette:
            found.append((320, 3, tuple(range(0, 3 * 2**self.bits * 16, 16))))
        return sorted([*found, *(_PLACE if self.kind == MAIN else ()), *self.more])


def deflated(size: int, value: int = 7) -> bytes:
    """So many bytes of one value. Each whole megabyte is packed alike, so that it is packed once."""
    packer, piece = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), bytes([value]) * MEGABYTE
    wholes, rest = divmod(size, MEGABYTE)
    whole = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(piece[:rest]) + packer.flush()
    checksum = zlib.adler32(piece[:rest], reduce(lambda before, _: zlib.adler32(piece, before), range(wholes), 1))
    return b"\x78\xda" + whole * wholes + end + struct.pack(">I", checksum)


def picture(width: int = 512, block: int = 256, *, high: int | None = None, **more: object) -> Picture:
    """An image of one value, whose stored blocks are as large as they should be."""
    made = Picture(width=width, block=block, block_height=high, stored=(b"",), **more)  # type: ignore[arg-type]
    return replace(made, stored=(deflated(made.block_bytes, 0 if made.floating else 7),))


def mask(width: int = 512, block: int = 256, *, kind: int = MASK, **more: object) -> Picture:
    """A mask that shows all, or what it has for bytes."""
    made = picture(width, block, bits=1, photometric=4, kind=kind, **more)
    return replace(made, stored=(deflated(made.block_bytes, 255),))


def write_tiff(path: Path, pictures: Iterable[Picture]) -> Path:
    """Write directories one behind the other, as they are."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for each in pictures:
        places: dict[bytes, int] = {}
        stored = each.blocks()
        for block in stored:
            if block not in places:
                places[block] = _append(out, block)
        entries = b""
        tags = each.tags([places[block] for block in stored], [len(block) for block in stored])
        for number, kind, values in tags:
            data = struct.pack(f"<{len(values)}{_FORMS[kind]}", *values)
            held = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", _append(out, data))
            entries += struct.pack("<HHI", number, kind, len(values)) + held
        struct.pack_into("<I", out, link, _append(out, struct.pack("<H", len(tags)) + entries + bytes(4)))
        link = len(out) - 4
    path.write_bytes(out)
    return path


def _append(out: bytearray, data: bytes) -> int:
    if len(out) % 2:
        out += b"\0"
    out += data
    return len(out) - len(data)


def progressive_jpeg(side: int, scans: int) -> bytes:
    """A gray progressive JPEG of one value whose scans each go over all blocks: the first, then so many refinements."""
    blocks = (-(-side // 8)) ** 2

    def segment(marker: int, data: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    frame = struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC2, frame)
    head += segment(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0")
    head += segment(0xC4, b"\x10" + bytes([0, 0, 0, 15] + [0] * 12) + bytes((14 - i) << 4 for i in range(15)))
    first = segment(0xDA, bytes([1, 1, 0, 0, 0, 13])) + bytes(-(-blocks // 8))
    nothing = _end_of_band_runs(blocks)
    steps = [(place, step) for place in range(1, 64) for step in _steps()]
    later = [segment(0xDA, bytes([1, 1, 0, place, place, step])) + nothing for place, step in steps[: scans - 1]]
    return head + first + b"".join(later) + b"\xff\xd9"


def _steps() -> list[int]:
    """Successive approximation of one coefficient, bit by bit."""
    return [13, *((bit << 4) | (bit - 1) for bit in range(13, 0, -1))]


def _end_of_band_runs(blocks: int) -> bytes:
    runs, left = "", blocks
    while left:
        power = min(14, left.bit_length() - 1)
        run = min(left, 2 ** (power + 1) - 1)
        runs += format(14 - power, "04b") + (format(run - 2**power, f"0{power}b") if power else "")
        left -= run
    runs += "1" * (-len(runs) % 8)
    return bytes(int(runs[at : at + 8], 2) for at in range(0, len(runs), 8)).replace(b"\xff", b"\xff\0")
