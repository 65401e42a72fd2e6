"""`python -m retrieval.encoder MODELS_DIR [MODEL…]`: prepare models in a process of its own (torch stays)."""

from __future__ import annotations

import sys
from pathlib import Path

from core.errors import CopilotError
from retrieval.encoder.compile import prepare_models

if __name__ == "__main__":
    try:
        for model in dict.fromkeys(sys.argv[2:] or [""]):
            prepare_models(Path(sys.argv[1]), model)
    except CopilotError as error:
        sys.exit(f"copilot: {error.message}")
