"""Runs a billing job again and again in children that are killed at a line: `driver.py JOB config.json state.sqlite`.

Reads a line for each run: the number of the job's line at which it dies (0: none), and seconds by which its clock is
ahead. Answers each with how many lines were run, or `killed`. The job's library is imported once, and children forked.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

FOLDER = str(Path(__file__).parents[3] / "docs" / "billing")


class Death:
    """Kills this process at a line of the job."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.lines = 0

    def trace(self, frame: Any, event: str, _: object) -> Any:
        """Count lines of the job; those of libraries run at full speed."""
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if self.at % 2 == 0 and frame.f_code.co_name == "_store":  # most lines are run there, in one transaction
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.trace


def child(job: Any, arguments: list[str], at: int, ahead: float) -> None:
    """Run a job to its end, or to a line of it."""
    death = Death(at)
    sys.settrace(death.trace)
    status = 0
    try:
        job.main(arguments, lambda: time.time() + ahead)
    except SystemExit as exc:
        status = 1 if exc.code else 0
        sys.stderr.write(f"{exc.code}\n")
    except Exception:  # noqa: BLE001  (it is told)
        traceback.print_exc()
        status = 1
    sys.settrace(None)
    sys.stdout.write(f"{'lines' if status == 0 else 'failed'} {death.lines}\n")
    sys.stdout.flush()
    os._exit(0)


def main() -> None:
    """Run the job for each line that is read."""
    sys.path.insert(0, FOLDER)
    job, arguments = importlib.import_module(sys.argv[1]), sys.argv[2:]
    for line in sys.stdin:
        at, ahead = line.split()
        pid = os.fork()
        if pid == 0:
            child(job, arguments, int(at), float(ahead))
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            sys.stdout.write("killed 0\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
