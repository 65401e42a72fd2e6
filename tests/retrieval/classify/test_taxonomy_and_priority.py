"""The intents we begin with, reading a shop's own, the zero-label start and what raises the priority."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.settings import get_settings
from retrieval.classify import assess_priority, load_default, load_taxonomy
from retrieval.classify.taxonomy import parse_taxonomy
from retrieval.classify.zero_label import TARGET_PRECISION
from retrieval.encoder.load import load_encoder
from tests.retrieval.classify.word_encoder import WordEncoder


def test_default_intents_are_complete_in_both_languages():
    taxonomy = load_taxonomy()
    assert len(taxonomy.intents) >= 25
    seen: set[str] = set()
    for intent in taxonomy.intents.values():
        assert set(intent.names) == set(intent.descriptions or {}) == set(intent.phrases or {}) == {"zh", "en"}
        for group in (intent.phrases or {}).values():
            assert 4 <= len(group) <= 8
            assert not seen & set(group), f"{intent.id} repeats a phrase of another intent"
            seen |= set(group)
    assert {i.id for i in taxonomy.intents.values() if i.risk} >= {"complaint", "human_agent", "privacy"}
    assert taxonomy["where_is_my_parcel"].topic == "logistics"
    assert taxonomy["refund_status"].topic == "refund"


def test_an_undescribed_label_gets_plain_properties():
    intent = load_taxonomy()["card_arrival"]
    assert (intent.priority, intent.risk, intent.topic, intent.names["en"]) == ("normal", False, "none", "card arrival")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name": {"en": "x"}}, "needs an 'id'"),
        ({"id": "a", "category": "c"}, "'a'.*needs a 'name'"),
        ({"id": "a", "name": {"en": "x"}}, "'a'.*needs a 'category'"),
        ({"id": "a", "name": {"en": "x"}, "category": "c", "priority": "huge"}, "'huge'.*low, normal, high, urgent"),
        ({"id": "a", "name": {"en": "x"}, "category": "c", "topic": "shoes"}, "'shoes'.*logistics"),
        ({"id": "a", "name": {"en": "x"}, "category": "c", "risk": "yes"}, "true or false"),
        ({"id": "a", "name": "x", "category": "c"}, "text by language|text for each language"),
        ({"id": "a", "name": {"en": "x"}, "category": "c", "phrases": {"en": "one"}}, "must give a list"),
    ],
)
def test_a_wrong_entry_names_intent_and_field(entry, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_taxonomy([entry])


def test_ids_are_unique_and_files_must_be_readable(tmp_path):
    entry = {"id": "a", "name": {"en": "x"}, "category": "c"}
    with pytest.raises(ConfigurationError, match="repeats the id 'a'"):
        parse_taxonomy([entry, entry])
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_taxonomy(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("intents: [")
    with pytest.raises(ConfigurationError, match="not valid YAML"):
        load_taxonomy(tmp_path / "bad.yaml")
    (tmp_path / "empty.yaml").write_text("intents: []")
    with pytest.raises(ConfigurationError, match="one or more intents"):
        load_taxonomy(tmp_path / "empty.yaml")


def test_descriptions_are_embedded_once_and_cached_by_encoder_version(tmp_path):
    first = WordEncoder("cache-1")
    before = load_default(first, cache_dir=tmp_path)
    done = first.encoded
    assert done > 300
    assert load_default(first, cache_dir=tmp_path) is before
    assert first.encoded == done
    other = WordEncoder("cache-2")
    load_default(other, cache_dir=tmp_path)
    assert other.encoded == done  # another version: not taken from the cache
    assert len(list(tmp_path.glob("intents-*.npz"))) == 2


def test_a_damaged_cache_is_computed_again(tmp_path):
    load_default(WordEncoder("cache-3"), cache_dir=tmp_path)
    (path,) = tmp_path.glob("intents-*.npz")
    path.write_bytes(b"half a file")
    from retrieval.classify import zero_label

    zero_label._loaded.clear()
    encoder = WordEncoder("cache-3")
    load_default(encoder, cache_dir=tmp_path)
    assert encoder.encoded > 300
    zero_label._loaded.clear()
    again = WordEncoder("cache-3")
    load_default(again, cache_dir=tmp_path)
    assert again.encoded == 0  # what was written the second time is whole


@pytest.fixture(scope="module")
def real():
    encoder = load_encoder(get_settings())
    return encoder, load_default(encoder)


def test_zero_labels_with_the_real_encoder(real):
    """Messages that are not among the phrases, Chinese and English: most are named rightly, and none needs a label."""
    encoder, classifier = real
    asked = {
        "你好，我前天买的耳机现在运到哪个城市了": "where_is_my_parcel",
        "麻烦帮我开一张公司抬头的发票": "invoice",
        "我想把这双鞋退了，怎么操作": "return_request",
        "退货的钱几号能回到我卡里": "refund_status",
        "给我转接人工服务": "human_agent",
        "上周才买的今天就便宜一百，能补差吗": "price_protection",
        "账户登不进去，密码不记得": "account",
        "Could you tell me where my package is right now?": "where_is_my_parcel",
        "The vase was shattered when I opened the box": "wrong_or_missing_item",
        "Please cancel the order I placed an hour ago": "cancel_order",
        "My discount code is rejected at checkout": "coupon_promotion",
        "let me speak with a real person please": "human_agent",
    }
    found = classifier.predict_many(list(asked), encoder.encode_queries(list(asked)))
    right = sum(said == intent for said, intent in zip(found.best, asked.values(), strict=True))
    assert right >= 10, list(zip(found.best, asked.values(), strict=True))
    assert classifier.report["accuracy_on_left_out_phrases"] > 0.6
    assert 0 < classifier.minimum_confidence < 1
    assert TARGET_PRECISION == 0.8


def test_zero_labels_abstain_between_near_intents_and_give_category_and_language(real):
    encoder, classifier = real
    between = "我想把这双鞋退了，怎么操作"  # return, exchange, refund or cancel: the descriptions lie close together
    found = classifier.predict(between, encoder.encode_queries([between])[0])
    assert (found.intent, found.category, found.abstained) == (None, None, True)
    assert "return_request" in dict(found.ranking)
    text = "帮我查一下物流"
    found = classifier.predict(text, encoder.encode_queries([text])[0])
    assert (found.intent, found.category, found.language) == ("where_is_my_parcel", "logistics", "zh")
    assert classifier.predict(text, encoder.encode_queries([text])[0], language="en").language == "en"


@pytest.mark.parametrize(
    ("text", "base", "level", "cue"),
    [
        ("我的快递到哪了", "normal", "normal", None),
        ("有货吗", "low", "low", None),
        ("很急，今天必须送到", "normal", "high", "urgent"),
        ("I need this ASAP", "low", "high", "urgent"),
        ("再不处理我就打12315", "normal", "urgent", "legal"),
        ("I will talk to my lawyer", "normal", "urgent", "legal"),
        ("充电宝冒烟了", "normal", "urgent", "safety"),
        ("The charger caught fire", "low", "urgent", "safety"),
        ("我要曝光你们", "normal", "urgent", "media"),
        ("what a terrible shop", "normal", "high", "complaint"),
        ("差评！赶紧退钱", "normal", "urgent", "complaint"),  # angry and waiting
        ("我联系了三次了，一直没人理", "normal", "high", "repeated"),
        ("no hurry, whenever you can", "low", "low", None),
        ("不急，有空再说", "low", "low", None),
        ("this is not urgent", "normal", "normal", None),
        ("the surgeonfish is urgently", "low", "high", "urgent"),
        ("resurgent classic", "normal", "normal", None),  # whole words only
        ("１２３１５见", "normal", "urgent", "legal"),  # full-width digits
        ("hello", "urgent", "urgent", None),  # a cue never lowers
    ],
)
def test_priority(text, base, level, cue):
    found = assess_priority(text, base)
    assert found.level == level
    assert found.reasons[0] == f"intent: {base}"
    cues = [reason.split(":")[0] for reason in found.reasons[1:]]
    assert (cue in cues) if cue else not cues


def test_priority_of_a_message_reaches_the_classification():
    encoder = WordEncoder()
    text = "refund refund, 12315"
    found = load_default(encoder).predict(text, np.zeros(encoder.dimension, dtype=np.float32))
    assert found.priority == "urgent"
    assert "legal: 12315" in found.priority_reasons
