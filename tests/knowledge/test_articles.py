"""Writing, reviewing, publishing and retiring articles, and who may do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from core.events import Event
from knowledge.articles.actions import (
    ArticleScope,
    archive_article,
    change_scope,
    create_article,
    edit_draft,
    give_feedback,
    new_draft,
    publish_version,
    roll_back,
    submit_for_review,
)
from knowledge.articles.compare import compare_texts
from knowledge.articles.feedback import feedback_counts
from knowledge.articles.queries import (
    ArticleFilter,
    due_to_expire,
    get_article,
    list_articles,
    near_duplicates,
)
from knowledge.articles.tree import category_tree
from knowledge.models import Article, ArticleVersion, Passage, VersionStatus
from knowledge.passages import live_docs, still_valid
from records.principals import Principal, Role
from retrieval.types import Hit, SearchScope
from tests.factories import make_shop, make_staff, staff_principal

BODY = "七天内可以无理由退货。\n\n## 运费\n\n退货运费由买家承担。"
CUSTOMER = Principal("customer", 1, customer_id=1)


def as_(session: Session, role: Role, shops: frozenset[int] | None = None) -> Principal:
    return staff_principal(make_staff(session, role), shops)


def only_version(session: Session, article: Article) -> ArticleVersion:
    return session.scalars(select(ArticleVersion).where(ArticleVersion.article_id == article.id)).one()


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).order_by(Event.id)))


def test_from_draft_to_archive(db: Database) -> None:
    with db.unit_of_work() as session:
        agent, editor = as_(session, Role.AGENT), as_(session, Role.EDITOR)
        article = create_article(session, agent, title="退货", body=BODY, scope=ArticleScope(category="售后"))
        draft = only_version(session, article)
        assert (draft.status, draft.number, article.language) == (VersionStatus.DRAFT, 1, "zh")
        submit_for_review(session, agent, draft.id)
        publish_version(session, editor, draft.id)
        second = new_draft(session, agent, article.id, title="退货", body=BODY + "\n\n质量问题由卖家承担。")
        publish_version(session, editor, second.id)
        assert draft.status == VersionStatus.RETIRED and draft.retired_at == second.published_at
        third = roll_back(session, editor, article.id, 1)
        assert (third.number, third.body) == (3, BODY)
        archive_article(session, editor, article.id)
        assert third.status == VersionStatus.RETIRED and article.archived_at is not None
        assert events(session) == [
            "ArticleDrafted",
            "ArticleSubmitted",
            "KnowledgePublished",
            "ArticleDrafted",
            "KnowledgePublished",
            "KnowledgePublished",
            "KnowledgeRetired",
        ]
    with db.reading() as session:
        assert len(session.scalars(select(Passage)).all()) == 2 + 2 + 2, "passages stay for the answers that cited them"
        assert live_docs(session) == []
        past = live_docs(session, at=second.published_at)
        assert past and {doc.version for doc in past} == {2}, "a past index can be rebuilt"


def test_passages_are_spans_of_the_published_text(db: Database) -> None:
    with db.unit_of_work() as session:
        article = create_article(session, as_(session, Role.EDITOR), title="退货", body=BODY)
        version = only_version(session, article)
        assert session.scalars(select(Passage)).all() == []
        publish_version(session, as_(session, Role.EDITOR), version.id)
        rows = session.scalars(select(Passage)).all()
        assert [version.body[row.start : row.end] for row in rows] == [row.text for row in rows]
        assert [row.heading for row in rows] == ["", "运费"]


def test_agents_propose_and_editors_decide(db: Database) -> None:
    with db.unit_of_work() as session:
        agent, other, editor = as_(session, Role.AGENT), as_(session, Role.AGENT), as_(session, Role.EDITOR)
        article = create_article(session, agent, title="退货", body=BODY)
        draft = only_version(session, article)
        edit_draft(session, agent, draft.id, title="退货", body=BODY + "。")
        with pytest.raises(Forbidden):
            edit_draft(session, other, draft.id, title="退货", body="别人的")
        for action in (
            lambda who: publish_version(session, who, draft.id),
            lambda who: archive_article(session, who, article.id),
            lambda who: roll_back(session, who, article.id, 1),
            lambda who: change_scope(session, who, article.id, ArticleScope(audience="internal")),
        ):
            with pytest.raises(Forbidden):
                action(agent)
        with pytest.raises(Forbidden):
            create_article(session, CUSTOMER, title="退货", body=BODY)
        edit_draft(session, editor, draft.id, title="退货", body=BODY)
        publish_version(session, editor, draft.id)
        with pytest.raises(Conflict):
            edit_draft(session, editor, draft.id, title="退货", body="改了")


def test_staff_of_a_shop_touch_only_its_articles(db: Database) -> None:
    with db.unit_of_work() as session:
        mine, theirs = make_shop(session), make_shop(session)
        editor, admin = as_(session, Role.EDITOR, frozenset({mine.id})), as_(session, Role.ADMIN)
        own = create_article(session, editor, title="自己", body=BODY, scope=ArticleScope(shop_ids=(mine.id,)))
        everybody = create_article(session, admin, title="全部", body=BODY)
        foreign = create_article(session, admin, title="别家", body=BODY, scope=ArticleScope(shop_ids=(theirs.id,)))
        for scope in ((), (theirs.id,), (mine.id, theirs.id)):
            with pytest.raises(Forbidden):
                create_article(session, editor, title="x", body=BODY, scope=ArticleScope(shop_ids=scope))
            with pytest.raises(Forbidden):
                change_scope(session, editor, own.id, ArticleScope(shop_ids=scope))
        with pytest.raises(Forbidden):
            publish_version(session, editor, only_version(session, everybody).id)
        found = [row.article.id for row in list_articles(session, editor)]
        assert found == [everybody.id, own.id]
        with pytest.raises(NotFound):
            get_article(session, editor, foreign.id)
        assert [r.article.id for r in list_articles(session, admin, ArticleFilter(shop_id=theirs.id))] == [
            foreign.id,
            everybody.id,
        ]


def test_the_second_editor_gets_a_conflict(db: Database) -> None:
    with db.unit_of_work() as session:
        editor = as_(session, Role.EDITOR)
        article = create_article(session, editor, title="退货", body=BODY)
        draft, seen = only_version(session, article), article.version
        edit_draft(session, editor, draft.id, title="退货", body="甲", expected_version=seen)
        assert article.version > seen, "the ETag moves when only a version changes"
        for action in (
            lambda: edit_draft(session, editor, draft.id, title="退货", body="乙", expected_version=seen),
            lambda: publish_version(session, editor, draft.id, expected_version=seen),
            lambda: archive_article(session, editor, article.id, expected_version=seen),
            lambda: change_scope(session, editor, article.id, ArticleScope(audience="internal"), expected_version=seen),
        ):
            with pytest.raises(PreconditionFailed):
                action()
        with pytest.raises(Conflict):
            new_draft(session, editor, article.id, title="退货", body="丙")


def test_bad_articles_are_refused(db: Database) -> None:
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        editor = as_(session, Role.EDITOR)
        for title, body, scope in (
            ("", BODY, ArticleScope()),
            ("退货", "  ", ArticleScope()),
            ("退货", BODY, ArticleScope(audience="everybody")),
            ("退货", BODY, ArticleScope(valid_from=now, valid_to=now)),
        ):
            with pytest.raises(InvalidInput):
                create_article(session, editor, title=title, body=body, scope=scope)
        empty = create_article(session, editor, title="退货", body="# 退货\n\n<!-- 以后写 -->")
        with pytest.raises(InvalidInput, match="no text"):
            publish_version(session, editor, only_version(session, empty).id)
        create_article(session, editor, title="退货", body=BODY, external_id="a")
        with pytest.raises(Conflict):
            create_article(session, editor, title="退货", body=BODY, external_id="a")


def test_hits_are_checked_against_the_database(db: Database) -> None:
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        shop, editor = make_shop(session), as_(session, Role.EDITOR)
        articles = []
        for title in ("留下", "归档", "替换", "过期", "未到", "内部", "别家"):
            article = create_article(session, editor, title=title, body="退货期限七天。")
            publish_version(session, editor, only_version(session, article).id)
            articles.append(article)
        hits = [Hit(doc, 1.0) for doc in live_docs(session)]
        _, archived, replaced, expired, coming, internal, foreign = articles
        archive_article(session, editor, archived.id)
        draft = new_draft(session, editor, replaced.id, title="替换", body="退货期限十五天。")
        publish_version(session, editor, draft.id)
        change_scope(session, editor, expired.id, ArticleScope(valid_to=now - timedelta(minutes=1)))
        change_scope(session, editor, coming.id, ArticleScope(valid_from=now + timedelta(hours=1)))
        change_scope(session, editor, internal.id, ArticleScope(audience="internal"))
        change_scope(session, editor, foreign.id, ArticleScope(shop_ids=(shop.id,)))
    with db.reading() as session:
        assert [hit.passage.title for hit in still_valid(session, hits)] == ["留下"]
        scope = SearchScope(audiences=frozenset({"public", "internal"}), shop=shop.id)
        assert [hit.passage.title for hit in still_valid(session, hits, scope=scope)] == ["留下", "内部", "别家"]
        later = still_valid(session, hits, now + timedelta(hours=2), scope=replace(scope, shop=shop.id + 1))
        assert [hit.passage.title for hit in later] == ["留下", "未到", "内部"]


def test_lists_trees_and_feedback(db: Database) -> None:
    with db.unit_of_work() as session:
        editor, agent = as_(session, Role.EDITOR), as_(session, Role.AGENT)
        soon = datetime.now(UTC) + timedelta(days=3)
        a = create_article(session, editor, title="退货", body=BODY, scope=ArticleScope(category="售后/退货"))
        b = create_article(
            session, editor, title="促销", body="满减。", scope=ArticleScope(category="活动", valid_to=soon)
        )
        c = create_article(
            session, editor, title="主管", body="话术。", scope=ArticleScope("role:supervisor", category="售后")
        )
        publish_version(session, editor, only_version(session, b).id)
        page = list_articles(session, editor, limit=2)
        assert [row.article.id for row in page] == [c.id, b.id]
        assert [row.article.id for row in list_articles(session, editor, before=b.id)] == [a.id]
        assert [row.article.id for row in list_articles(session, agent)] == [b.id, a.id]
        assert list_articles(session, CUSTOMER) == []
        assert [r.article.id for r in list_articles(session, editor, ArticleFilter(category="售后"))] == [c.id, a.id]
        assert [r.article.id for r in list_articles(session, editor, ArticleFilter(status="published"))] == [b.id]
        assert [r.article.id for r in list_articles(session, editor, ArticleFilter(text="退"))] == [a.id]
        assert [(n.name, n.articles) for n in category_tree(session, editor)] == [
            (name, 1) for name in sorted(["售后", "售后/退货", "活动"])
        ]
        assert [row.article.id for row in due_to_expire(session, editor, soon + timedelta(days=1))] == [b.id]
        assert due_to_expire(session, editor, soon - timedelta(days=1)) == []
        give_feedback(session, CUSTOMER, b.id, helpful=True)
        give_feedback(session, agent, b.id, helpful=False, comment="旧了")
        assert feedback_counts(session, [a.id, b.id]) == {b.id: (1, 1)}
        with pytest.raises(NotFound):
            give_feedback(session, CUSTOMER, c.id, helpful=True)


def test_near_duplicates_are_found(db: Database) -> None:
    text = "自签收之日起七天内，商品完好且不影响二次销售的，可以申请无理由退货，运费由买家承担，质量问题由卖家承担。"
    with db.unit_of_work() as session:
        editor = as_(session, Role.EDITOR)
        twin = create_article(session, editor, title="退货", body=text)
        other = create_article(session, editor, title="发票", body="电子发票在订单完成后二十四小时内发到您的邮箱。")
        for article in (twin, other):
            publish_version(session, editor, only_version(session, article).id)
        found = near_duplicates(session, editor, text.replace("七天", "7 天"))
        assert [row.article.id for row, _ in found] == [twin.id] and found[0][1] > 0.8
        assert near_duplicates(session, editor, text, exclude=twin.id) == []
        archive_article(session, editor, twin.id)
        assert near_duplicates(session, editor, text) == []


def test_compare_marks_characters() -> None:
    changes = compare_texts("一\n退货期限七天。\n三", "一\n退货期限十五天。\n三\n四")
    assert [(c.kind, c.new) for c in changes] == [
        ("equal", "一"),
        ("replace", "退货期限十五天。"),
        ("equal", "三"),
        ("insert", "四"),
    ]
    assert changes[1].parts == (
        ("equal", "退货期限"),
        ("delete", "七天"),
        ("insert", "十五天"),
        ("equal", "。"),
    )
    assert "".join(text for kind, text in changes[1].parts if kind != "insert") == changes[1].old
