from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from core.errors import NotFound, TooLarge
from core.storage import CHUNK, HEAD, FileStore


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_saved_is_given_back(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    content = os.urandom(3 * CHUNK + 17)
    stored = store.save(io.BytesIO(content), limit=len(content))
    assert store.path(stored.key).read_bytes() == content
    assert (stored.size, stored.head) == (len(content), content[:HEAD])
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    again = store.save(io.BytesIO(content), limit=len(content))
    store.delete(again.key)
    assert store.path(stored.key).read_bytes() == content, "the same bytes twice are two files"


def test_a_file_past_the_limit_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(TooLarge):
        store.save(io.BytesIO(b"x" * 1001), limit=1000)
    assert files_in(tmp_path) == []
    assert store.save(io.BytesIO(b"x" * 1000), limit=1000).size == 1000


@pytest.mark.parametrize("key", ["../../etc/passwd", "..", "", "a" * 31, "A" * 32, "a" * 32 + "/x"])
def test_a_key_leads_nowhere_else(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("no")
    with pytest.raises(NotFound):
        FileStore(tmp_path / "files").path(key)
    with pytest.raises(NotFound):
        FileStore(tmp_path / "files").delete(key)


def test_old_files_are_found_and_rests_of_interrupted_uploads_removed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    old, new = (store.save(io.BytesIO(b"x"), limit=10) for _ in range(2))
    rest = store.path(old.key).with_name("0" * 32 + ".part")
    rest.write_bytes(b"half")
    hour_ago = time.time() - 3600
    for path in (store.path(old.key), rest):
        os.utime(path, (hour_ago, hour_ago))
    assert list(store.older_than(1800)) == [old.key]
    assert not rest.exists()
    assert store.path(new.key).exists()
