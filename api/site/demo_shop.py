"""`/demo-shop`: a small page of a demo shop with the chat in it, only where the demo data is.

It does what a shop's own server does: it signs the identity of who is signed in. Here that is a choice among the
demo's made-up customers; nobody of a real shop can be signed in by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.deps import Reading
from api.site.widget import script
from core.errors import NotFound
from demo import chat as demo
from demo.seeding import is_finished
from records.commerce.wording import money, short_name
from records.shops.hours import opening
from records.shops.models import Shop

router = APIRouter(include_in_schema=False)
SHOPS: Final = {"zh": "lehuo", "en": "homeco"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_templates = Environment(
    loader=PackageLoader("api.site"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE: Final = (resources.files("api.site") / "static" / "demo_shop.css").read_bytes()
_STYLE_NAME: Final = sha256(_STYLE).hexdigest()[:12]
STATUS = {
    "shipped": {"zh": "有包裹在路上", "en": "parcel on its way"},
    "delivered": {"zh": "刚签收", "en": "just delivered"},
    "paid": {"zh": "刚付款", "en": "just paid"},
}


@router.get("/demo-shop.css")
def demo_shop_style() -> Response:
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/demo-shop")
def demo_shop(
    request: Request,
    session: Reading,
    lang: Literal["zh", "en"] | None = None,
    customer: Annotated[str | None, Query(max_length=128, description="a demo customer to be signed in")] = None,
) -> Response:
    """Without `lang` the browser's language decides. Raises NotFound where there is no demo."""
    if lang is None:
        told = request.headers.get("accept-language", "zh").lower()
        return RedirectResponse(f"/demo-shop?lang={'zh' if told.startswith('zh') else 'en'}")
    shop = _shop(session, SHOPS[lang])
    people = demo.customers_to_sign_in(session, shop)
    signed_in = next((one for one in people if one.external_id == customer), None)
    if customer is not None and signed_in is None:
        raise NotFound("There is no such demo customer: choose one on /demo-shop.")
    account = demo.chat_of(session, shop)
    products = [_product(row) for row in demo.products_on_show(session, shop)]
    body = _templates.get_template("demo_shop.html").render(
        lang=lang,
        shop=shop,
        open_now=opening(shop, datetime.now(UTC)).open,
        products=products,
        people=[(one, STATUS[one.status][lang]) for one in people],
        signed_in=signed_in,
        account=account.public_key,
        identity=demo.sign_in(account, signed_in) if signed_in else "",
        version=script().digest,
        style=_STYLE_NAME,
    )
    return HTMLResponse(body, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})


def _shop(session: Session, code: str) -> Shop:
    shop = session.scalar(select(Shop).where(Shop.code == code)) if is_finished(session) else None
    if shop is None:
        raise NotFound("There is no demo shop here. `copilot serve --demo` puts one into an empty installation.")
    return shop


def _product(row: Any) -> dict[str, str]:
    brand, _, rest = row.name.partition(" ")
    name = short_name(rest or row.name)
    return {
        "brand": brand if rest else "",
        "name": name,
        "price": money(row.price, row.currency) if row.price is not None else "",
        "hue": str(int(sha256(row.sku.encode()).hexdigest(), 16) % 6),
    }
