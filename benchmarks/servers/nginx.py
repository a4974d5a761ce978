"""nginx: in front of MapServer, and by itself as the ceiling of what files can do."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.servers.server import HOST, WORKERS, Server, free_port, running, wait_until_answering

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

CONFIGURATION = """
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    types {{ image/jpeg jpg; image/png png; image/webp webp; }}
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {upstream}
    server {{
        listen {host}:{port} backlog=1024;
        location = /alive {{ return 200; }}
        {locations}
    }}
}}
"""


def installed() -> str | None:
    """Return the path of nginx, or None."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def nginx(folder: Path, locations: str, upstream: str = "") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run it with locations; yield its port and its process. Raises RuntimeError where it does not start."""
    folder.mkdir(parents=True, exist_ok=True)
    port, configuration, log = free_port(), folder / "nginx.conf", folder / "nginx.out"
    places = {"folder": folder, "host": HOST, "port": port, "workers": WORKERS}
    configuration.write_text(CONFIGURATION.format(locations=locations, upstream=upstream, **places))
    words = [
        str(installed()),
        "-e",
        str(folder / "nginx.log"),
        "-c",
        str(configuration),
        "-g",
        "daemon off; user root;",
    ]
    if os.geteuid() != 0:
        words[-1] = "daemon off;"
    with running(words, {}, log) as process:
        wait_until_answering(f"http://{HOST}:{port}/alive", process, log)
        yield port, process


@contextmanager
def files_server(folder: Path, bodies: Sequence[bytes], suffix: str) -> Iterator[tuple[Server, list[str]]]:
    """Serve bodies as files; yield the server and their paths."""
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(bodies):
        (files / f"{number}.{suffix}").write_bytes(body)
    locations = f"sendfile on; tcp_nopush on; open_file_cache max=10000; root {files};"
    with nginx(folder, locations) as (port, process):
        server = Server(name="nginx", port=port, roots=(process.pid,))
        yield server, [f"/{number}.{suffix}" for number in range(len(bodies))]
