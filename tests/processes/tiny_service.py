"""`python tiny_service.py DATA WORKERS`: a supervisor of tiny workers. Prints its base URL."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from service.processes.errors import StartFailed
from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.supervision import standby
from service.processes.supervision.supervisor import prepared
from service.settings import Settings

TINY_WORKER = (sys.executable, "-P", os.environ["TEST_WORKER"])


async def main(settings: Settings) -> None:
    async with prepared(settings, TINY_WORKER) as supervisor:
        sys.stdout.write(f"{supervisor.settings.base_url}\n")
        sys.stdout.flush()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.renew)
        await supervisor.run()


if __name__ == "__main__":
    standby.LULL = 0.0
    configure_logging("INFO")
    try:
        run_until_signalled(
            main(Settings(data_dir=Path(sys.argv[1]), port=0, workers=int(sys.argv[2]), standby=len(sys.argv) > 3))
        )
    except StartFailed as error:
        sys.exit(str(error))
