"""The demo's written parts as data: shops, people, places, dialogue scripts and phrase pools (the YAML files here)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import ConfigurationError
from core.yaml_text import parse_yaml

ROOT = Path(__file__).parent
ARTICLES_DIR = ROOT / "articles"
SHOP_CODES = ("lehuo", "homeco")
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity, so that it can be a key
class Product:
    """`short` is what a person calls it in a chat; `options` lists the values of each option."""

    sku: str
    short: str
    name: str
    description: str
    price: Decimal
    currency: str
    status: str
    category: str
    options: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ShopSpec:
    """A demo shop as written in `shops/<code>.yaml`. `agents` maps sign-in name to the name used in chats."""

    code: str
    name: str
    platform: str
    currency: str
    timezone: str
    language: str
    free_shipping_from: Decimal
    agents: Mapping[str, str]
    payments: tuple[str, ...]
    business_hours: Mapping[str, tuple[str, str]]
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """`days` is how long a standard parcel takes there (days in zh, business days in en)."""

    city: str
    province: str
    days: tuple[int, int]
    hubs: tuple[str, ...]
    remote: bool
    districts: tuple[str, ...] = ()
    zip_code: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """One way a conversation goes. `talk` alternates customer and agent, customer first; each entry is its variants.

    `when` names the state of the order (see `demo.situations`). These narrow which orders fit: `categories`, `items`
    (short product names), `payment`, `several` (more than one item), `then` (how the order ends: its scenario), `tags`
    (of the customer, or the tier), `states` (of the after-sales case), `remote` and `days` (after delivery).
    """

    id: str
    intent: str
    language: str
    when: str
    talk: tuple[tuple[str, ...], ...]
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    payment: str | None = None
    several: bool = False
    then: str | None = None
    tags: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    remote: bool = False
    days: tuple[float, float] | None = None


def _read(path: Path) -> Any:
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"The demo file {path.name} cannot be read: {error}. Restore it from git.") from error


def _products(raw: Mapping[str, Any], code: str, currency: str, language: str) -> tuple[Product, ...]:
    made: list[Product] = []
    prefix = "LH" if code == "lehuo" else "HC"
    for category, group in raw.items():
        options = {str(name): tuple(map(str, values)) for name, values in group["options"].items()}
        for number, row in enumerate(group["rows"], start=1):
            short, name, price = (part.strip() for part in row.split(" | "))
            choices = "；".join(f"{n}：{'、'.join(v)}" for n, v in options.items())
            if language == "en":
                choices = "; ".join(f"{n}: {', '.join(v)}" for n, v in options.items())
            description = f"{name}。可选{choices}。" if language == "zh" else f"{name}. Choose from {choices}."
            made.append(
                Product(
                    sku=f"{prefix}-{category[:3].upper()}{number:03d}",
                    short=short,
                    name=name,
                    description=description,
                    price=Decimal(price).quantize(Decimal("0.01")),
                    currency=currency,
                    status=("out_of_stock" if number % 9 == 0 else "off_sale" if number % 13 == 0 else "on_sale"),
                    category=category,
                    options=options,
                )
            )
    return tuple(made)


def fits(script: Script, product: Product) -> bool:
    """Whether the script can be about this product."""
    named = not script.items or product.short in script.items
    return named and (not script.categories or product.category in script.categories)


@cache
def load_shop(code: str) -> ShopSpec:
    """The shop written in `shops/<code>.yaml`."""
    raw = _read(ROOT / "shops" / f"{code}.yaml")
    return ShopSpec(
        code=raw["code"],
        name=raw["name"],
        platform=raw["platform"],
        currency=raw["currency"],
        timezone=raw["timezone"],
        language=raw["language"],
        free_shipping_from=Decimal(raw["free_shipping_from"]),
        agents=raw["agents"],
        payments=tuple(raw["payments"]),
        business_hours={day: (hours[0], hours[1]) for day, hours in raw["business_hours"].items()},
        products=_products(raw["products"], code, raw["currency"], raw["language"]),
    )


@cache
def load_places(language: str) -> tuple[Place, ...]:
    """The cities customers live in."""
    return tuple(
        Place(
            city=row["city"],
            province=row["province"],
            days=(row["days"][0], row["days"][1]),
            hubs=tuple(row["hubs"]),
            remote=row.get("remote", False),
            districts=tuple(row.get("districts", ())),
            zip_code=row.get("zip", ""),
        )
        for row in _read(ROOT / "shops" / "places.yaml")[language]["cities"]
    )


@cache
def load_origin(language: str) -> str:
    """Where the warehouse is."""
    return str(_read(ROOT / "shops" / "places.yaml")[language]["origin"])


@cache
def load_people(language: str) -> Mapping[str, list[str]]:
    """Parts of names and addresses."""
    people: Mapping[str, list[str]] = _read(ROOT / "shops" / "people.yaml")[language]
    return people


@cache
def load_pools(language: str) -> Mapping[str, Any]:
    """Openings, tails, thanks and the like (`dialogues/<language>/pools.yaml`)."""
    pools: Mapping[str, Any] = _read(ROOT / "dialogues" / language / "pools.yaml")
    return pools


@cache
def load_scripts(language: str) -> tuple[Script, ...]:
    """Every dialogue script of a language, in a fixed order."""
    scripts: list[Script] = []
    for path in sorted((ROOT / "dialogues" / language).glob("*.yaml")):
        if path.stem == "pools":
            continue
        for intent, rows in _read(path).items():
            for number, row in enumerate(rows, start=1):
                days, cats = row.get("days"), row.get("cat")
                scripts.append(
                    Script(
                        id=f"{language}/{intent}/{number}",
                        intent=intent,
                        language=language,
                        when=row["when"],
                        talk=tuple(tuple(v.strip() for v in turn.split("||")) for turn in row["talk"]),
                        categories=tuple(cats if isinstance(cats, list) else [cats]) if cats else (),
                        items=tuple(row.get("item", ())),
                        several=row.get("multi", False),
                        then=row.get("then"),
                        tags=tuple(row.get("tag", ())),
                        payment=row.get("pay"),
                        states=tuple(row.get("state", ())),
                        remote=row.get("area") == "remote",
                        days=(float(days[0]), float(days[1])) if days else None,
                    )
                )
    return tuple(scripts)
