"""Made-up customers. Nobody can be reached: phones are 1700000xxxx (zh) and 555-01xx (en, reserved for fiction by the
North American Numbering Plan), e-mails end in example.com, example.org or example.net (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from demo.resources import Place, ShopSpec, load_people, load_places

_AREA_CODES = ("212", "303", "404", "503", "512", "617", "619", "206", "773", "612")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with what dialogues need to know of them (`place`, `first`, `honorific`)."""

    external_id: str
    name: str
    first: str
    honorific: str
    email: str
    phone: str
    gender: str
    country: str
    place: Place
    address: str
    postal_code: str
    tier: str = ""
    tags: tuple[str, ...] = ()

    @property
    def full_address(self) -> str:
        if self.country == "中国":
            return f"{self.place.province}{self.place.city}{self.address}"
        return f"{self.address}, {self.place.city}, {self.place.province} {self.postal_code}"


def street_address(rng: Random, language: str, place: Place) -> str:
    """A street and number that fits the place; also used for "please send it there instead"."""
    people = load_people(language)
    if language == "zh":
        return (
            f"{rng.choice(place.districts)}{rng.choice(people['streets'])}{rng.randint(1, 399)}号"
            f"{rng.choice(people['estates'])}{rng.randint(1, 28)}幢{rng.randint(1, 24)}0{rng.randint(1, 4)}室"
        )
    unit = rng.choice(("", f", Apt {rng.randint(1, 40)}{rng.choice('ABCD')}", f", Unit {rng.randint(1, 320)}"))
    return f"{rng.randint(11, 1990)} {rng.choice(people['streets'])}{unit}"


def _with_standing(rng: Random, language: str, person: Person, nick: str = "") -> Person:
    """The person with a tier of the shop's programme, or none, and what colleagues have noted as tags."""
    noted = (f"昵称:{nick}",) if nick and rng.random() < 0.2 else ()
    levels = ("银卡", "金卡", "黑金") if language == "zh" else ("Gold", "Gold", "Platinum")
    tier = rng.choices(levels, (5, 3, 1))[0] if rng.random() < 0.35 else ""
    extra = ("企业客户", "易碎品需加固") if language == "zh" else ("business", "leave with concierge")
    tags = (rng.choice(extra),) if rng.random() < 0.08 else ()
    return replace(person, tier=tier, tags=(*tags, *noted))


def _zh(rng: Random, number: int, place: Place) -> Person:
    people = load_people("zh")
    female = rng.random() < 0.58
    surname = rng.choices(people["surnames"], [max(1, 40 - i) for i in range(len(people["surnames"]))])[0]
    given = rng.choice(people["female" if female else "male"])
    nick = f"{rng.choice(people['nick'])}{rng.choice(people['noun'])}"
    person = Person(
        external_id=f"lh_{10000 + number * 7}",
        name=surname + given,
        first=given,
        honorific=surname + ("女士" if female else "先生"),
        email=f"lehuo{10000 + number * 7}@example.{rng.choice(('com', 'org', 'net'))}" if rng.random() < 0.6 else "",
        phone=f"1700000{1000 + number:04d}",
        gender="女" if female else "男",
        country="中国",
        place=place,
        address=street_address(rng, "zh", place),
        postal_code="",
    )
    return _with_standing(rng, "zh", person, nick)


def _en(rng: Random, number: int, place: Place) -> Person:
    people = load_people("en")
    female = rng.random() < 0.55
    first = rng.choice(people["first_female" if female else "first_male"])
    last = rng.choice(people["last"])
    area = _AREA_CODES[(number // 100) % len(_AREA_CODES)]
    person = Person(
        external_id=f"hc_{first.lower()}_{last.lower()}_{1000 + number * 3}",
        name=f"{first} {last}",
        first=first,
        honorific=first,
        email=f"{first.lower()}.{last.lower()}{1000 + number * 3}@example.{rng.choice(('com', 'org', 'net'))}",
        phone=f"+1-{area}-555-01{number % 100:02d}",
        gender="female" if female else "male",
        country="USA",
        place=place,
        address=street_address(rng, "en", place),
        postal_code=place.zip_code,
    )
    return _with_standing(rng, "en", person)


def make_customers(rng: Random, shop: ShopSpec, count: int) -> list[Person]:
    """`count` different customers of the shop; about one in fourteen lives in a remote area."""
    places = load_places(shop.language)
    weights = [1 if place.remote else 3 for place in places]
    make = _zh if shop.language == "zh" else _en
    return [make(rng, number, rng.choices(places, weights)[0]) for number in range(count)]
