from __future__ import annotations

import pytest

from demo.generate import ShopRows, build_demo


@pytest.fixture(scope="session")
def demo_rows() -> dict[str, ShopRows]:
    """The default demo, built once: reading is all that tests do with it."""
    return build_demo()
