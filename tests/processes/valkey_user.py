"""`python valkey_user.py DATA`: a user of the data folder's Valkey. Prints its URL and leaves when its input ends."""

import asyncio
import sys
from pathlib import Path

from service.processes.valkey import embedded_valkey


async def main(folder: Path) -> None:
    async with embedded_valkey(folder) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
