"""A second graph, for one long text without padding: what the chunker makes of an article.

onnxruntime's QAttention multiplies its input by 3 x heads narrow matrices, each of which packs it anew, and copies the
mask for each head. A text alone needs no mask: one matrix makes queries, keys and values, and a few heads at a time
their scores, which then stay in the CPU's second cache (four of 250 x 250 float32 are 1 MB). Short texts would lose:
there the number of operators counts. One graph that chooses by an `If` would cost each question 2 to 4%.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

HEADS_AT_ONCE: Final = 4  # at most
_CONTRIB: Final = "com.microsoft"


def write_alone(source: Path, target: Path) -> bool:
    """Write the fp32 graph `source` with each Attention as plain operators, right for a batch of one text only.

    False, and nothing is written, where there is none or one that is more than weights, bias and padding mask.
    """
    model = onnx.load(str(source))
    weights = {one.name: one for one in model.graph.initializer}
    nodes: list[onnx.NodeProto] = []
    found = False
    for node in model.graph.node:
        if node.op_type != "Attention":
            nodes.append(node)
            continue
        options = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        plain = set(options) <= {"num_heads", "mask_filter_value"} and not any(node.input[4:])
        if not plain or not all(name in weights for name in node.input[1:3]):
            return False
        found = True
        nodes += _attention(node, options["num_heads"], weights[node.input[1]].dims[1] // 3, model.graph)
    if found:
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        onnx.save(model, str(target))
    return found


def _attention(node: onnx.NodeProto, heads: int, hidden: int, graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """(1, tokens, hidden) -> the same shape. Heads stay where the matrix puts them: (tokens, heads, width)."""
    width = hidden // heads
    at_once = max(number for number in range(1, HEADS_AT_ONCE + 1) if heads % number == 0)
    groups = range(heads // at_once)
    made: list[onnx.NodeProto] = []

    def called(part: str, group: int | str = "") -> str:
        return f"{node.name}/{part}{group}"

    def add(op: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: object) -> None:
        made.append(helper.make_node(op, inputs, outputs, outputs[0], domain=domain, **attributes))

    def constant(values: list[int]) -> str:
        label = "alone/" + "_".join(map(str, values))
        if all(one.name != label for one in graph.initializer):
            graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), label))
        return label

    add("MatMul", [node.input[0], node.input[1]], [called("matrix")])
    add("Add", [called("matrix"), node.input[2]], [called("biased")])
    add("Reshape", [called("biased"), constant([-1, 3 * heads, width])], [called("heads")])
    pieces = [called(part, group) for part in ("query", "key", "value") for group in groups]
    add("Split", [called("heads"), constant([at_once] * len(pieces))], pieces, axis=1)
    # (tokens, heads, width) twice -> (heads, tokens, tokens): onnxruntime's MatMul reads them without a transposition.
    across = {"alpha": width**-0.5, "transBatchA": 1, "transBatchB": 1, "transB": 1}
    for group in groups:
        scores, shares = called("scores", group), called("shares", group)
        add("FusedMatMul", [called("query", group), called("key", group)], [scores], _CONTRIB, **across)
        add("Softmax", [scores], [shares], axis=-1)
        add("FusedMatMul", [shares, called("value", group)], [called("answer", group)], _CONTRIB, transBatchB=1)
    add("Concat", [called("answer", group) for group in groups], [called("answers")], axis=0)
    add("Transpose", [called("answers")], [called("tokens")], perm=[1, 0, 2])
    add("Reshape", [called("tokens"), constant([1, -1, hidden])], [node.output[0]])
    return made
