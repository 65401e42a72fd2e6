"""`copilot bench`: every figure of this machine in one run, a part at a time, a broken part not stopping the others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from core.errors import InvalidInput
from core.settings import Settings
from evals.bench import api, encoder, gate, help, inbox, index, ingest, path, serving, web
from evals.bench.figures import Figure, failed, skipped
from evals.bench.knowledge_base import POINTS

Emit = Callable[[Figure], None]
FILTERED_POINTS: Final = 100_000
REBUILD_POINTS: Final = 20_000
NDCG_DOCUMENTS: Final = 1000  # of each set; the whole sets take an hour: `python -m evals.bench.encoder --ndcg DIR`
NDCG_SETS: Final = ("zh_passages", "lecoqa_zh")
API_ROUNDS: Final = 6


def _peers(settings: Settings) -> list[Figure]:
    from evals.bench import peers  # noqa: PLC0415 - LangChain and torch, which no other part shall have in memory

    return peers.figures(settings, POINTS)


def _ndcg(settings: Settings, data: Path | None) -> list[Figure]:
    goal, unit = f"<= {encoder.NDCG_GOAL:g}", "nDCG@10"
    found: list[Figure] = []
    for name in NDCG_SETS:
        folder = None if data is None else data / "retrieval" / name
        label = f"encoder_ndcg10_lost_{name}"
        if folder is None:
            found.append(skipped(label, unit, goal, "needs the shared data folder: copilot bench --data DIR"))
        elif not folder.is_dir():
            found.append(skipped(label, unit, goal, f"there is no {folder}"))
        else:
            found += encoder.ndcg_lost(folder, settings.data_dir / "cache" / "bench", NDCG_DOCUMENTS, _say)
    return found


def parts(settings: Settings, data: Path | None) -> Mapping[str, Callable[[], list[Figure]]]:
    """What `--only` names, in the order in which it runs: what loads torch comes last."""
    return {
        "path": lambda: path.figures(settings, POINTS),
        "ingest": lambda: ingest.figures(settings),
        "overhead": index.process_overhead,
        "rebuild": lambda: index.search_during_rebuild(REBUILD_POINTS),
        "filtered": lambda: index.filtered_search(FILTERED_POINTS),
        "serving": lambda: serving.figures(settings, REBUILD_POINTS),
        "help": lambda: help.figures(settings),
        "api": lambda: api.figures(API_ROUNDS),
        "inbox": inbox.figures,
        "gate": gate.figures,
        "web": web.figures,
        "footprint": encoder.footprint,
        "peers": lambda: _peers(settings),
        "encoder": encoder.speed,
        "ndcg": lambda: _ndcg(settings, data),
    }


def _say(text: str) -> None:
    """Progress goes to standard error: standard output is one JSON line a figure."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(settings: Settings, emit: Emit, only: Collection[str] = (), data: Path | None = None) -> int:
    """Measure, `emit` each figure when its part is done; returns how many missed their goal.

    `only` names parts, all when empty; `data` is the shared data folder. Raises InvalidInput for a part that there is
    not. Skipped figures (`ok` is None) are not missed.
    """
    known = parts(settings, data)
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InvalidInput(f"There is no part {unknown[0]!r} of the bench. Known: {', '.join(known)}.")
    missed = 0
    for name, measure in known.items():
        if only and name not in only:
            continue
        _say(f"{name} …")
        began = time.monotonic()
        try:
            found = measure()
        except Exception as error:  # whatever broke is a missed figure; the others are still wanted
            found = [failed(name, error)]
        for one in found:
            emit(one)
            missed += one["ok"] is False
        _say(f"{name}: {time.monotonic() - began:.0f} s")
    return missed
