"""The process that job processes come from, and nothing else.

It has imported what jobs need, has one thread, no secrets and no sockets but the one to its worker, and does nothing
but fork: so a fresh process is there in some ten milliseconds, for each job one. On its socket (SOCK_SEQPACKET) it
hears `start ID`, with the job's connection and the memory of its marks beside it, and `end ID`; it says `ID STATUS`
when a process has ended, with its exit code or, negative, the signal that ended it. It ends, and all jobs with it, when
the socket does.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import tempfile
from pathlib import Path

# What jobs are made of, imported once, here.
import tiling.analysis.crop
import tiling.analysis.legend
import tiling.analysis.statistics
import tiling.files.small_files
import tiling.ingest.inspect
import tiling.mosaic
import tiling.overview
import tiling.pictures  # noqa: F401
from service.delivery.heavy.jobs import do_one
from service.delivery.heavy.limits import die_with
from tiling.gate.gdal_lockdown import restrict_gdal
from tiling.ingest.warmup import warm_up, warmup_raster

MESSAGE = 64  # bytes


class Nursery:
    """Forks a process for each job, and reports how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._jobs: dict[int, int] = {}
        """Process ids, by the job's number."""
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)

    def run(self) -> None:
        """Serve until the worker has gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        poll = select.poll()
        for descriptor in (self._control.fileno(), self._wake):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._listen():
                return

    def end(self) -> None:
        """End all jobs."""
        for pid in self._jobs.values():
            os.kill(pid, signal.SIGKILL)

    def _listen(self) -> bool:
        """Do what the worker says; return whether it is still there."""
        message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE, 2)
        if not message:
            return False
        word, number = message.split()
        if word == b"start":
            self._start(int(number), *descriptors)
        elif (pid := self._jobs.get(int(number))) is not None:
            os.kill(pid, signal.SIGKILL)
        return True

    def _start(self, number: int, connection: int, marks: int) -> None:
        ours = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_job(connection, marks, ours)
        os.close(connection)
        os.close(marks)
        self._jobs[number] = pid

    def _become_job(self, connection: int, marks: int, parent: int) -> None:
        """Do the job, and never return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._wake)
            os.close(self._woken)
            do_one(socket.socket(fileno=connection), marks, parent)
            status = 0
        except ConnectionError:  # nobody waits for it any more
            status = 0
        except Exception as exc:  # noqa: BLE001  (whatever it is, the process ends here)
            sys.stderr.write(f"a process of the heavy lane failed: {type(exc).__name__}: {exc}\n")
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for number, pid in list(self._jobs.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._jobs[number]
                self._control.send(f"{number} {os.waitstatus_to_exitcode(status)}".encode())


def main(descriptor: int, parent: int) -> None:
    """Run the nursery on the socket that was inherited, then end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)
    with socket.socket(fileno=descriptor) as control:
        nursery = Nursery(control)
        try:
            restrict_gdal()
            with warmup_raster(Path(tempfile.gettempdir())) as raster:
                warm_up(raster)  # GDAL and PROJ load what they need once, here
            control.send(b"0 0")  # ready
            nursery.run()
        except OSError:  # the worker has gone
            pass
        finally:
            nursery.end()
