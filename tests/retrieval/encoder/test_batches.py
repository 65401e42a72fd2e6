"""Batches by length: nothing lost, nothing wasted."""

import random

from hypothesis import given
from hypothesis import strategies as st

from retrieval.encoder.compiled import BATCH_TEXTS, BATCH_TOKENS, batches_by_length


@given(st.lists(st.integers(1, 512), max_size=300))
def test_every_row_is_in_one_batch_within_the_limits(lengths: list[int]) -> None:
    batches = batches_by_length(lengths)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= BATCH_TEXTS
        assert len(batch) == 1 or len(batch) * lengths[batch[-1]] <= BATCH_TOKENS
        assert lengths[batch[-1]] == max(lengths[row] for row in batch)


def test_padding_is_little_where_input_order_would_waste_half() -> None:
    lengths = [8, 256] * 64
    random.Random(0).shuffle(lengths)
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in batches_by_length(lengths))
    assert padded <= 1.1 * sum(lengths)
