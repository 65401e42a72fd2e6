"""The table of word vectors, which no step of compiling looks at: most of a multilingual model (384 of the 470 MB of
e5-small). A few rows stand in for it until the graph is made, so that the steps do not copy all of it time and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization.quant_utils import quantize_nparray

from core.errors import ConfigurationError
from retrieval.encoder.manifest import WORDS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STAND_IN = 16  # rows; the ids that a model is exported with must be below
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class WordTable:
    """`name`: the table's in an exported graph; `rows`: float32 (vocabulary, width)."""

    name: str
    rows: npt.NDArray[np.float32]

    @classmethod
    def of(cls, model: SentenceTransformer, pipeline: Any) -> WordTable | None:
        """The table of `model`, exported as `pipeline`; None where it is no plain table of float32, or has few rows
        anyway, or names a row for padding that a stand-in would not have."""
        try:
            words = model[0].auto_model.get_input_embeddings()
        except NotImplementedError:  # transformers does not know where this architecture keeps them
            return None
        weight, padding = getattr(words, "weight", None), getattr(words, "padding_idx", None)
        if weight is None or weight.dtype is not torch.float32 or not (padding is None or 0 <= padding < STAND_IN):
            return None
        names = [name for name, parameter in pipeline.named_parameters() if parameter is weight]
        if len(names) != 1 or weight.ndim != 2 or len(weight) <= STAND_IN:
            return None
        return cls(names[0], weight.detach().numpy())

    @contextmanager
    def stood_in_for(self, model: SentenceTransformer) -> Iterator[None]:
        """Within the block the model knows STAND_IN words. The least and the greatest value stay, so that a scale that
        is made of them is the one of the whole table."""
        words = model[0].auto_model.get_input_embeddings()
        whole = words.weight
        width = self.rows.shape[1]
        rows = np.zeros((STAND_IN, width), np.float32)
        rows[:2] = self.rows[[int(self.rows.argmin()) // width, int(self.rows.argmax()) // width]]
        words.weight = torch.nn.Parameter(torch.from_numpy(rows), requires_grad=False)
        try:
            yield
        finally:
            words.weight = whole

    def is_in(self, path: Path) -> bool:
        """Does the graph have a table of this name?"""
        graph = onnx.load(str(path), load_external_data=False).graph
        return any(one.name == self.name for one in graph.initializer)

    def put_into(self, *paths: Path) -> None:
        """Put the whole table where its stand-in is, quantized as the stand-in was, into each of these graphs.

        The table is WORDS beside them, which onnxruntime maps and does not read: sessions and processes share its
        pages. Does nothing to a graph that has the whole table. Raises ConfigurationError where one has neither, or
        quantized it otherwise than the one before.
        """
        written: tuple[int, float, int] | None = None
        for path in paths:
            model = onnx.load(str(path), load_external_data=False)
            known = {one.name: one for one in model.graph.initializer}
            plain, quantized = known.get(self.name), known.get(self.name + "_quantized")
            found = plain or quantized
            if found is None or found.dims[1:] != [self.rows.shape[1]]:
                raise ConfigurationError(f"the table of words ({self.name}) is not in the graph")
            if found.dims[0] == len(self.rows):
                continue
            scale, zero = (
                (1.0, 0)
                if plain
                else (onnx.numpy_helper.to_array(known[self.name + part]).item() for part in ("_scale", "_zero_point"))
            )
            how = (found.data_type, scale, zero)
            if written is None:
                self._write(path.with_name(WORDS), *how)
            elif written != how:
                raise ConfigurationError(f"the table of words ({self.name}) is quantized in two ways")
            written = how
            _refer(found, len(self.rows), path.with_name(WORDS))
            onnx.save(model, str(path))

    def _write(self, path: Path, data_type: int, scale: float, zero: int) -> None:
        with path.open("wb") as file:
            for at in range(0, len(self.rows), _ROWS_AT_ONCE):
                part = self.rows[at : at + _ROWS_AT_ONCE]
                if data_type != onnx.TensorProto.FLOAT:
                    part = quantize_nparray(data_type, part, scale, zero)
                part.tofile(file)
        path.chmod(0o444)  # a process that has it mapped would read what is written over it


def _refer(tensor: onnx.TensorProto, rows: int, file: Path) -> None:
    """Make the tensor of `rows` rows the content of `file`, which is beside the graph."""
    tensor.dims[0] = rows
    tensor.ClearField("raw_data")
    tensor.ClearField("external_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", file.name), ("offset", "0"), ("length", str(file.stat().st_size))):
        tensor.external_data.add(key=key, value=value)
