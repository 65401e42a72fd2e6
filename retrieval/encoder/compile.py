"""Prepare an embedding model for serving: convert, export, quantize, check. Run at set-up, never while serving.

Nothing heavy is imported until something has to be made, so that a second call costs milliseconds.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigurationError
from retrieval.encoder import english, packaged
from retrieval.encoder.compiled import ALONE_TOKENS, CompiledEncoder
from retrieval.encoder.fallback import MAX_TOKENS, SentenceTransformerEncoder, load_sentence_transformer, prompts_of
from retrieval.encoder.identity import fingerprint, vectors_hash, weights_hash
from retrieval.encoder.manifest import (
    ALONE,
    COMPILED,
    GRAPH,
    ONNX,
    RECIPE,
    SENTENCE_TRANSFORMERS,
    TOKENIZER,
    Manifest,
    model_directory,
)
from retrieval.encoder.reference import (
    Comparison,
    ReferenceVectors,
    compare,
    encode_reference,
    english_texts,
    english_vectors,
    packaged_vectors,
    reference_texts,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from retrieval.encoder.export import Rung
    from retrieval.encoder.outliers import Scales
    from retrieval.encoder.words import WordTable

Progress = Callable[[str], None]


def prepare_models(models_dir: Path, embedding_model: str = "", progress: Progress = print, *, only: str = "") -> Path:
    """Make the model ready for `load_encoder` and return its compiled directory.

    `embedding_model` is a sentence-transformers id or path, "" the packaged one, "english" the packaged English one.
    Each step's result appears by one rename, so an interrupted call goes on where it stopped; a finished one returns at
    once. Two calls at a time take turns. `only` allows a single rung of `export.LADDER`, to measure it (in a
    `models_dir` of its own). Raises ConfigurationError when the model cannot be loaded at all.
    """
    home = model_directory(models_dir, embedding_model)
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home):
        source = fingerprint(embedding_model)
        done = home / COMPILED
        if _is_current(done, source):
            return done
        _Preparation(home, embedding_model, source, progress, only).run()
        return done


def _is_current(compiled: Path, source: str) -> bool:
    try:
        manifest = Manifest.read(compiled)
    except (OSError, ValueError, ConfigurationError):
        return False
    return manifest.recipe == RECIPE and manifest.source_fingerprint == source and not manifest.damage(compiled)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What quantizing needs of the model: scales of outliers, heads and hidden size, the table of words."""

    scales: Scales
    heads: int
    hidden: int
    words: WordTable | None


class _Preparation:
    """One run. What an interrupted run of the same recipe and source left in `work` is used, anything else deleted."""

    def __init__(self, home: Path, embedding_model: str, fingerprint: str, progress: Progress, only: str) -> None:
        self.home = home
        self.only = only
        self.embedding_model = embedding_model
        self.fingerprint = fingerprint
        self.work = home / f"work-{RECIPE}-{fingerprint[:12]}"
        self.exported, self.fused = self.work / "exported", self.work / "fused"
        self.packaged_source = home / f"source-{fingerprint[:12]}"
        self.say: Progress = lambda text: progress(f"embedding model: {text}")
        self.rejected: list[str] = []
        self.texts = english_texts() if embedding_model == english.ENGLISH else reference_texts()

    def run(self) -> None:
        for stale in [*self.home.glob("work-*"), *self.home.glob("source-*")]:
            if stale not in (self.work, self.packaged_source):
                shutil.rmtree(stale)
        self.work.mkdir(exist_ok=True)
        source = self._source()
        self.say("loading it with sentence-transformers")
        model = load_sentence_transformer(source, model_kwargs={"attn_implementation": "eager", "dtype": "float32"})
        weights = weights_hash(model)
        expected = self._expected(model)
        description = self._manifest(model, ONNX, "", weights)
        torch_description = self._manifest(model, SENTENCE_TRANSFORMERS, "torch", weights)
        try:
            parts = self._export(model)
            del model  # the next steps hold several copies of the graph
            made = self._quantize(description, expected, parts)
        except Exception as error:  # whatever the exporters raise, there is a slower way to serve
            self.rejected.append(f"{type(error).__name__}: {error}".splitlines()[0])
            made = False
        if made:
            shutil.rmtree(self.packaged_source, ignore_errors=True)
        else:
            self._fall_back(torch_description, source)
        shutil.rmtree(self.work)

    def _source(self) -> str:
        if self.embedding_model == english.ENGLISH:
            return str(english.find_directory())
        if self.embedding_model:
            return self.embedding_model
        if not self.packaged_source.exists():
            with _appearing(self.packaged_source) as making:
                packaged.write_sentence_transformer(making, self.say)
        return str(self.packaged_source)

    def _expected(self, model: SentenceTransformer) -> ReferenceVectors:
        if not self.embedding_model:
            return packaged_vectors()
        if self.embedding_model == english.ENGLISH:
            return english_vectors()
        self.say("computing its reference vectors with torch")
        return encode_reference(SentenceTransformerEncoder(model, "torch"))

    def _export(self, model: SentenceTransformer) -> _Parts:
        """Graph and tokenizer in `exported`."""
        from retrieval.encoder.export import Pipeline, export, word_table  # noqa: PLC0415  (torch: when needed)
        from retrieval.encoder.outliers import outlier_scales  # noqa: PLC0415  (torch: when needed)

        if not self.exported.exists():
            self.say("exporting it to ONNX")
            with _appearing(self.exported) as making:
                making.mkdir()
                export(model, making / GRAPH)
                (making / TOKENIZER).write_text(model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
        queries, passages, _ = self.texts
        query_prompt, passage_prompt = prompts_of(model)
        texts = [query_prompt + q for q in queries] + [passage_prompt + p for p in passages]
        scales = outlier_scales(model, Pipeline(model).eval(), texts)
        config = model[0].auto_model.config
        return _Parts(scales, config.num_attention_heads, config.hidden_size, word_table(model))

    def _quantize(self, description: Manifest, expected: ReferenceVectors, parts: _Parts) -> bool:
        from retrieval.encoder.export import LADDER, fuse  # noqa: PLC0415  (onnx and torch: only when needed)

        if not self.fused.exists():
            self.say("fusing attention, GELU and the first layer norm")
            with _appearing(self.fused) as making:
                making.mkdir()
                made = fuse(self.exported / GRAPH, making / GRAPH, parts.heads, parts.hidden)
                self.say("fused " + (", ".join(f"{n} {name}" for name, n in made.items()) or "nothing"))
        for rung in LADDER:
            if self.only and rung.name != self.only:
                continue
            self.say(f"making it {rung.name}")
            try:
                if self._passes(rung, description, expected, parts):
                    return True
            except Exception as error:  # whatever the quantizer raises, the next rung is gentler
                self.rejected.append(f"{rung.name}: {type(error).__name__}: {error}".splitlines()[0])
        return False

    def _passes(self, rung: Rung, description: Manifest, expected: ReferenceVectors, parts: _Parts) -> bool:
        """Make the graph of this rung; it is the finished one when it passes the check."""
        candidate = self._new_candidate()
        rung.write((self.fused if rung.fused else self.exported) / GRAPH, candidate / GRAPH, parts.scales)
        if parts.words:
            self._write_others(rung, candidate, description.max_length, parts.scales)
            parts.words.put_into(*sorted(candidate.glob("*.onnx")))
        shutil.copyfile(self.exported / TOKENIZER, candidate / TOKENIZER)
        manifest = replace(
            description,
            rung=rung.name,
            model_version=f"{description.name}:{rung.name}:{description.model_version.rsplit(':', 1)[-1]}",
            rejected=tuple(self.rejected),
        )
        manifest.write(candidate)
        result = self._compared(candidate, rung, expected)
        for name in rung.others:
            if not result.passed and (candidate / name).exists():
                self._reject_other(candidate, rung, name, str(result))
                manifest.write(candidate)
                result = self._compared(candidate, rung, expected)
        if not result.passed:
            self.rejected.append(f"{rung.name}: {result}")
            return False
        replace(
            manifest,
            minimum_cosine=result.minimum_cosine,
            top10_overlap=result.top10_overlap,
            rejected=tuple(self.rejected),
        ).write(candidate)
        self._finish(candidate)
        return True

    def _compared(self, candidate: Path, rung: Rung, expected: ReferenceVectors) -> Comparison:
        result = compare(encode_reference(CompiledEncoder(candidate), self.texts), expected)
        self.say(f"{rung.name} against fp32: {result}")
        return result

    def _write_others(self, rung: Rung, candidate: Path, max_length: int, scales: Scales) -> None:
        for name, write in rung.others.items():
            if name == ALONE and max_length < ALONE_TOKENS:
                continue
            try:
                write(self.fused / GRAPH, candidate / name, scales)
            except Exception as error:  # whatever it raises: there is the graph for everything
                self._reject_other(candidate, rung, name, f"{type(error).__name__}: {error}".splitlines()[0])

    def _reject_other(self, candidate: Path, rung: Rung, name: str, why: str) -> None:
        """Go on without this graph: the first one encodes all."""
        (candidate / name).unlink(missing_ok=True)
        self.rejected.append(f"{rung.name}, {name}: {why}")

    def _new_candidate(self) -> Path:
        candidate = self.work / "candidate"
        shutil.rmtree(candidate, ignore_errors=True)
        candidate.mkdir()
        return candidate

    def _fall_back(self, description: Manifest, source: str) -> None:
        self.say(
            f"WARNING: {source} could not be compiled ({'; '.join(self.rejected)}). It will be served by "
            "sentence-transformers on torch: several times slower, and several times the memory."
        )
        candidate = self._new_candidate()
        replace(description, minimum_cosine=1.0, top10_overlap=1.0, rejected=tuple(self.rejected)).write(candidate)
        self._finish(candidate)

    def _manifest(self, model: SentenceTransformer, backend: str, rung: str, weights: str) -> Manifest:
        query, passage = prompts_of(model)
        known = {"": packaged.MODEL_NAME, english.ENGLISH: english.MODEL_NAME}
        name = known.get(self.embedding_model, self.home.name)
        length = int(model.max_seq_length or MAX_TOKENS)
        return Manifest(
            recipe=RECIPE,
            backend=backend,
            name=name,
            source=str(self.packaged_source) if not self.embedding_model else self._source(),
            source_fingerprint=self.fingerprint,
            model_version=f"{name}:{rung}:{vectors_hash(weights, length, query, passage, self.texts)}",
            dimension=int(model.get_embedding_dimension() or 0),
            max_length=length,
            query_prompt=query,
            passage_prompt=passage,
            pad_id=int(model.tokenizer.pad_token_id or 0),
            rung=rung,
            minimum_cosine=0.0,
            top10_overlap=0.0,
        )

    def _finish(self, candidate: Path) -> None:
        """Put the candidate where `load_encoder` looks. The old one goes first: a directory cannot be replaced."""
        done = self.home / COMPILED
        if done.exists():
            done.rename(self.work / "replaced")
        candidate.rename(done)
        self.say(f"ready: {Manifest.read(done).model_version}")


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A path to make a directory at; it becomes `target` by one rename, only when the block succeeds."""
    making = target.with_name(target.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    yield making
    making.rename(target)


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    with (home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
