"""What distinguishes one version of a file from all others."""

import os
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """Which file it is and when it was changed last. As text, the same on all machines that mount its file system."""

    device: int = field(repr=False)
    """Of this machine: others number theirs in another way."""
    inode: int
    size: int
    """Bytes."""
    modified: int
    """When it was written to: nanoseconds since 1970. Who owns the file can set it."""
    changed: int
    """When its inode was changed: nanoseconds since 1970. Nobody can set it, short of the machine's clock."""

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the version in a status."""
        return cls(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified=status.st_mtime_ns,
            changed=status.st_ctime_ns,
        )

    def __str__(self) -> str:
        """Return it as a part of names and keys."""
        return f"{self.inode:x}-{self.size:x}-{self.modified:x}-{self.changed:x}"
