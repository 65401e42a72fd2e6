from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from retrieval.index import owner
from retrieval.index.connect import local_client
from retrieval.index.edge import EdgeStore
from retrieval.index.server_store import ServerStore
from retrieval.index.store import Point, VectorStore
from retrieval.sparse import encode_passage
from retrieval.types import PassageDoc

DIMENSION = 16
MODEL = "test-model"


def unit(seed: int, dimension: int = DIMENSION) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def make_point(passage_id: int, text: str = "退货政策", dimension: int = DIMENSION, **fields: object) -> Point:
    values: dict = {
        "document_id": f"article:{passage_id}",
        "source_kind": "article",
        "title": "标题",
        "version": 1,
        "span": (0, len(text)),
        "language": "zh",
        **fields,
    }
    doc = PassageDoc(id=passage_id, text=text, **values)
    return Point(doc, unit(passage_id, dimension), encode_passage(text))


def stop_owner(root: Path) -> None:
    """End the index process of this directory, if there is one, by its own pid."""
    found = owner.find(root)
    if found is not None and owner.is_owned(root):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGKILL)


def memory_dir() -> Path:
    """In memory where there is such a place: creating a shard waits a second for a slow disk."""
    base = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="copilot-index-", dir=base if os.access(base, os.W_OK) else None))


@pytest.fixture
def index_dir() -> Iterator[Path]:
    root = memory_dir()
    yield root / "index"
    stop_owner(root / "index")
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_dir() -> Iterator[Path]:
    """Of one index process that many tests use one after the other."""
    root = memory_dir()
    yield root / "index"
    stop_owner(root / "index")
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(params=["edge", "process", "server"])
def store(request: pytest.FixtureRequest) -> Iterator[VectorStore]:
    if request.param == "edge":
        opened: VectorStore = EdgeStore(request.getfixturevalue("index_dir"))
    elif request.param == "process":
        opened = local_client(request.getfixturevalue("shared_dir"), idle_exit=30)
        opened.delete(range(1, 200))  # what the test before left
    else:
        opened = ServerStore(QdrantClient(":memory:"), "passages", settle=0)
    opened.ensure(MODEL, DIMENSION)
    yield opened
    opened.close()
