"""What a server's start and its pauses depend on, counted in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

_STARTED = """
import gc, json, sys
import cli.serve
from api.app import create_app, settle
app = create_app(None)
before = len(gc.get_objects())
settle(app)
print(json.dumps({"before": before, "left": len(gc.get_objects()), "modules": sorted(sys.modules)}))
"""
# Seconds of start-up and hundreds of megabytes that only training and the preparation of models need.
HEAVY = {"sklearn", "scipy.stats", "torch", "transformers", "sentence_transformers", "celery", "langchain_core"}


def test_a_server_starts_light_and_is_not_stopped_by_the_garbage_collector() -> None:
    """The collector holds Python's lock while it looks at what it knows; a started server leaves it next to nothing."""
    done = subprocess.run([sys.executable, "-c", _STARTED], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert not HEAVY & set(told["modules"])
    assert told["before"] > 50_000  # what there would be to look at
    assert told["left"] < told["before"] / 20
