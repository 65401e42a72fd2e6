"""The serving encoder: onnxruntime and tokenizers, nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from core.errors import ConfigurationError, InvalidInput
from retrieval.encoder.base import Vectors
from retrieval.encoder.manifest import ALONE, BATCH, GRAPH, TOKENIZER, Manifest

# Small batches of like length pad less and stay in the CPU's cache; what each costs is that all weights are read.
# Against 2048 tokens at most, 128 take .96 of the time for 32 questions of 9 to 24 tokens, .92 for passages of 26 to 55
# and .81 for those of 250 (96: 1.00 and .97; 256: 1.00, .94 and .81). One thread, AVX-512 VNNI, 1.25 MB of L2 cache.
BATCH_TOKENS = 128
BATCH_TEXTS = 8
# From here on the graph for one text is the faster one: for 14, 66, 100, 160, 250 and 400 tokens it takes 1.13, 1.01,
# .97, .96, .87 and .87 of the other's time (the same machine).
ALONE_TOKENS = 100
_TOKENIZE_AT_ONCE = 4096


class CompiledEncoder:
    """A compiled model directory behind the `Encoder` protocol. One instance serves all threads of a process."""

    def __init__(self, directory: Path, threads: int = 1) -> None:
        """Raises ConfigurationError when the directory is not a usable compiled model."""
        self.manifest = Manifest.read(directory)
        if threads == 1:
            # Otherwise the tokenizer starts a thread per core, beside the ones that we were asked to use.
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._directory, self._threads = directory, threads
        self._others: dict[str, onnxruntime.InferenceSession | None] = {
            name: None for name in (ALONE, BATCH) if (directory / name).exists()
        }
        self._loading = threading.Lock()
        with _damaged(directory):
            if damage := self.manifest.damage(directory):
                raise ValueError(damage)
            self.session = _session(directory / GRAPH, threads)
            self.tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.manifest.max_length)

    @property
    def dimension(self) -> int:
        return self.manifest.dimension

    @property
    def model_version(self) -> str:
        return self.manifest.model_version

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self.manifest.query_prompt, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self.manifest.passage_prompt, texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        if isinstance(texts, str):
            raise InvalidInput("Pass a list of texts to the encoder, not one string.")
        if len(texts) == 1:
            ids = np.array([self.tokenizer.encode_batch_fast([prompt + texts[0]])[0].ids], np.int64)
            return self._run(ids, np.ones_like(ids))
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _TOKENIZE_AT_ONCE):
            part = [prompt + text for text in texts[start : start + _TOKENIZE_AT_ONCE]]
            rows = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(part)]
            for batch in batches_by_length([len(row) for row in rows]):
                width = len(rows[batch[-1]])
                ids = np.full((len(batch), width), self.manifest.pad_id, np.int64)
                mask = np.zeros((len(batch), width), np.int64)
                for at, row in enumerate(batch):
                    ids[at, : len(rows[row])] = rows[row]
                    mask[at, : len(rows[row])] = 1
                vectors[[start + row for row in batch]] = self._run(ids, mask)
        return vectors

    def _run(self, ids: np.ndarray, mask: np.ndarray) -> Vectors:
        # The graph ends with the model's own pooling, its Dense layers if any, and the L2 norm.
        texts, width = ids.shape
        name = BATCH if texts > 1 else ALONE if width >= ALONE_TOKENS else GRAPH
        session = self._session_of(name) if name in self._others else self.session
        output: Vectors = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return output

    def _session_of(self, name: str) -> onnxruntime.InferenceSession:
        """Loaded when it is first needed: who only answers questions needs none.

        `session` where another model has taken the directory since we loaded ours.
        """
        with self._loading:
            session = self._others[name]
            if session is None:
                try:
                    with _damaged(self._directory):
                        session = _session(self._directory / name, self._threads)
                except ConfigurationError:
                    if self._is_still_ours():
                        raise
                if session is None or not self._is_still_ours():
                    session = self.session
                self._others[name] = session
            return session

    def _is_still_ours(self) -> bool:
        """To be asked after loading: what was read before a change is ours."""
        try:
            return Manifest.read(self._directory) == self.manifest
        except (OSError, ValueError, ConfigurationError):
            return False


def _session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle workers must not burn the cores that the server and the index share.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(graph),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # would undo what `fuse` leaves apart
    )


@contextmanager
def _damaged(directory: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # onnxruntime and tokenizers raise bare or private exception types
        raise ConfigurationError(
            f"The compiled model in {directory} is damaged ({error}). Delete it and run `copilot models prepare`."
        ) from error


def batches_by_length(lengths: Sequence[int]) -> list[list[int]]:
    """Row numbers in batches of rising length: at most BATCH_TEXTS rows and BATCH_TOKENS tokens, padding included.

    A row that is longer is a batch of its own.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        last = batches[-1] if batches else None
        if last is None or len(last) == BATCH_TEXTS or (len(last) + 1) * lengths[row] > BATCH_TOKENS:
            batches.append([row])
        else:
            last.append(row)
    return batches
