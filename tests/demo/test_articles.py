from __future__ import annotations

import re
from datetime import date

import yaml

from demo.generate import ANCHOR
from demo.resources import ROOT, SHOP_CODES
from tests.demo.articles import Article, all_articles

KEYS = {
    "id", "title", "category", "language", "audience", "owner", "shops", "valid_from", "valid_to", "published_at",
    "intents",
}  # fmt: skip
ARTICLES = all_articles()
TODAY = ANCHOR.date()


def intent_ids() -> set[str]:
    path = ROOT.parent / "retrieval" / "classify" / "default_intents.yaml"
    return {row["id"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))["intents"]}


def staff() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = yaml.safe_load((ROOT / "staff.yaml").read_text(encoding="utf-8"))["staff"]
    return rows


def test_there_are_enough_articles_in_both_languages() -> None:
    chinese = [a for a in ARTICLES if a.language == "zh"]
    assert len(ARTICLES) >= 80
    assert len(chinese) >= 55
    assert len(ARTICLES) - len(chinese) >= 30


def test_front_matter_is_complete_and_valid() -> None:
    names, intents = {row["username"] for row in staff()}, intent_ids()
    for article in ARTICLES:
        meta = article.meta
        assert set(meta) == KEYS, article.id
        assert meta["id"] == article.id
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", article.id)
        assert meta["language"] in ("zh", "en")
        assert meta["audience"] in ("public", "internal", "role:supervisor")
        assert meta["owner"] in names
        assert set(meta["shops"]) <= set(SHOP_CODES)
        assert isinstance(meta["published_at"], date)
        assert set(meta["intents"]) <= intents, article.id
        for key in ("valid_from", "valid_to"):
            assert meta[key] is None or isinstance(meta[key], date)


def test_every_intent_that_an_article_can_answer_has_one() -> None:
    covered = {
        intent for article in ARTICLES if article.meta["audience"] == "public" for intent in article.meta["intents"]
    }
    assert intent_ids() <= covered


def test_titles_are_unique() -> None:
    titles = [article.meta["title"] for article in ARTICLES]
    assert len(set(titles)) == len(titles)


def test_articles_are_neither_stubs_nor_books() -> None:
    for article in ARTICLES:
        length = len(re.sub(r"\s", "", article.body))
        low, high = (140, 600) if article.language == "zh" else (380, 3600)
        assert low <= length <= high, (article.id, length)
        assert re.search(r"[一-鿿]", article.body) is not None or article.language == "en"


def test_most_articles_have_structure() -> None:
    structured = [a for a in ARTICLES if re.search(r"^(## |- |\d\. |\|)", a.body, re.MULTILINE)]
    assert len(structured) >= 0.9 * len(ARTICLES)
    assert sum("|---" in a.body for a in ARTICLES) >= 30


def test_there_are_expired_current_and_coming_ones_and_internal_ones() -> None:
    ended = [a.id for a in ARTICLES if a.meta["valid_to"] and a.meta["valid_to"] < TODAY]
    coming = [a.id for a in ARTICLES if a.meta["valid_from"] and a.meta["valid_from"] > TODAY]
    current = [a.id for a in ARTICLES if a.meta["valid_to"] and a.in_force(TODAY)]
    assert {"lh-promo-double11-2025", "lh-promo-618-2025", "hc-promo-blackfriday-2025"} <= set(ended)
    assert coming and len(current) >= 3
    assert sum(a.meta["audience"] == "internal" for a in ARTICLES) >= 5
    assert sum(a.meta["audience"] == "role:supervisor" for a in ARTICLES) >= 2


def _translations() -> list[tuple[Article, Article]]:
    by_id = {article.id: article for article in ARTICLES}
    return [(by_id[a.id[:-3]], a) for a in ARTICLES if a.id.endswith(("-en", "-zh")) and a.id[:-3] in by_id]


def test_a_policy_and_its_translation_state_the_same_figures() -> None:
    pairs = _translations()
    assert len(pairs) >= 10
    for original, translation in pairs:
        assert original.language != translation.language
        assert original.figures == translation.figures, (original.id, original.figures ^ translation.figures)
        for key in ("audience", "shops", "valid_from", "valid_to", "intents"):
            assert original.meta[key] == translation.meta[key], (original.id, key)


def test_a_topic_is_named_in_the_language_of_its_article() -> None:
    """Readers of a help centre in English meet no Chinese topic, and the other way round."""
    named = {(article.id, str(article.meta["category"])) for article in ARTICLES if article.language == "en"}
    assert not [one for one in named if not one[1].isascii()]
    named = {(article.id, str(article.meta["category"])) for article in ARTICLES if article.language == "zh"}
    assert not [one for one in named if one[1].isascii()]


def test_staff_cover_every_role() -> None:
    roles = [row["role"] for row in staff()]
    assert {role: roles.count(role) for role in ("admin", "supervisor", "agent", "editor")} == {
        "admin": 1, "supervisor": 1, "agent": 4, "editor": 1,
    }  # fmt: skip
    agents = [row for row in staff() if row["role"] == "agent"]
    assert sorted(str(row["language"]) for row in agents) == ["en", "en", "zh", "zh"]
    assert sum(len(row["shops"]) == 1 for row in agents) == 1  # type: ignore[arg-type]
    assert not any("password" in row for row in staff())
