"""A worker process: `python -m service.processes.worker`. Only a supervisor starts it."""

from __future__ import annotations

import sys
from functools import partial

from service.api.app import create_app
from service.processes.serving import run_worker

if __name__ == "__main__":
    sys.exit(run_worker(partial(create_app, rehearsed=True)))
