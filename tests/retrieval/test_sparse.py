from __future__ import annotations

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.sparse import AVERAGE_LENGTH, K1, B, SparseVector, encode_passage, encode_query, term_index, tokenize


def test_chinese_words_and_their_parts() -> None:
    assert tokenize("我的订单号是什么") == ["订单", "单号", "订单号", "什么"]


def test_english_is_stemmed_and_stop_words_go() -> None:
    assert tokenize("The refunds were REFUNDED, is there a policy?") == ["refund", "refund", "there", "polici"]


def test_negation_stays() -> None:
    assert "不" in tokenize("不 支持") and "not" in tokenize("not refundable")


@pytest.mark.parametrize("number", ["JD20240101-88", "SF1234567890", "313012345678", "2.5kg", "B07XYZ"])
def test_numbers_and_codes_are_kept(number: str) -> None:
    assert number.lower() in tokenize(f"订单 {number}。")


def test_width_and_case_do_not_matter() -> None:
    assert encode_query("ＪＤ２０２４　Ｒefund！") == encode_query("jd2024 refund")


@pytest.mark.parametrize("text", ["", " \n", "。，！？…—", "的 了 the", "\x00", "😀"])
def test_nothing_to_index_is_an_empty_vector(text: str) -> None:
    assert not encode_passage(text) and not encode_query(text)


def test_weights_are_bm25() -> None:
    text = "退货 退货 运费"
    weights = dict(zip(*(getattr(encode_passage(text), n) for n in ("indices", "values")), strict=True))
    norm = K1 * (1 - B + B * 3 / AVERAGE_LENGTH)
    assert math.isclose(weights[term_index("退货")], 2 * (K1 + 1) / (2 + norm))
    assert math.isclose(weights[term_index("运费")], (K1 + 1) / (1 + norm))
    assert set(encode_query(text).values) == {1.0}


def test_longer_passages_weigh_less() -> None:
    short, long = encode_passage("退货"), encode_passage("退货 " + "其他 内容 " * 200)
    assert dict(zip(long.indices, long.values, strict=True))[term_index("退货")] < short.values[0] / 2


def test_the_same_in_every_process() -> None:
    text = "退货政策 refund policy JD2024-88"
    code = f"from retrieval.sparse import encode_passage; print(encode_passage({text!r}))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert runs == {str(encode_passage(text))}


def test_threads_do_not_disturb_the_stemmer() -> None:
    words = [f"{stem}{end}" for stem in ("ship", "refund", "cancel", "deliver") for end in ("ing", "ed", "s", "ment")]
    texts = [f"{word}{chr(97 + i)}ing" for i in range(26) for word in words]  # not in the cache yet
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(tokenize, texts * 4))
    assert together == [tokenize(text) for text in texts] * 4


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_gives_a_valid_vector(text: str) -> None:
    for vector in (encode_passage(text), encode_query(text)):
        assert list(vector.indices) == sorted(set(vector.indices))
        assert all(0 <= i < 2**32 for i in vector.indices) and all(0 < v < 1e3 for v in vector.values)


def test_lengths_must_match() -> None:
    with pytest.raises(ValueError, match="2 indices but 1 values"):
        SparseVector((1, 2), (1.0,))
