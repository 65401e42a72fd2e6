"""What machines read: structured data in pages, the site map, robots.txt, llms.txt and articles as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from api.help import wording
from api.help.markdown import excerpt
from api.help.site import LANGUAGES, ROOT, Site, canonical_path, shop_of
from knowledge.public.queries import PublicArticle, PublicCategory
from records.shops.models import Shop

_SCHEMA = "https://schema.org"


@dataclass(frozen=True, slots=True)
class Meta:
    """What stands in a page's head. `alternates`: language → address of the same page; `data` is JSON-LD."""

    title: str
    description: str
    canonical: str
    data: dict[str, Any]
    kind: str = "website"
    alternates: dict[str, str] = field(default_factory=dict)


def home_meta(site: Site, name: str, categories: Sequence[PublicCategory]) -> Meta:
    topics = ("、" if site.language == "zh" else ", ").join(one.name for one in categories[:8] if one.name)
    canonical = site.absolute(site.url())
    search = site.absolute(site.url("/search")) + "&q={search_term_string}"
    return Meta(
        title=name,
        description=wording.say(site.language, "describe", title=name, topics=topics or name),
        canonical=canonical,
        data={
            "@context": _SCHEMA,
            "@type": "WebSite",
            "name": name,
            "url": canonical,
            "inLanguage": site.language,
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": search},
                "query-input": "required name=search_term_string",
            },
        },
        alternates={
            **{language: site.absolute(site.url(language=language)) for language in LANGUAGES},
            "x-default": site.absolute(ROOT),
        },
    )


def category_meta(site: Site, name: str, title: str, articles: Sequence[PublicArticle], others: Iterable[str]) -> Meta:
    canonical = site.absolute(site.category_url(name))
    questions = [
        {
            "@type": "Question",
            "name": article.title,
            "url": site.absolute(canonical_path(article)),
            "acceptedAnswer": {"@type": "Answer", "text": excerpt(article.body)},
        }
        for article in articles
    ]
    alternates = {language: site.absolute(site.category_url(name, language)) for language in others}
    return Meta(
        title=title,
        description="; ".join(article.title for article in articles)[:200],
        canonical=canonical,
        data={"@context": _SCHEMA, "@type": "FAQPage", "inLanguage": site.language, "mainEntity": questions},
        alternates={site.language: canonical, **alternates} if alternates else {},
    )


def article_meta(site: Site, article: PublicArticle, category: str, name: str) -> Meta:
    canonical = site.absolute(canonical_path(article))
    home, topic = site.absolute(site.url()), site.absolute(site.category_url(article.category, article.language))
    crumbs = [(name, home), (category, topic), (article.title, canonical)]
    description = excerpt(article.body, 155)
    return Meta(
        title=article.title,
        description=description,
        canonical=canonical,
        kind="article",
        data={
            "@context": _SCHEMA,
            "@graph": [
                {
                    "@type": "Article",
                    "headline": article.title,
                    "description": description,
                    "inLanguage": article.language,
                    "dateModified": article.updated_at.isoformat(),
                    "version": str(article.version),
                    "mainEntityOfPage": canonical,
                    "publisher": {"@type": "Organization", "name": site.title or name},
                },
                {
                    "@type": "BreadcrumbList",
                    "itemListElement": [
                        {"@type": "ListItem", "position": place, "name": text, "item": address}
                        for place, (text, address) in enumerate(crumbs, 1)
                    ],
                },
            ],
        },
    )


def site_map(site: Site, articles: Sequence[PublicArticle]) -> str:
    """XML of every public page, with when it changed."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    newest = max((article.updated_at for article in articles), default=None)
    pages = [(site.url(language=language), newest) for language in LANGUAGES]
    pages += [(canonical_path(article), article.updated_at) for article in articles]
    for path, at in pages:
        changed = f"<lastmod>{at.date().isoformat()}</lastmod>" if at else ""
        lines.append(f"<url><loc>{escape(site.absolute(path))}</loc>{changed}</url>")
    return "\n".join([*lines, "</urlset>", ""])


def robots(site: Site) -> str:
    hidden = [f"Disallow: {path}" for path in ("/api/", "/console", f"{ROOT}/search", f"{ROOT}/ask")]
    where = f"Sitemap: {site.absolute('/sitemap.xml')}"
    return "\n".join(["User-agent: *", f"Allow: {ROOT}", *hidden, "", where, ""])


def llms(site: Site, articles: Sequence[PublicArticle], *, full: bool = False) -> str:
    """llmstxt.org: what there is, by shop and category, with links to Markdown; `full` has the articles themselves."""
    name = ", ".join(shop.name for shop in site.shops) or site.title or wording.say("en", "help_centre")
    lines = [f"# {_line(name)}", "", "> The public help articles, each also as Markdown.", ""]

    def place(article: PublicArticle) -> tuple[str, str, str]:
        shop = shop_of(article, site.shops)
        return shop.name if shop and len(site.shops) > 1 else "", article.language, article.category

    for (shop, language, category), group in groupby(sorted(articles, key=lambda one: (place(one), one.id)), place):
        head = " · ".join(part for part in (shop, category or wording.say(language, "general")) if part)
        lines += [f"## {_line(head)} ({language})", ""]
        for article in group:
            if full:
                lines += [as_markdown(site, article, level=3), ""]
            else:
                address = site.absolute(markdown_path(article))
                lines.append(f"- [{_line(article.title)}]({address}): {_line(excerpt(article.body))}")
        lines.append("")
    return "\n".join(lines)


def as_markdown(site: Site, article: PublicArticle, level: int = 1) -> str:
    """The article as it was written, with its title, address and date."""
    about = f"{site.absolute(canonical_path(article))} · v{article.version} · {article.updated_at.date().isoformat()}"
    return f"{'#' * level} {_line(article.title)}\n\n{about}\n\n{article.body.strip()}\n"


def markdown_path(article: PublicArticle) -> str:
    return f"{ROOT}/articles/{article.id}.md"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def open_to(articles: Sequence[PublicArticle], shops: Sequence[Shop]) -> list[PublicArticle]:
    """Those that stand in a shop that is open, or in all."""
    return [article for article in articles if not article.shop_ids or shop_of(article, shops) is not None]
