"""The pages of the help centre. Nobody signs in, and nothing but `knowledge.public` is read."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from api.deps import Reading
from api.help import machine, markdown, pages, wording
from api.help.reader import RECENT, Ask, Asking, HelpRoute, contact_url
from api.help.site import LANGUAGES, ROOT, UNCATEGORISED, Site, canonical_path
from core.errors import NotFound
from knowledge.public import queries
from knowledge.public.queries import PublicArticle

router = APIRouter(prefix=ROOT, tags=["help"], route_class=HelpRoute, include_in_schema=False)
for_machines = APIRouter(tags=["help"], route_class=HelpRoute, include_in_schema=False)
_KEY = re.compile(r"(\d{1,18})(?:-[^/]*?)?(\.md)?")
Voted = Annotated[str | None, Query(pattern="^(yes|no|done)$")]


@router.get("")
def home(ask: Ask, session: Reading) -> Response:
    site = ask.site(session)
    categories = queries.public_categories(session, site.shop_id, site.language)
    return pages.page(
        ask.request,
        "home.html",
        site,
        meta=machine.home_meta(site, pages.name_of(site), categories),
        categories=categories,
        helpful=queries.most_helpful(session, site.shop_id, site.language, RECENT),
        recent=queries.list_public(session, site.shop_id, language=site.language, limit=RECENT),
        elsewhere=_elsewhere(session, site),
        **contacts(ask),
    )


@router.get("/categories/{name:path}")
def category(name: str, ask: Ask, session: Reading) -> Response:
    site = ask.site(session)
    name = "" if name == UNCATEGORISED else name
    articles = queries.list_public(session, site.shop_id, language=site.language, category=name)
    elsewhere = _elsewhere(session, site, name)
    if not articles:
        if not elsewhere:
            raise NotFound("There is no such category.")
        return RedirectResponse(site.category_url(name, next(iter(elsewhere))), 302)
    title = name or wording.say(site.language, "general")
    return pages.page(
        ask.request,
        "category.html",
        site,
        meta=machine.category_meta(site, name, title, articles, elsewhere),
        name=name,
        articles=articles,
        elsewhere=elsewhere,
        **contacts(ask),
    )


def _elsewhere(session: Session, site: Site, category: str | None = None) -> dict[str, int]:
    counts = queries.languages(session, site.shop_id, category)
    return {language: counts[language] for language in LANGUAGES if language != site.language and language in counts}


@router.get("/articles/{key}")
def article(key: Annotated[str, Path(max_length=300)], ask: Ask, session: Reading, voted: Voted = None) -> Response:
    """`key` is the id, with the title after it for people; `.md` at the end gives Markdown."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotFound("There is no such article.")
    article = queries.get_public(session, int(found[1]))
    site = ask.site(session, article)
    if article.shop_ids and site.shop_id not in article.shop_ids:
        raise NotFound("There is no such article in this shop.")
    if found[2]:
        text = machine.as_markdown(site, article)
        return pages.revalidated(ask.request, text.encode(), "text/markdown; charset=utf-8")
    if ask.request.scope["path"] != unquote(canonical_path(article)):
        return RedirectResponse(canonical_path(article) + _query(ask.request), 301)
    return pages.page(
        ask.request,
        "article.html",
        site,
        keep=voted is None,
        meta=machine.article_meta(
            site, article, article.category or wording.say(site.language, "general"), pages.name_of(site)
        ),
        article=article,
        rendered=markdown.render(article.body),
        related=queries.related(session, article, site.shop_id),
        plain_text=machine.markdown_path(article),
        switch={language: site.url(language=language) for language in LANGUAGES},
        voted=voted,
        **contacts(ask),
    )


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


def contacts(ask: Asking, subject: str = "") -> dict[str, Any]:
    """How to go on with a person, as the templates take it."""
    return {"contact": contact_url(ask.settings, subject)}


@router.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    return pages.asset(request, name)


@for_machines.get("/sitemap.xml")
def site_map(ask: Ask, session: Reading) -> Response:
    site, articles = _everything(ask, session)
    return pages.revalidated(ask.request, machine.site_map(site, articles).encode(), "application/xml")


@for_machines.get("/robots.txt")
def robots(ask: Ask, session: Reading) -> Response:
    return PlainTextResponse(machine.robots(ask.site(session)), headers={"Cache-Control": "public, max-age=3600"})


@for_machines.get("/llms.txt")
def llms(ask: Ask, session: Reading) -> Response:
    """Every public article with a line about it and a link to its Markdown."""
    site, articles = _everything(ask, session)
    return pages.revalidated(ask.request, machine.llms(site, articles).encode(), "text/plain; charset=utf-8")


@for_machines.get("/llms-full.txt")
def llms_full(ask: Ask, session: Reading) -> Response:
    """Every public article whole."""
    site, articles = _everything(ask, session, whole=True)
    return pages.revalidated(ask.request, machine.llms(site, articles, full=True).encode(), "text/plain; charset=utf-8")


def _everything(ask: Asking, session: Session, *, whole: bool = False) -> tuple[Site, list[PublicArticle]]:
    site = ask.site(session)
    articles = queries.list_public(session, None, whole=whole)
    return site, machine.open_to(articles, site.shops)


missing = APIRouter(prefix=ROOT, tags=["help"], route_class=HelpRoute, include_in_schema=False)


@missing.get("/{rest:path}")
def no_such_page(rest: str, request: Request) -> Response:
    """Comes after all others."""
    if not rest:
        return RedirectResponse(ROOT + _query(request), 301)
    raise NotFound("There is no such page.")
