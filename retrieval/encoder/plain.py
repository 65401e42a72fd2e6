"""Two more graphs, with attention as plain operators: for a batch, and for one long text without padding, which is what
the chunker makes of an article.

onnxruntime's QAttention multiplies its input by 3 x heads narrow matrices, each of which packs it anew, and copies the
mask for each head. Here one matrix makes queries, keys and values. A text alone needs no mask, and a few heads at a
time make their scores, which then stay in the CPU's second cache (four of 250 x 250 float32 are 1 MB). A batch adds its
mask, which is spread to the shape of the scores once and not by each layer. One short text would lose: there the number
of operators counts. One graph that chooses by an `If` would cost each question 2 to 4%.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

HEADS_AT_ONCE: Final = 4  # at most, for a text alone
ATTENTION_MASK: Final = "attention_mask"  # (batch, tokens): an input of the graph
MASKED: Final = -10_000.0  # onnxruntime's default for what a score is where the mask is 0
_CONTRIB: Final = "com.microsoft"


def write_alone(source: Path, target: Path) -> bool:
    """Write the fp32 graph `source` with each Attention as plain operators, right for a batch of one text only.

    False, and nothing is written, where there is none or one that is more than weights, bias and padding mask.
    """
    return _write(source, target, masked=False)


def write_batch(source: Path, target: Path) -> bool:
    """As `write_alone`, right for any batch: no text sees what is padding."""
    return _write(source, target, masked=True)


def _write(source: Path, target: Path, masked: bool) -> bool:
    model = onnx.load(str(source))
    graph = model.graph
    weights = {one.name: one for one in graph.initializer}
    plain = _Plain(graph, [])
    found = False
    if masked and all(one.name != ATTENTION_MASK for one in graph.input):
        return False
    for node in graph.node:
        if node.op_type != "Attention":
            plain.nodes.append(node)
            continue
        options = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        known = set(options) <= {"num_heads", "mask_filter_value"} and not any(node.input[4:])
        if not known or not all(name in weights for name in node.input[1:3]):
            return False
        heads, hidden = options["num_heads"], weights[node.input[1]].dims[1] // 3
        if masked:
            if not found:
                plain.spread_mask(heads)
            plain.batch(node, heads, hidden)
        else:
            plain.alone(node, heads, hidden)
        found = True
    if found:
        del graph.node[:]
        graph.node.extend(plain.nodes)
        onnx.save(model, str(target))
    return found


@dataclass(frozen=True, slots=True)
class _Plain:
    """What is made instead: `nodes`, in order; constants go to the graph."""

    graph: onnx.GraphProto
    nodes: list[onnx.NodeProto]

    def add(self, op: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: object) -> None:
        self.nodes.append(helper.make_node(op, inputs, outputs, outputs[0], domain=domain, **attributes))

    def constant(self, values: list[int]) -> str:
        return self._put(f"plain/{'_'.join(map(str, values))}", np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self._put(f"plain/{value}", np.array(value, np.float32))

    def _put(self, label: str, value: np.ndarray) -> str:
        if all(one.name != label for one in self.graph.initializer):
            self.graph.initializer.append(numpy_helper.from_array(value, label))
        return label

    def matrix(self, node: onnx.NodeProto) -> str:
        """(…, hidden) -> (…, 3 x hidden): queries, keys and values, biased."""
        matrix, biased = f"{node.name}/matrix", f"{node.name}/biased"
        self.add("MatMul", [node.input[0], node.input[1]], [matrix])
        self.add("Add", [matrix, node.input[2]], [biased])
        return biased

    def scores(self, name: str, group: int | str, width: int) -> str:
        """(tokens, …, heads, width) twice -> (…, heads, tokens, tokens): FusedMatMul reads them without a
        transposition."""
        across = {"alpha": width**-0.5, "transBatchA": 1, "transBatchB": 1, "transB": 1}
        made = f"{name}/scores{group}"
        self.add("FusedMatMul", [f"{name}/query{group}", f"{name}/key{group}"], [made], _CONTRIB, **across)
        return made

    def answer(self, name: str, group: int | str, scores: str) -> str:
        """(…, heads, tokens, tokens) -> (…, heads, tokens, width)"""
        shares, made = f"{name}/shares{group}", f"{name}/answer{group}"
        self.add("Softmax", [scores], [shares], axis=-1)
        self.add("FusedMatMul", [shares, f"{name}/value{group}"], [made], _CONTRIB, transBatchB=1)
        return made

    def alone(self, node: onnx.NodeProto, heads: int, hidden: int) -> None:
        """(1, tokens, hidden) -> the same shape. Heads stay where the matrix puts them: (tokens, heads, width)."""
        name, width = node.name, hidden // heads
        at_once = max(number for number in range(1, HEADS_AT_ONCE + 1) if heads % number == 0)
        groups = range(heads // at_once)
        self.add("Reshape", [self.matrix(node), self.constant([-1, 3 * heads, width])], [f"{name}/heads"])
        pieces = [f"{name}/{part}{group}" for part in ("query", "key", "value") for group in groups]
        self.add("Split", [f"{name}/heads", self.constant([at_once] * len(pieces))], pieces, axis=1)
        answers = [self.answer(name, group, self.scores(name, group, width)) for group in groups]
        self.add("Concat", answers, [f"{name}/answers"], axis=0)
        self.add("Transpose", [f"{name}/answers"], [f"{name}/tokens"], perm=[1, 0, 2])
        self.add("Reshape", [f"{name}/tokens", self.constant([1, -1, hidden])], [node.output[0]])

    def batch(self, node: onnx.NodeProto, heads: int, hidden: int) -> None:
        """(batch, tokens, hidden) -> the same shape; in between the tokens come first."""
        name, width = node.name, hidden // heads
        self.add("Transpose", [self.matrix(node)], [f"{name}/tokens"], perm=[1, 0, 2])
        self.add("Reshape", [f"{name}/tokens", self.constant([0, 0, 3 * heads, width])], [f"{name}/heads"])
        pieces = [f"{name}/{part}" for part in ("query", "key", "value")]
        self.add("Split", [f"{name}/heads", self.constant([heads] * 3)], pieces, axis=2)
        self.add("Add", [self.scores(name, "", width), "plain/mask"], [f"{name}/masked"])
        answer = self.answer(name, "", f"{name}/masked")
        self.add("Transpose", [answer], [f"{name}/back"], perm=[0, 2, 1, 3])
        self.add("Reshape", [f"{name}/back", self.constant([0, 0, hidden])], [node.output[0]])

    def spread_mask(self, heads: int) -> None:
        """What is added to the scores, in their shape: adding small rows one by one takes as long as a product."""
        self.add("Cast", [ATTENTION_MASK], ["plain/kept"], to=onnx.TensorProto.FLOAT)
        self.add("Sub", [self.number(1.0), "plain/kept"], ["plain/left_out"])
        self.add("Mul", ["plain/left_out", self.number(MASKED)], ["plain/added"])
        self.add("Unsqueeze", ["plain/added", self.constant([1, 2])], ["plain/row"])
        self.add("Shape", [ATTENTION_MASK], ["plain/batch"], start=0, end=1)
        self.add("Shape", [ATTENTION_MASK], ["plain/tokens"], start=1, end=2)
        shape = ["plain/batch", self.constant([heads]), "plain/tokens", "plain/tokens"]
        self.add("Concat", shape, ["plain/shape"], axis=0)
        self.add("Expand", ["plain/row", "plain/shape"], ["plain/mask"])
