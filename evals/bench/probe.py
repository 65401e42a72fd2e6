"""`python -m evals.bench.probe PORT PATH SECONDS [RATE]`: round trips of a small GET, as a JSON list of milliseconds.

A process of its own with nothing but the standard library, so that no lock of the bench can delay it. One probe is
under way at a time and late ones are left out, not made up for: a stall is then one long trip, and a server that is
merely too busy for RATE trips a second does not look as if it stood still.
"""

from __future__ import annotations

import http.client
import json
import sys
import time


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


if __name__ == "__main__":
    print(json.dumps(probe(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *map(float, sys.argv[4:5]))))
