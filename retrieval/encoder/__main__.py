"""`python -m retrieval.encoder MODELS_DIR [MODEL]`: prepare a model in a process of its own (torch stays)."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import CopilotError
from retrieval.encoder.compile import prepare_models

if __name__ == "__main__":
    try:
        prepare_models(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
    except CopilotError as error:
        sys.exit(f"copilot: {error.message}")
