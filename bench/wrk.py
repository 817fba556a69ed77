"""One run of wrk, and what it says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
QUANTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
REQUESTS = re.compile(r"^\s+(\d+) requests in ", re.MULTILINE)
SOCKET_ERRORS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
STATUS_ERRORS = re.compile(r"Non-2xx or 3xx responses: (\d+)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`rate` is in requests for each second, p50 and p99 in milliseconds."""

    requests: int
    rate: float
    p50: float
    p99: float
    socket_errors: int
    status_errors: int

    @property
    def errors(self) -> int:
        return self.socket_errors + self.status_errors


def load(url: str, clients: int, seconds: int) -> Load:
    # One thread: the load comes from the CPUs that the servers run on.
    command = ("wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "5s", url)
    return read(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def read(text: str) -> Load:
    quantiles = {name: float(number) * MILLISECONDS[unit] for name, number, unit in QUANTILE.findall(text)}
    (rate,), (requests,) = RATE.findall(text), REQUESTS.findall(text)
    sockets, statuses = SOCKET_ERRORS.search(text), STATUS_ERRORS.search(text)
    return Load(
        requests=int(requests),
        rate=float(rate),
        p50=quantiles["50"],
        p99=quantiles["99"],
        socket_errors=sum(int(number) for number in sockets.groups()) if sockets else 0,
        status_errors=int(statuses[1]) if statuses else 0,
    )
