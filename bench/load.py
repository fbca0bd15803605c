"""Load with wrk (Debian's package), which costs the two cores least."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .world import Client

_LUA = """\
local clients = {{{clients}}}
local number = 0
request = function()
  number = number % #clients + 1
  local client = clients[number]
  return wrk.format("GET", "{path}?" .. client[1], {{["Authorization"] = client[2]}})
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Figures:
    """One run: answers per second, and milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int


def script(clients: list[Client], folder: Path, path: str = "/init/registry/token") -> Path:
    """Write the script that makes wrk send the clients' requests in turn."""
    rows = ",".join(f"{{{json.dumps(c.query)},{json.dumps(c.authorization)}}}" for c in clients)
    lua = folder / "load.lua"
    lua.write_text(_LUA.format(clients=rows, path=path))
    return lua


def run(url: str, lua: Path, connections: int, seconds: int) -> Figures:
    """Send requests over some connections for a while."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    command = [
        wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s",
        "-s", str(lua), url,
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Figures(
        float(_find(r"Requests/sec:\s+([\d.]+)", text)),
        _milliseconds("50", text),
        _milliseconds("99", text),
        sum(map(int, re.findall(r"(?:Non-2xx or 3xx responses: |timeout )(\d+)", text))),
    )


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk said something else:\n{text}")
    return match.group(1)


def _milliseconds(percentile: str, text: str) -> float:
    match = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s)", text)
    return float(match.group(1)) * _UNITS[match.group(2)] if match else float("nan")
