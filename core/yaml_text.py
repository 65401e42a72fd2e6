"""YAML by libyaml where PyYAML was built with it (its wheels are): a tenth of the time of the one in Python."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str) -> Any:
    """Plain data, as `yaml.safe_load`. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)
