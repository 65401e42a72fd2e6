"""What a page may weigh. The figures are printed by `python -m evals.bench.web` and stand in docs/benchmarks.md."""

from __future__ import annotations

from evals.bench import web


def test_the_console_first_load_keeps_its_budget() -> None:
    size = web.console_first_load()
    assert 100_000 < size <= web.CONSOLE_BYTES, f"{size} bytes of gzipped JavaScript before the inbox is shown"


def test_the_widget_keeps_its_budget() -> None:
    size = web.widget_size()
    assert 5_000 < size <= web.WIDGET_BYTES, f"the widget is {size} bytes gzipped"
