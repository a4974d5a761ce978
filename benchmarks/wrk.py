"""Loads by wrk, where a client in Python would be slower than the server."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.checks import LARGEST, MEDIA_TYPES, SMALLEST, WrongAnswer
from benchmarks.figures import Result
from benchmarks.servers.server import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.servers.server import Server

QUANTILES = (50, 99)
LONGEST = 600  # seconds

PATHS = """
local paths, n = {}, 0
init = function()
    for line in io.lines("@paths@") do paths[#paths + 1] = wrk.format("GET", line) end
end
request = function() n = n % #paths + 1; return paths[n] end
"""
FOR_A_WHILE = """
done = function(summary, latency)
    local e = summary.errors
    io.write(string.format('RESULT {"tiles": %d, "seconds": %f, "bytes": %d, "errors": %d, "p50": %f, "p99": %f}\\n',
        summary.requests, summary.duration / 1e6, summary.bytes,
        e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
"""
ONCE = """
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long n; } t_time; int clock_gettime(int, t_time*);")
local function now()
    local t = ffi.new("t_time")
    ffi.C.clock_gettime(1, t)
    return tonumber(t.s) + tonumber(t.n) / 1e9
end
local got, size, errors, started, told = 0, 0, 0, nil, ""
local cycle = request
request = function() started = started or now(); return cycle() end
local good = {@media_types@}
response = function(status, headers, body)
    got, size = got + 1, size + #body
    local media_type = headers["Content-Type"] or headers["content-type"] or ""
    if status ~= 200 or not good[media_type] or #body < @smallest@ or #body > @largest@ then
        errors, told = errors + 1, status .. " " .. media_type .. " " .. #body
    end
    if got == #paths then
        io.write(string.format('RESULT {"tiles": %d, "seconds": %f, "bytes": %d, "errors": %d, "told": "%s"}\\n',
            got, now() - started, size, errors, told))
        io.flush()
        os.exit(0)
    end
end
"""
"""wrk itself can only run for a time: the script ends it when all answers are there."""


def installed() -> bool:
    """Whether wrk is here."""
    return shutil.which("wrk") is not None


def saturate(server: Server, paths: Sequence[str], connections: int, seconds: int) -> Result:
    """Load paths over and over for some seconds. Its latencies are two quantiles. Raises WrongAnswer."""
    before = server.cpu_seconds()
    told = _run(server, PATHS + FOR_A_WHILE, paths, connections, seconds)
    quantiles = [told["p50"]] * QUANTILES[1] + [told["p99"]]
    return _result(server, told, tuple(quantiles), before)


def once(server: Server, paths: Sequence[str], image_format: str, connections: int) -> Result:
    """Load each path once, and check each answer. It has no latencies. Raises WrongAnswer."""
    before = server.cpu_seconds()
    media_types = ", ".join(f'["{name}"] = true' for name in sorted(MEDIA_TYPES[image_format]))
    script = PATHS + ONCE
    for name, value in (("media_types", media_types), ("smallest", SMALLEST), ("largest", LARGEST)):
        script = script.replace(f"@{name}@", str(value))
    told = _run(server, script, paths, connections, LONGEST)
    return _result(server, told, (), before)


def _run(server: Server, script: str, paths: Sequence[str], connections: int, seconds: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        listed, lua = Path(name) / "paths", Path(name) / "load.lua"
        listed.write_text("\n".join(paths))
        lua.write_text(script.replace("@paths@", str(listed)))
        words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(lua)]
        run = subprocess.run([*words, f"http://{HOST}:{server.port}"], capture_output=True, text=True, check=False)
    lines = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise WrongAnswer(f"wrk failed on {server.name}: {run.stdout[-1000:]}{run.stderr[-1000:]}")
    told: dict[str, Any] = json.loads(lines[-1].removeprefix("RESULT "))
    if told["errors"] or "Non-2xx" in run.stdout:
        raise WrongAnswer(f"{server.name} answered wrongly {told['errors']} times of {told['tiles']}: {told}")
    return told


def _result(server: Server, told: dict[str, Any], latencies: tuple[float, ...], cpu_before: float) -> Result:
    return Result(
        tiles=told["tiles"],
        seconds=told["seconds"],
        latencies=latencies,
        bytes=told["bytes"],
        cpu=server.cpu_seconds() - cpu_before,
        memory=server.memory(),
    )
