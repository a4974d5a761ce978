"""GDAL's memory of errors, which belongs to a thread and outlives the dataset that failed."""

from rasterio._err import stack_errors


def forget_errors() -> None:
    """Clear what GDAL remembers of an earlier failure in this thread.

    Some of rasterio's properties (`colorinterp` is one) look at the last error without clearing it first: after a block
    of one file could not be read, the next file would be reported as broken by the same message.
    """
    with stack_errors():  # it clears them when it is entered, and when it is left
        pass
