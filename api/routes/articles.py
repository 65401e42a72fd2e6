"""Knowledge articles: read them, draft, review, publish, archive. Who may see which is decided in `knowledge`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Response, status
from sqlalchemy.orm import Session

from api.deps import IfMatch, Once, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.knowledge import (
    ArticleOut,
    ArticleRowOut,
    CategoryOut,
    DraftIn,
    LineOut,
    NearDuplicatesIn,
    NewArticleIn,
    PublishIn,
    RollBackIn,
    ScopeIn,
    SimilarOut,
    VersionOut,
)
from api.versioned import versioned
from copilot.policies import Permission
from evals.gate.publishing import pass_gate
from knowledge.articles import actions, queries
from knowledge.articles.compare import compare_texts
from knowledge.articles.feedback import feedback_counts, unhandled_counts
from knowledge.articles.tree import category_tree
from records.principals import Principal

router = versioned("/articles", tags=["articles"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_KNOWLEDGE))]
Author = Annotated[Principal, Depends(allowed(Permission.PROPOSE_KNOWLEDGE))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]
StatusWord = Literal["draft", "review", "published", "retired", "archived"]


@router.get("")
def list_articles(
    session: Reading,
    principal: Reader,
    paging: Paged,
    status_is: Annotated[StatusWord | None, Query(alias="status", description="of any version")] = None,
    category: Annotated[str | None, Query(description="with those below it")] = None,
    audience: str | None = None,
    language: str | None = None,
    shop_id: int | None = None,
    owner_id: int | None = None,
    q: Annotated[str | None, Query(max_length=200, description="in titles and texts")] = None,
    validity: Annotated[queries.Validity | None, Query(description="expiring: within 30 days")] = None,
    unread_feedback: Annotated[bool, Query(description="only with feedback that nobody has handled")] = False,
) -> Page[ArticleRowOut]:
    """Newest first; archived ones only when asked for."""
    wanted = queries.ArticleFilter(
        status_is, category, audience, language, shop_id, owner_id, q, validity, unread_feedback
    )
    rows = queries.list_articles(session, principal, wanted, before=paging.after_id, limit=paging.rows)
    unread = unhandled_counts(session, [row.article.id for row in rows])
    return paging.page(
        rows, lambda row: ArticleRowOut.of(row, unread.get(row.article.id, 0)), lambda row: [row.article.id]
    )


@router.get("/categories")
def list_categories(session: Reading, principal: Reader) -> list[CategoryOut]:
    """Categories with the number of articles in each; "a/b" is below "a"."""
    return [CategoryOut.model_validate(node) for node in category_tree(session, principal)]


@router.get("/expiring")
def list_expiring(
    session: Reading, principal: Reader, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> list[ArticleRowOut]:
    """Published articles whose validity ends within `days`, the next to end first."""
    until = datetime.now(UTC) + timedelta(days=days)
    return [ArticleRowOut.of(row) for row in queries.due_to_expire(session, principal, until)]


@router.post("/near-duplicates")
def find_near_duplicates(body: NearDuplicatesIn, session: Reading, principal: Author) -> list[SimilarOut]:
    """Published articles that say nearly the same, the most similar first. Nothing is written."""
    found = queries.near_duplicates(session, principal, body.text, exclude=body.exclude)
    return [SimilarOut(article=ArticleRowOut.of(row), similarity=round(score, 3)) for row, score in found]


@router.post("", status_code=status.HTTP_201_CREATED, response_model=ArticleOut)
def create_article(
    body: NewArticleIn, session: Writing, principal: Author, once: Once, response: Response
) -> ArticleOut | Response:
    """A new article with draft version 1."""
    if (known := once.known(session)) is not None:
        return known
    article = actions.create_article(
        session,
        principal,
        title=body.title,
        body=body.body,
        scope=body.scope.scope(),
        language=body.language,
        external_id=body.external_id,
        note=body.note,
    )
    shown = _shown(session, principal, article.id, response)
    response.headers["Location"] = f"/api/v1/articles/{article.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/{article_id}")
def read_article(article_id: int, session: Reading, principal: Reader, response: Response) -> ArticleOut:
    return _shown(session, principal, article_id, response)


@router.get("/{article_id}/versions/{number}")
def read_version(article_id: int, number: int, session: Reading, principal: Reader) -> VersionOut:
    return VersionOut.of(queries.version_of(session, principal, article_id, number))


@router.get("/{article_id}/diff")
def compare_versions(
    article_id: int,
    session: Reading,
    principal: Reader,
    old: Annotated[int, Query(ge=1, description="number of a version")],
    new: Annotated[int, Query(ge=1, description="number of a version")],
) -> list[LineOut]:
    """What turns the old version's text into the new one's, line by line, unchanged lines included."""
    before, after = (queries.version_of(session, principal, article_id, number) for number in (old, new))
    return [LineOut.of(line) for line in compare_texts(before.body, after.body)]


@router.post("/{article_id}/versions", status_code=status.HTTP_201_CREATED, response_model=ArticleOut)
def create_draft(
    article_id: int,
    body: DraftIn,
    session: Writing,
    principal: Author,
    version: IfMatch,
    once: Once,
    response: Response,
) -> ArticleOut | Response:
    """A draft of the next version; 409 while another one is open."""
    if (known := once.known(session)) is not None:
        return known
    actions.new_draft(
        session,
        principal,
        article_id,
        title=body.title,
        body=body.body,
        note=body.note or "",
        expected_version=version,
    )
    shown = _shown(session, principal, article_id, response)
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.put("/{article_id}/versions/{number}")
def edit_draft(
    article_id: int,
    number: int,
    body: DraftIn,
    session: Writing,
    principal: Author,
    version: IfMatch,
    response: Response,
) -> ArticleOut:
    """Change a draft's text; one under review becomes a draft again. The ETag is the article's."""
    draft = queries.version_of(session, principal, article_id, number)
    actions.edit_draft(
        session,
        principal,
        draft.id,
        title=body.title,
        body=body.body,
        note=body.note,
        expected_version=version,
    )
    return _shown(session, principal, article_id, response)


@router.post("/{article_id}/versions/{number}/submit")
def submit_draft(
    article_id: int, number: int, session: Writing, principal: Author, version: IfMatch, response: Response
) -> ArticleOut:
    """Hand a draft to the editors."""
    draft = queries.version_of(session, principal, article_id, number)
    actions.submit_for_review(session, principal, draft.id, expected_version=version)
    return _shown(session, principal, article_id, response)


@router.post("/{article_id}/versions/{number}/publish")
def publish_version(
    article_id: int,
    number: int,
    session: Writing,
    principal: Editor,
    version: IfMatch,
    response: Response,
    body: PublishIn | None = None,
) -> ArticleOut:
    """Put a draft into use; it is found as soon as it is indexed (`indexed_at`).

    With `preview_id` only what was previewed is published: 409 when the draft or its scope has changed since. Where a
    shop's `publish_gate` blocks, 409 without a preview, and for a significant fall without a supervisor's `override`.
    """
    draft = queries.version_of(session, principal, article_id, number)
    asked = body or PublishIn()
    pass_gate(session, principal, draft.id, preview_id=asked.preview_id, override=asked.override)
    actions.publish_version(session, principal, draft.id, expected_version=version)
    return _shown(session, principal, article_id, response)


@router.post("/{article_id}/archive")
def archive_article(
    article_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> ArticleOut:
    """Take it out of use at once. Publishing a version brings it back."""
    queries.get_article(session, principal, article_id)
    actions.archive_article(session, principal, article_id, expected_version=version)
    return _shown(session, principal, article_id, response)


@router.post("/{article_id}/rollback")
def roll_back_article(
    article_id: int, body: RollBackIn, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> ArticleOut:
    """Publish an earlier version's text again, as a new version."""
    queries.get_article(session, principal, article_id)
    actions.roll_back(session, principal, article_id, body.number, expected_version=version)
    return _shown(session, principal, article_id, response)


@router.put("/{article_id}/scope")
def change_scope(
    article_id: int, body: ScopeIn, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> ArticleOut:
    """Replace who finds it, where and when."""
    queries.get_article(session, principal, article_id)
    actions.change_scope(session, principal, article_id, body.scope(), expected_version=version)
    return _shown(session, principal, article_id, response)


def _shown(session: Session, principal: Principal, article_id: int, response: Response) -> ArticleOut:
    session.flush()
    session.expire_all()  # versions are read again as they are now
    article = queries.get_article(session, principal, article_id)
    feedback = feedback_counts(session, [article_id]).get(article_id, (0, 0))
    set_etag(response, article.version)
    return ArticleOut.of(article, feedback)
