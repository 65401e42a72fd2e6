"""Fusion: order, evidence, one hit a document, language on near ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import Fusion, LinearFusion, ReciprocalRankFusion
from retrieval.index.store import ScoredPassage
from retrieval.types import PassageDoc

FUSIONS: list[Fusion] = [LinearFusion(), ReciprocalRankFusion()]


def passage(number: int, document: str | None = None, language: str = "zh") -> PassageDoc:
    return PassageDoc(
        id=number,
        document_id=document or f"article:{number}",
        source_kind="article",
        title="",
        text=f"文{number}",
        version=1,
        span=(0, 2),
        language=language,
    )


def leg(*pairs: tuple[int, float], **kwargs: str) -> list[ScoredPassage]:
    return [ScoredPassage(passage(number, **kwargs), score) for number, score in pairs]


def ids(hits: list) -> list[int]:  # type: ignore[type-arg]
    return [hit.passage.id for hit in hits]


@pytest.mark.parametrize("fusion", FUSIONS)
def test_evidence_of_both_legs_is_kept(fusion: Fusion) -> None:
    hits = {hit.passage.id: hit for hit in fusion.fuse(leg((1, 0.9), (2, 0.8)), leg((2, 12.0), (3, 4.0)), 10, "zh")}
    assert (hits[1].dense_rank, hits[1].dense_score, hits[1].sparse_rank, hits[1].sparse_score) == (1, 0.9, None, None)
    assert (hits[2].dense_rank, hits[2].dense_score, hits[2].sparse_rank, hits[2].sparse_score) == (2, 0.8, 1, 12.0)
    assert (hits[3].dense_rank, hits[3].sparse_rank) == (None, 2)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_one_leg_or_none_is_enough(fusion: Fusion) -> None:
    assert fusion.fuse([], [], 10, "zh") == []
    assert ids(fusion.fuse(leg((1, 0.9), (2, 0.8)), [], 10, "zh")) == [1, 2]
    assert ids(fusion.fuse([], leg((5, 9.0), (4, 3.0)), 10, "zh")) == [5, 4]
    assert ids(fusion.fuse(leg((7, 0.9)), leg((7, 3.0)), 10, "zh")) == [7]


def test_a_strong_lexical_match_lifts_and_a_weak_one_does_not() -> None:
    dense = leg(*((number, 0.90 - 0.002 * number) for number in range(1, 101)))
    strong = LinearFusion().fuse(dense, leg((40, 30.0), (30, 3.0)), 10, "zh")
    weak = LinearFusion().fuse(dense, leg((40, 1.5), (30, 1.2)), 10, "zh")
    assert strong[0].passage.id == 40
    assert weak[0].passage.id == 1


def test_scores_do_not_depend_on_the_scale_of_the_encoder() -> None:
    sparse = leg((3, 9.0), (9, 4.0))
    narrow = leg(*((number, 0.85 + 0.001 / number) for number in range(1, 20)))
    wide = leg(*((number, 0.1 + 0.5 / number) for number in range(1, 20)))
    assert LinearFusion().scores(narrow, sparse) == pytest.approx(LinearFusion().scores(wide, sparse))


def test_equal_scores_are_ordered_by_id_every_time() -> None:
    dense = leg((9, 0.5), (2, 0.5), (5, 0.5))
    assert ids(LinearFusion().fuse(dense, [], 10, "zh")) == [2, 5, 9]


def test_one_hit_a_document_keeps_its_best_passage_and_fills_up() -> None:
    dense = [ScoredPassage(passage(n, f"article:{n % 3}"), 0.9 - n / 100) for n in range(9)]
    dense += leg((50, 0.1))
    hits = LinearFusion().fuse(dense, [], 4, "zh")
    assert ids(hits) == [0, 1, 2, 50]
    assert ids(LinearFusion(per_document=2).fuse(dense, [], 4, "zh")) == [0, 1, 2, 3]


def test_language_decides_near_ties_only() -> None:
    def found(*pairs: tuple[int, float, str]) -> list[ScoredPassage]:
        return [ScoredPassage(passage(number, language=language), score) for number, score, language in pairs]

    background = [(number, 0.5 - number / 100, "zh") for number in range(10, 40)]
    near = found((1, 0.9, "en"), (2, 0.8999, "zh"), *background)
    far = found((1, 0.9, "en"), (2, 0.6, "zh"), *background)
    assert ids(LinearFusion().fuse(near, [], 2, "zh")) == [2, 1]
    assert ids(LinearFusion().fuse(near, [], 2, "en")) == [1, 2]
    assert ids(LinearFusion().fuse(far, [], 2, "zh")) == [1, 2]
    assert ids(LinearFusion().fuse(near, [], 1, "zh")) == [2]  # lifted from below the cut
    assert ids(LinearFusion(language_bonus=0).fuse(near, [], 2, "zh")) == [1, 2]


SCORES = st.lists(
    st.tuples(st.integers(1, 60), st.floats(-1, 50, allow_nan=False)), max_size=60, unique_by=lambda x: x[0]
)


@given(SCORES, SCORES, st.integers(1, 20), st.sampled_from(FUSIONS))
def test_hits_come_from_the_legs_once_in_order(
    dense: list[tuple[int, float]], sparse: list[tuple[int, float]], limit: int, fusion: Fusion
) -> None:
    def ranked(pairs: list[tuple[int, float]]) -> list[ScoredPassage]:
        return leg(*sorted(pairs, key=lambda pair: -pair[1]))

    hits = fusion.fuse(ranked(dense), ranked(sparse), limit, "en")
    union = {number for number, _ in dense} | {number for number, _ in sparse}
    assert len(hits) == min(limit, len(union)) and len(set(ids(hits))) == len(hits)
    assert set(ids(hits)) <= union
    assert all(np.isfinite(hit.score) for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@given(SCORES, st.floats(0.1, 30), st.integers(1, 60))
def test_more_lexical_evidence_never_lowers_a_passage(dense: list[tuple[int, float]], more: float, lifted: int) -> None:
    legs = leg(*sorted(dense, key=lambda pair: -pair[1]))
    base = [(number, 2.0) for number in range(1, 61) if number != lifted]
    fusion = LinearFusion()
    low = fusion.scores(legs, leg((100, 40.0), *base, (lifted, 1.9)))[lifted]
    high = fusion.scores(legs, leg((100, 40.0), (lifted, 1.9 + more), *base))[lifted]
    assert high >= low


def test_the_version_names_the_constants() -> None:
    versions = {LinearFusion().version, LinearFusion(sparse_weight=0.5).version, LinearFusion(language_bonus=0).version}
    assert len(versions | {ReciprocalRankFusion().version}) == 4
