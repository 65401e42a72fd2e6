"""For whom a page is made: its language and its shop, and the addresses of other pages for the same reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.settings import Settings
from knowledge.public.queries import PublicArticle
from records.shops.chat import CHAT
from records.shops.models import ChannelAccount, Shop

LANGUAGES = ("zh", "en")
ROOT = "/help"
WIDGET = Path(__file__).resolve().parents[2] / "web" / "dist" / "widget" / "widget.js"  # without it there is no chat
UNCATEGORISED = "-"  # stands in addresses for the empty category
NO_SHOP = 0  # no shop has this id: what asks for it gets what stands in every shop
_SLUG = re.compile(r"[^\w]+")
_SLUG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Site:
    """`shop` None: no shop is open; then there are only articles that stand in every shop.

    `chat` is the public key of the shop's chat, "" when it has none.
    """

    language: str
    shop: Shop | None
    shops: Sequence[Shop]
    base_url: str
    title: str
    chat: str

    @property
    def shop_id(self) -> int:
        return self.shop.id if self.shop else NO_SHOP

    def url(self, path: str = "", *, language: str | None = None, shop: Shop | None = None, **query: str) -> str:
        """The address of a page below /help for this reader, or for one of another language or shop."""
        chosen, kept = language or self.language, shop or self.shop
        wanted = {"lang": chosen, **query}
        if kept is not None and kept is not default_shop(self.shops, chosen):
            wanted["shop"] = kept.code
        return f"{ROOT}{path}?{urlencode(wanted)}"

    def article_url(self, article: PublicArticle, **query: str) -> str:
        """As short as can be: what an article says of itself need not stand in its address."""
        wanted = dict(query)
        if self.language != article.language:
            wanted["lang"] = self.language
        if self.shop is not None and self.shop is not shop_of(article, self.shops, wanted.get("lang")):
            wanted["shop"] = self.shop.code
        return canonical_path(article) + (f"?{urlencode(wanted)}" if wanted else "")

    def category_url(self, name: str, language: str | None = None) -> str:
        return self.url(f"/categories/{quote(name or UNCATEGORISED, safe='')}", language=language)

    def absolute(self, path: str) -> str:
        return self.base_url + path


def canonical_path(article: PublicArticle) -> str:
    name = slug(article.title)
    return f"{ROOT}/articles/{article.id}" + (f"-{quote(name)}" if name else "")


def slug(title: str) -> str:
    """Words of a title for an address; Chinese stays as it is."""
    plain = unicodedata.normalize("NFKC", title).lower()
    return _SLUG.sub("-", plain).strip("-")[:_SLUG_LENGTH].strip("-")


def active_shops(session: Session) -> list[Shop]:
    return list(session.scalars(select(Shop).where(Shop.active.is_(True)).order_by(Shop.id)))


def default_shop(shops: Sequence[Shop], language: str) -> Shop | None:
    """The first that speaks this language, or else the first."""
    return next((shop for shop in shops if shop.language == language), shops[0] if shops else None)


def shop_of(article: PublicArticle, shops: Sequence[Shop], language: str | None = None) -> Shop | None:
    """The shop under which an article stands when none is asked for. None: none of its shops is open."""
    usual = default_shop(shops, language or article.language)
    if not article.shop_ids or (usual and usual.id in article.shop_ids):
        return usual
    return next((shop for shop in shops if shop.id in article.shop_ids), None)


def spoken(asked: str | None, accepted: str) -> str:
    """`asked` for in the address, or the best of an Accept-Language header; English when nothing fits."""
    if asked in LANGUAGES:
        return str(asked)
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            ranked.append((-_quality(weight), place, language))
    return min(ranked)[2] if ranked else "en"


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def make_site(
    session: Session, settings: Settings, *, language: str, shop_code: str | None, article: PublicArticle | None = None
) -> Site:
    """Raises NotFound for a shop that is not there or closed, and for an article that none of the open shops has."""
    shops = active_shops(session)
    if shop_code:
        shop = next((one for one in shops if one.code == shop_code), None)
        if shop is None:
            raise NotFound("There is no such shop.")
    elif article is not None:
        shop = shop_of(article, shops, language)
        if shop is None and (shops or article.shop_ids):
            raise NotFound("There is no such article.")
    else:
        shop = default_shop(shops, language)
    title = settings.help_title or (shop.name if shop else "")
    return Site(language, shop, shops, settings.base_url, title, _chat_of(session, shop))


def _chat_of(session: Session, shop: Shop | None) -> str:
    if shop is None or not WIDGET.is_file():
        return ""
    query = (
        select(ChannelAccount.public_key)
        .where(ChannelAccount.shop_id == shop.id, ChannelAccount.kind == CHAT, ChannelAccount.active.is_(True))
        .where(ChannelAccount.public_key.is_not(None))
        .order_by(ChannelAccount.id)
    )
    return session.scalar(query.limit(1)) or ""
