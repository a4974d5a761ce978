"""Why a service cannot start, or cannot go on.

StartFailed
 ├── AddressUnavailable   the address cannot be listened on
 ├── ValkeyFailed         the embedded Valkey does not start or does not answer
 ├── DatabaseFailed       the database cannot be reached, or its tables cannot be brought up to date
 └── WorkersFailed        the workers die before they are ready, again and again
"""

from __future__ import annotations


class StartFailed(Exception):
    """Base of them. The message is for an operator: what is wrong and, where there is one, the way out."""


class AddressUnavailable(StartFailed):
    """The host and port cannot be listened on; others could be."""


class ValkeyFailed(StartFailed):
    """The embedded Valkey did not start or does not answer; the message ends with the last lines of its log."""


class DatabaseFailed(StartFailed):
    """The database cannot be reached, or its tables cannot be brought up to date."""


class WorkersFailed(StartFailed):
    """A worker died several times in a row before it was ready; the message ends with its reason."""
