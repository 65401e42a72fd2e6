"""`python -m evals.bench.probe PORT PATH SECONDS`: round trips of a small GET and, in the same seconds, how late a
process that only sleeps is woken; two JSON lists of milliseconds. What both are late by is not the server's.

A process of its own with nothing but the standard library, so that no lock of the bench can delay it. One probe is
under way at a time and late ones are left out, not made up for: a stall is then one long trip, and a server that is
merely too busy for RATE trips a second does not look as if it stood still.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def probe(port: int, path: str, seconds: float, rate: float = 100.0) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        connection.request("GET", path)
        connection.getresponse().read()
        times.append((time.perf_counter() - started) * 1e3)
        time.sleep(max(0.0, 1 / rate - (time.perf_counter() - started)))
    return times


def lateness(seconds: float, rate: float = 100.0) -> list[float]:
    """By how many milliseconds each sleep of 1 / `rate` seconds is too long: what the machine itself makes wait."""
    late = []
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        time.sleep(1 / rate)
        late.append((time.perf_counter() - started - 1 / rate) * 1e3)
    return late


if __name__ == "__main__":
    port, path, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    # A process of its own: two threads would wait for each other's lock.
    with ProcessPoolExecutor(1) as pool:
        late = pool.submit(lateness, seconds)
        print(json.dumps([probe(port, path, seconds), late.result()]))
