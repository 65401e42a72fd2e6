"""Training finds a map that is there, finds none that is not, and never sees what was held back."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InvalidInput
from retrieval.adapter.comparing import compare
from retrieval.adapter.examples import Corpus, Example, Passages, folds, merged, near_duplicates
from retrieval.adapter.training import Recipe, _gradient, hard_negatives, train
from retrieval.adapter.tuning import legs_of, ndcg, tune, values
from retrieval.fusion import DEFAULT_FUSION
from retrieval.index.legs import Leg
from retrieval.types import PassageDoc

DIMENSION, DOCUMENTS = 24, 120
SMALL = (Recipe(rank=16, temperature=0.05, epochs=30, rate=5e-3, negatives=10),)


def a_world(turn: bool, questions: int = 400, seed: int = 3) -> Corpus:
    """Documents at random; a question is its document with noise, and, if `turn`, with half of its axes mixed up."""
    rng = np.random.default_rng(seed)
    vectors = _unit(rng.standard_normal((DOCUMENTS, DIMENSION)))
    passages = [PassageDoc(n + 1, f"d{n}", "article", "", f"文{n}", 1, (0, 2), "zh") for n in range(DOCUMENTS)]
    mixed = np.eye(DIMENSION)
    if turn:
        mixed[:10, :10] = np.linalg.qr(rng.standard_normal((10, 10)))[0]
    found = []
    for _ in range(questions):
        right = int(rng.integers(DOCUMENTS))
        vector = _unit(vectors[right] @ mixed + 0.12 * rng.standard_normal(DIMENSION))
        text = "".join(chr(0x4E00 + int(c)) for c in rng.integers(0, 5000, 8))
        leg = Leg([], [], {})
        found.append(Example(text, "zh", vector, np.array([right]), frozenset({f"d{right}"}), leg))
    return Corpus(found, Passages(passages, vectors))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def test_a_map_that_is_there_is_found_on_questions_never_seen() -> None:
    world = a_world(turn=True)
    tuned = tune(world.examples[:300], world.collection, "e", recipes=SMALL, epochs=(10, 30))
    assert tuned.adapter is not None and tuned.report["recipe"]["epochs"] in (10, 30)
    compared = compare(world.examples[300:], world.collection, (tuned.adapter, tuned.fusion), (None, DEFAULT_FUSION))
    assert compared.better and compared.candidate > compared.current + 0.05
    assert compared.questions == 100


def test_where_labels_mean_nothing_nothing_is_better() -> None:
    world = a_world(turn=False)
    rng = np.random.default_rng(0)
    wrong = [
        replace(one, relevant=np.array([row]), documents=frozenset({f"d{row}"}))
        for one, row in zip(world.examples, rng.integers(0, DOCUMENTS, len(world.examples)).tolist(), strict=True)
    ]
    tuned = tune(wrong[:300], world.collection, "e", recipes=SMALL, epochs=(10, 30))
    compared = compare(wrong[300:], world.collection, (tuned.adapter, tuned.fusion), (None, DEFAULT_FUSION))
    assert not compared.better


def test_the_same_input_gives_the_same_adapter() -> None:
    world = a_world(turn=True, questions=200)
    first, second = (tune(world.examples, world.collection, "e", recipes=SMALL, epochs=(30,)) for _ in range(2))
    assert first.adapter is not None and second.adapter is not None
    assert first.adapter.version == second.adapter.version and first.report == second.report


def test_the_gradient_is_that_of_the_loss() -> None:
    rng = np.random.default_rng(5)
    questions, vectors = _unit(rng.standard_normal((3, 6))), _unit(rng.standard_normal((5, 6)))
    down, up = rng.standard_normal((6, 2)) * 0.3, rng.standard_normal((2, 6)) * 0.3
    lexical = rng.random((3, 5))
    targets = np.zeros((3, 5))
    targets[0, 0] = targets[1, 1] = 1
    targets[2, 2:4] = 0.5
    right = targets > 0
    right[0, 4] = True  # right, and not to be pulled: it must not count at all

    def loss() -> float:
        moved = questions + questions @ down @ up
        unit = moved / np.linalg.norm(moved, axis=1, keepdims=True)
        logits = unit @ vectors.T / 0.3 + lexical
        logits[right & (targets == 0)] = -np.inf
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return float(-(targets[targets > 0] * logs[targets > 0]).sum() / 3)

    found = _gradient(questions, down, up, vectors, lexical, targets, right, 0.3)
    for matrix, gradient in zip((down, up), found, strict=True):
        for place in ((0, 0), (1, 1)):
            kept = matrix[place]
            matrix[place] = kept + 1e-5
            above = loss()
            matrix[place] = kept - 1e-5
            below = loss()
            matrix[place] = kept
            assert gradient[place] == pytest.approx((above - below) / 2e-5, rel=1e-3, abs=1e-6)


def test_hard_negatives_come_from_both_legs_and_are_never_right() -> None:
    passages = [PassageDoc(n, f"d{n // 2}", "article", "", "文", 1, (0, 1), "zh") for n in range(10)]
    collection = Passages(passages, np.eye(10, dtype=np.float32))
    example = Example(
        "问", "zh", np.eye(10, dtype=np.float32)[0], np.array([0]), frozenset({"d0"}), Leg([9, 1, 6], [3, 2, 1], {})
    )
    found = hard_negatives([example], [Leg([0, 1, 4, 5], [4, 3, 2, 1], {})], collection, 3)
    assert found[0].tolist() == [9, 4, 6]  # 0 and 1 are of the right document


def test_passages_outside_of_a_questions_scope_are_never_found() -> None:
    world = a_world(turn=False, questions=10)
    allowed = np.zeros(DOCUMENTS, np.bool_)
    allowed[:5] = True
    legs = legs_of([replace(one, allowed=allowed) for one in world.examples], world.collection)
    assert all(sorted(leg.ids) == [0, 1, 2, 3, 4] for leg in legs)


def test_merged_sets_keep_to_their_own_documents() -> None:
    one, other = a_world(turn=False, questions=50), a_world(turn=False, questions=50, seed=9)
    both = merged([one, other])
    alone = values(other.examples, legs_of(other.examples, other.collection), other.collection, DEFAULT_FUSION)
    within = both.examples[50:]
    together = values(within, legs_of(within, both.collection), both.collection, DEFAULT_FUSION)
    assert np.array_equal(alone, together) and len(both.examples) == 100
    assert merged([one]) is one


def test_near_duplicates_share_a_fold_and_folds_are_fixed() -> None:
    texts = [
        "七天无理由退货怎么申请",
        "七天无理由退货怎么申请？",
        "请问七天无理由退货怎么申请呢",
        "发票抬头可以改吗",
        "Where is my parcel?",
    ]
    groups = near_duplicates(texts)
    assert groups[0] == groups[1] == groups[2] and len(set(groups)) == 3
    division = folds(texts, 5)
    assert division[0] == division[1] == division[2]
    assert folds(texts[::-1], 5).tolist() == division.tolist()[::-1]
    many = [f"问题{n * 7919}号{chr(0x4E00 + n)}" for n in range(300)]
    assert set(folds(many, 5).tolist()) == {0, 1, 2, 3, 4}
    assert folds(many, 5).tolist() != folds(many, 5, "inner").tolist()
    with pytest.raises(InvalidInput):
        folds(texts, 1)


def test_epochs_come_one_by_one_and_begin_next_to_nothing() -> None:
    world = a_world(turn=True, questions=60)
    negatives = hard_negatives(world.examples, legs_of(world.examples, world.collection), world.collection, 5)
    done = list(train(world.examples, negatives, world.collection, Recipe(rank=4, epochs=3, rate=1e-5), "e"))
    assert [epoch for epoch, _ in done] == [1, 2, 3]
    vector = world.examples[0].vector
    assert vector @ done[0][1].apply(vector) > 0.999


def test_ndcg_by_hand() -> None:
    assert ndcg(["a", "b", "c"], frozenset({"a"})) == 1
    assert ndcg(["b", "a", "c"], frozenset({"a"})) == pytest.approx(1 / np.log2(3))
    assert ndcg(["b", "a"], frozenset({"a", "z"})) == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))
    assert ndcg([], frozenset({"a"})) == 0
