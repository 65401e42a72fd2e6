"""A sentence-transformers model as an ONNX graph, and its quantization. Needs torch and onnx: set-up only.

The whole pipeline is exported (transformer, pooling, dense layers, norm), so that serving knows nothing of its modules.
"""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from core.errors import ConfigurationError
from retrieval.encoder.manifest import ALONE, BATCH
from retrieval.encoder.outliers import Scales, scale_outliers
from retrieval.encoder.plain import write_alone, write_batch
from retrieval.encoder.words import WordTable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPSET = 17
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "sentence_embedding"
EXPORTABLE = ("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Dropout")


class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch is skipped by mypy, for speed
    """(input_ids, attention_mask), int64 (batch, tokens) -> unit vectors, float32 (batch, dimension)."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.transformer = model[0].auto_model
        self.rest = torch.nn.ModuleList(list(model)[1:])
        self.truncate_dim = model.truncate_dim

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        features = {"token_embeddings": tokens, "input_ids": input_ids, "attention_mask": attention_mask}
        for module in self.rest:
            features = module(features)
        return torch.nn.functional.normalize(features[OUTPUT][:, : self.truncate_dim], dim=1)


def check_exportable(model: SentenceTransformer) -> None:
    """Raises ConfigurationError, saying which, when the pipeline has a module that is not known to export."""
    names = [type(module).__name__ for module in model]
    if names[:2] != ["Transformer", "Pooling"] or not set(names) <= set(EXPORTABLE):
        raise ConfigurationError(f"its modules are {' + '.join(names)}; only {', '.join(EXPORTABLE)} can be compiled")
    if not model[1].include_prompt:
        raise ConfigurationError("its pooling leaves the prompt out, which a compiled graph cannot")


def word_table(model: SentenceTransformer) -> WordTable | None:
    """The model's table of word vectors where a few rows can stand in for it in the graph."""
    return WordTable.of(model, Pipeline(model))


def export(model: SentenceTransformer, path: Path) -> None:
    """Write the fp32 graph, batch and length dynamic, with a stand-in for the `word_table` where there is one.

    The model must be loaded with `attn_implementation="eager"`.
    """
    check_exportable(model)
    if words := word_table(model):
        with words.stood_in_for(model):
            _export(model, path)
        if words.is_in(path):
            return
    _export(model, path)


def _export(model: SentenceTransformer, path: Path) -> None:
    ids = torch.full((2, 8), 5, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    axes = {0: "batch", 1: "tokens"}
    with _quiet(), torch.inference_mode():
        # The TorchScript exporter: onnxruntime's attention fusion does not know the graphs of the dynamo one (measured
        # with torch 2.13: 12 of 12 attention layers fused against none).
        torch.onnx.export(
            Pipeline(model).eval(),
            (ids, mask),
            str(path),
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={**dict.fromkeys(INPUTS, axes), OUTPUT: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def fuse(source: Path, target: Path, heads: int, hidden: int) -> dict[str, int]:
    """Fuse attention, GELU and the norm of embeddings into onnxruntime's operators; returns how many of each."""
    options = FusionOptions("bert")
    # Its kernel takes 33 us for 14 tokens of e5-small, addition and layer norm apart 6 (onnxruntime 1.31, one thread).
    options.enable_skip_layer_norm = False
    # Likewise BiasGelu: .44 ms for 112 tokens, where Gelu takes .24 and the matrix before it adds the bias by the way.
    options.enable_bias_gelu = False
    with _quiet():
        graph = optimize_model(
            str(source),
            model_type="bert",
            num_heads=heads,
            hidden_size=hidden,
            optimization_options=options,
            opt_level=0,  # the rest is done at load time for the CPU that serves
        )
        graph.save_model_to_file(str(target))
        return {name: count for name, count in graph.get_fused_operator_statistics().items() if count}


Write = Callable[[Path, Path, Scales], None]


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to make the graph smaller and faster. `fused` says which fp32 graph it starts from.

    `write(source, target, scales)`: `scales` as `outlier_scales` gives them. `others`, by file name, likewise make the
    graphs for other shapes of input; they write nothing where the model has none.
    """

    name: str
    fused: bool
    write: Write
    others: Mapping[str, Write] = field(default_factory=dict)


def _int8(source: Path, target: Path, scales: Scales) -> None:
    scaled = target.with_suffix(".scaled")
    scale_outliers(source, scaled, scales)
    _quantize(scaled, target)
    scaled.unlink()


def _int8_plain(write: Callable[[Path, Path], bool], source: Path, target: Path, scales: Scales) -> None:
    plain = target.with_suffix(".plain")
    if write(source, plain):
        _int8(plain, target, scales)
        plain.unlink()


def _quantize(source: Path, target: Path) -> None:
    with _quiet():
        quantize_dynamic(
            str(source),
            str(target),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def _block_int8(source: Path, target: Path, _scales: Scales) -> None:
    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4, bits=8)
    with _quiet():
        quantizer = MatMulNBitsQuantizer(onnx.load(str(source)), algo_config=config)
        quantizer.process()
        quantizer.model.save_model_to_file(str(target), False)


def _copy(source: Path, target: Path, _scales: Scales) -> None:
    shutil.copyfile(source, target)


# From fast to exact; the first that passes the check is taken. Weights use 7 of 8 bits: where the processor has no
# instruction for it (VNNI), products are summed in pairs in 16 bits, which 8 x 8 bits overflow, so that one model would
# give other vectors there than on newer processors. Nothing is faster with 8 (docs/decisions/0011-compiled-encoder.md).
LADDER = (
    Rung("int8", True, _int8, {ALONE: partial(_int8_plain, write_alone), BATCH: partial(_int8_plain, write_batch)}),
    Rung("block-int8", True, _block_int8),
    Rung("fp32-fused", True, _copy),
    Rung("fp32", False, _copy),
)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporters print and log pages that mean nothing to who sets the product up."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
