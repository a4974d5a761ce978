"""What can go wrong with pixels.

::

    TilingError
    ├── TileAddressInvalid      a tile that does not exist, told with the field at fault
    ├── TileMatrixSetInvalid    a grid whose definition cannot be used, told with what to change
    ├── ProfileInvalid          a profile that cannot be rendered, told with the field at fault
    ├── RegionInvalid           a place, box or polygon that is none, told with the field at fault
    ├── CropTooLarge            more pixels than one answer may hold
    ├── RasterRefused           registering says why not
    ├── ContentRefused          the same of a text or a picture
    ├── OutOfTime               what was asked for took longer than it may
    └── SourceUnreadable        a registered raster cannot be read now
        ├── SourceGone          its file no longer exists
        └── SourceChanged       its file has another version by now

No message holds a filesystem path, so every one of them may be shown to a client.
"""

from typing import Any, Literal


class TilingError(Exception):
    """Any error that this package raises on purpose. It may be sent to another process, and is the same there."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how it is made again, without its constructor: that may want more than the message."""
        return restored, (type(self), self.args, self.__dict__)


def restored(kind: type[TilingError], args: tuple[Any, ...], state: dict[str, Any]) -> TilingError:
    """Make an error as it was in another process. Raises TypeError where it is none of ours."""
    if not issubclass(kind, TilingError):
        raise TypeError("not an error of tiling")
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class TileAddressInvalid(TilingError):
    """No tile has this address. `field` names the coordinate at fault."""

    def __init__(self, message: str, *, field: Literal["z", "x", "y"]) -> None:
        super().__init__(message)
        self.field = field


class TileMatrixSetInvalid(TilingError):
    """A tile matrix set's definition cannot be used. The message says why."""


class ProfileInvalid(TilingError):
    """A profile cannot be rendered, ever or on this raster. `field` names the profile's field at fault."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class RegionInvalid(TilingError):
    """What is asked for is no place on Earth. `field` names what is at fault: bbox, geometry or crs."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class CropTooLarge(TilingError):
    """What is asked for has more pixels than one answer may hold. The message says what to do."""


class RasterRefused(TilingError):
    """A raster is not served. The message is the reason, for the person who registers it."""


class ContentRefused(TilingError):
    """A text or a picture is not shown as one. The message is the reason, for the person who registers it."""


class OutOfTime(TilingError):
    """Reading or drawing took longer than it may. Nothing is wrong with the raster that could be told."""


class SourceUnreadable(TilingError):
    """A registered raster cannot be read now."""


class SourceGone(SourceUnreadable):
    """A registered raster's file no longer exists."""


class SourceChanged(SourceUnreadable):
    """A registered raster's file has another version by now: look at it again, and ask with that."""
