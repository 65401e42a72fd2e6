"""`python -m evals.bench.probe PORT PATH SECONDS [RATE]`: round trips of a small GET, as a JSON list of milliseconds.

A process of its own with nothing but the standard library, so that no lock of the bench can delay it. A probe is sent
when its turn has come even if the one before was late: a stall of 300 ms shows as one long trip, and the probes that
queued behind it count from the time at which they were due.
"""

from __future__ import annotations

import http.client
import json
import sys
import time


def probe(port: int, path: str, seconds: float, rate: float = 100.0) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    began = time.perf_counter()
    for number in range(int(seconds * rate)):
        due = began + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
            due = time.perf_counter()  # the time that we overslept is ours, not the server's
        connection.request("GET", path)
        connection.getresponse().read()
        times.append((time.perf_counter() - due) * 1e3)
    return times


if __name__ == "__main__":
    print(json.dumps(probe(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *map(float, sys.argv[4:5]))))
