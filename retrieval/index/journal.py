"""What was written while a new generation is built aside, so that it can be repeated there before the swap."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from core.errors import Unavailable
from retrieval.index.frames import decode_points, encode_points, read_frames, write_frame
from retrieval.index.shard import Shard
from retrieval.index.store import Point

_UPSERT: Final = b"U"
_DELETE: Final = b"D"
_DELETE_DOCUMENTS: Final = b"X"


class Journal:
    """Append under the store's write lock; replay from any thread. Lives no longer than its rebuild: no fsync."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")
        self._read_to = 0
        self._broken = False

    def upsert(self, points: Sequence[Point]) -> None:
        self._append(_UPSERT + encode_points(points))

    def delete(self, passage_ids: Sequence[int]) -> None:
        self._append(_DELETE + orjson.dumps(passage_ids))

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        self._append(_DELETE_DOCUMENTS + orjson.dumps(document_ids))

    def _append(self, frame: bytes) -> None:
        try:
            write_frame(self._file, frame)
            self._file.flush()
        except OSError:
            self._broken = True  # a full disk: half a frame may be there
            raise

    def replay(self, shard: Shard) -> int:
        """Repeat on `shard` what came since the last call and is complete; returns the points written (a deletion is
        one)."""
        if self._broken:
            raise Unavailable("A write during the rebuild could not be noted (is the disk full?). Run it again.")
        end = self._path.stat().st_size
        done = 0
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            frames = read_frames(file)
            while file.tell() < end:
                try:
                    frame = next(frames)
                except (EOFError, StopIteration):
                    break  # a writer is in the middle of it: next time
                kind, body = frame[:1], frame[1:]
                written = 1
                if kind == _UPSERT:
                    points = decode_points(body)
                    shard.upsert(points)
                    written = len(points)
                elif kind == _DELETE:
                    shard.delete(orjson.loads(body))
                else:
                    shard.delete_documents(orjson.loads(body))
                self._read_to = file.tell()
                done += written
        return done

    def close(self) -> None:
        with contextlib.suppress(OSError):  # a full disk, which its writer has been told already
            self._file.close()
        self._path.unlink(missing_ok=True)
