"""Channels that 8 bits would drown the others in are scaled down before their matrix, whose rows are scaled up.

Dynamic quantization spends its 256 steps on the whole range of a tensor, and a transformer has a few channels of forty
to two hundred times the standard deviation, mostly for the first or last token: in e5-small one in most of the second
feed-forward matrices. x W is (x / s) (s W): one multiplication a matrix. (Xiao et al. 2023, "SmoothQuant"; there all
channels are scaled, by the root of their size. What came of either: docs/decisions/0011-compiled-encoder.md.)

Only matrices that are still a MatMul with a constant of their own are scaled: not queries, keys and values, which are
one operator with their attention by then, and none that two layers share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# In standard deviations of the tensor.
WIDE: Final = 40.0  # the range of one that is worth a multiplication
TALL: Final = 16.0  # what its channels are scaled down to

# (channels of the input,), by the name of the MatMul node. Powers of two: dividing is exact, and the last bit of a
# deviation, which is another one on another machine, makes no other graph.
Scales = Mapping[str, npt.NDArray[np.float32]]


def outlier_scales(model: SentenceTransformer, pipeline: Any, texts: Sequence[str]) -> Scales:
    """By how much the inputs of the linear layers of `pipeline`, exported from `model`, are to be divided."""
    tallest: dict[str, torch.Tensor] = {}
    wide: set[str] = set()
    hooks = []
    for name, module in pipeline.named_modules():
        if isinstance(module, torch.nn.Linear):

            def look(_module: Any, inputs: Any, node: str = _node_name(name)) -> None:
                deviation = inputs[0].std()
                if not deviation > 0:  # of a constant, or of one number
                    return
                tall = inputs[0].reshape(-1, inputs[0].shape[-1]).abs().amax(0) / deviation
                tallest[node] = torch.maximum(tall, tallest.get(node, tall))
                if inputs[0].max() - inputs[0].min() > WIDE * deviation:
                    wide.add(node)

            hooks.append(module.register_forward_pre_hook(look))
    with torch.inference_mode():
        for text in texts:
            tokens = model.tokenizer([text], return_tensors="pt", truncation=True, max_length=model.max_seq_length)
            pipeline(tokens["input_ids"], tokens["attention_mask"])
    for hook in hooks:
        hook.remove()
    return {node: torch.exp2(torch.log2(tallest[node] / TALL).ceil().clamp(min=0)).numpy() for node in sorted(wide)}


def _node_name(module: str) -> str:
    """How the exporter names the MatMul of a module: a.layer.4.b gives /a/layer.4/b/MatMul."""
    return "/" + re.sub(r"\.(?!\d)", "/", module) + "/MatMul"


def scale_outliers(source: Path, target: Path, scales: Scales) -> None:
    """Write the same function with its outliers scaled, where the layer is a MatMul with a constant of its own."""
    model = onnx.load(str(source))
    weights = {one.name: one for one in model.graph.initializer}
    uses = Counter(name for node in model.graph.node for name in node.input)
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        scale = scales.get(node.name) if node.op_type == "MatMul" else None
        weight = weights.get(node.input[1]) if scale is not None and uses[node.input[1]] == 1 else None
        if scale is not None and weight is not None:
            divided, inverse = f"{node.name}/divided", f"{node.name}/inverse"
            rows = numpy_helper.to_array(weight) * scale[:, None]
            weight.CopyFrom(numpy_helper.from_array(rows, weight.name))
            model.graph.initializer.append(numpy_helper.from_array(1 / scale, inverse))
            nodes.append(helper.make_node("Mul", [node.input[0], inverse], [divided], divided))
            node.input[0] = divided
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, str(target))
