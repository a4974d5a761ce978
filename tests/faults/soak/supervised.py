"""`python -m tests.faults.soak.supervised WORKER COMMAND …`: the real supervisor; settings from the environment.

Prints its base URL. Without a command it runs the real workers.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.supervision.supervisor import prepared
from service.processes.supervision.workers import WORKER_COMMAND
from service.settings import Settings


async def main(settings: Settings, command: tuple[str, ...]) -> None:
    """Serve until told to stop."""
    async with prepared(settings, command) as supervisor:
        sys.stdout.write(f"{supervisor.settings.base_url}\n")
        sys.stdout.flush()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.renew)
        await supervisor.run()


if __name__ == "__main__":
    configure_logging("INFO")
    run_until_signalled(main(Settings(), tuple(sys.argv[1:]) or WORKER_COMMAND))
