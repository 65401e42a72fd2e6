"""A sentence-transformers model as an ONNX graph, and its quantization. Needs torch and onnx: set-up only.

The whole pipeline is exported (transformer, pooling, dense layers, norm), so that serving knows nothing of its modules.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import shutil
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

from core.errors import ConfigurationError
from retrieval.encoder.words import WordTable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPSET = 17
INPUTS = ("input_ids", "attention_mask")
OUTPUT = "sentence_embedding"
EXPORTABLE = ("Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Dropout")
OUTLIER_RANGE = 128.0


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
    """Fuse attention, layer norm and GELU into onnxruntime's operators; returns how many of each were made."""
    with _quiet():
        graph = optimize_model(
            str(source),
            model_type="bert",
            num_heads=heads,
            hidden_size=hidden,
            optimization_options=FusionOptions("bert"),
            opt_level=0,  # the rest is done at load time for the CPU that serves
        )
        graph.save_model_to_file(str(target))
        return {name: count for name, count in graph.get_fused_operator_statistics().items() if count}


def outlier_matmuls(model: SentenceTransformer, texts: Sequence[str]) -> set[str]:
    """The linear layers, by their node's name in the graph, whose input has outliers that 8 bits would drown in.

    Dynamic quantization spends its 256 steps on the whole range of a tensor. Where that range exceeds
    OUTLIER_RANGE standard deviations, a step is half a standard deviation and more. In e5-small these are 3 of 36:
    the second feed-forward matrices of layers 0, 4 and 5. (Outlier features: Dettmers et al. 2022, "LLM.int8()".)
    """
    pipeline = Pipeline(model).eval()
    found: set[str] = set()
    hooks = []
    for name, module in pipeline.named_modules():
        if isinstance(module, torch.nn.Linear):

            def look(_module: Any, inputs: Any, node: str = _node_name(name)) -> None:
                if float(inputs[0].max() - inputs[0].min()) > OUTLIER_RANGE * float(inputs[0].std()):
                    found.add(node)

            hooks.append(module.register_forward_pre_hook(look))
    with torch.inference_mode():
        for text in texts:
            tokens = model.tokenizer([text], return_tensors="pt", truncation=True, max_length=model.max_seq_length)
            pipeline(tokens["input_ids"], tokens["attention_mask"])
    for hook in hooks:
        hook.remove()
    return found


def _node_name(module: str) -> str:
    """How the exporter names the MatMul of a module: a.layer.4.b gives /a/layer.4/b/MatMul."""
    return "/" + re.sub(r"\.(?!\d)", "/", module) + "/MatMul"


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to make the graph smaller and faster. `fused` says which fp32 graph it starts from.

    `write(source, target, keep)`: `keep` are the MatMul nodes with outliers.
    """

    name: str
    fused: bool
    write: Callable[[Path, Path, Collection[str]], None]


def _int8(keep_outliers: bool, reduce_range: bool = False) -> Callable[[Path, Path, Collection[str]], None]:
    def write(source: Path, target: Path, keep: Collection[str]) -> None:
        with _quiet():
            quantize_dynamic(
                str(source),
                str(target),
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=reduce_range,
                nodes_to_exclude=sorted(keep) if keep_outliers else [],
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )

    return write


def _block_int8(source: Path, target: Path, _keep: Collection[str]) -> None:
    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4, bits=8)
    with _quiet():
        quantizer = MatMulNBitsQuantizer(onnx.load(str(source)), algo_config=config)
        quantizer.process()
        quantizer.model.save_model_to_file(str(target), False)


def _copy(source: Path, target: Path, _keep: Collection[str]) -> None:
    shutil.copyfile(source, target)


# From fast to exact; the first that passes the check is taken. Measured for e5-small, one thread, AVX-512 VNNI, as
# speed against torch (one query / 32 questions / 250 tokens) and the lowest cosine of whole batches: int8 with one
# scale a matrix 7.1/3.9/4.0 and .981; one scale a channel 7.2/3.6/3.3 and .993; block int8 3.5/1.8/1.6 and .9999; fp32
# fused 2.6/2.0/2.2. A 7-bit range is for CPUs without VNNI, where the 16-bit sums of 8-bit products saturate.
LADDER = (
    Rung("int8", True, _int8(keep_outliers=True)),
    Rung("int8-reduced-range", True, _int8(keep_outliers=True, reduce_range=True)),
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
