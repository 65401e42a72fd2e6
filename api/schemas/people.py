from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import Amount, Body, Row
from records.people.figures import Figures, Lifecycle
from records.people.models import AccessAudit, ApiToken, ChannelIdentity, Customer, Staff
from records.principals import Role

Short = Annotated[str, Field(max_length=64)]
Tag = Annotated[str, Field(min_length=1, max_length=64)]


class CustomerOut(Row):
    id: int
    platform: str
    external_id: str
    name: str
    email: str | None
    phone: str | None
    gender: str | None
    country: str | None
    province: str | None
    city: str | None
    address: str | None
    postal_code: str | None
    language: str | None
    tier: str | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, customer: Customer) -> CustomerOut:
        """`customer` with its tags loaded."""
        return cls(**_plain(cls, customer), tags=sorted(row.tag for row in customer.tags))


class FiguresOut(Row):
    """Within what the reader may see. `spent`: by currency, without what was given back; `orders`: not cancelled ones.

    `lifecycle`: prospect never ordered, new has one order of the last 30 days, active ordered in the last 90 days,
    lapsing 90 to 180 days ago, lapsed longer ago. `satisfaction`: mean of `ratings` ratings, 1 to 5.
    """

    orders: int
    spent: dict[str, Amount]
    first_order_at: datetime | None
    last_order_at: datetime | None
    tickets: int
    open_tickets: int
    satisfaction: float | None
    ratings: int
    lifecycle: Lifecycle


class CustomerRowOut(CustomerOut):
    figures: FiguresOut

    @classmethod
    def seen(cls, customer: Customer, figures: Figures) -> CustomerRowOut:
        """`customer` with its tags loaded."""
        plain = _plain(cls, customer, {"tags", "figures"})
        tags = sorted(row.tag for row in customer.tags)
        return cls(**plain, tags=tags, figures=FiguresOut.model_validate(figures))


class FacetOut(Row):
    """A value that some customers have, and how many."""

    value: str
    customers: int


class FacetsOut(Row):
    tags: list[FacetOut]
    tiers: list[FacetOut]


class IdentityOut(Row):
    """Who the customer is on a channel; `verified_at` null: nobody has vouched for it."""

    id: int
    channel_account_id: int
    kind: str
    address: str
    verified_at: datetime | None
    verified_by: str | None

    @classmethod
    def of(cls, identity: ChannelIdentity) -> IdentityOut:
        return cls(**_plain(cls, identity, {"kind"}), kind=identity.account.kind)


class CustomerDetailOut(CustomerOut):
    identities: list[IdentityOut]

    @classmethod
    def of(cls, customer: Customer) -> CustomerDetailOut:
        """`customer` with tags, identities and their accounts loaded."""
        identities = [IdentityOut.of(row) for row in customer.identities]
        plain = _plain(cls, customer, {"tags", "identities"})
        return cls(**plain, tags=sorted(row.tag for row in customer.tags), identities=identities)


class Profile(Body):
    name: str = Field("", max_length=128)
    email: str | None = Field(None, max_length=255)
    phone: str | None = Field(None, max_length=32)
    gender: str | None = Field(None, max_length=16)
    country: Short | None = None
    province: Short | None = None
    city: Short | None = None
    address: str | None = Field(None, max_length=1_000)
    postal_code: str | None = Field(None, max_length=16)
    language: Literal["zh", "en"] | None = None
    tier: str | None = Field(None, max_length=32)


class CustomerChanges(Profile):
    """Fields that are left out stay as they are; null empties a field."""


class CustomerIn(Profile):
    """A customer of the shop's platform. No `external_id`: one is made up.

    409 names the customer (`customer_id`) who has the same phone or e-mail, unless `allow_duplicate` says that this is
    somebody else.
    """

    shop_id: int
    external_id: str | None = Field(None, min_length=1, max_length=128)
    tags: list[Tag] = Field(default_factory=list, max_length=50)
    allow_duplicate: bool = False


class TagChanges(Body):
    add: list[Tag] = Field(default_factory=list, max_length=50)
    remove: list[Tag] = Field(default_factory=list, max_length=50)


class TagsOut(Row):
    tags: list[str]


class StaffOut(Row):
    """`shops` empty: every shop. `email` is told to administrators only."""

    id: int
    username: str
    display_name: str
    role: Role
    language: str
    active: bool
    shops: list[int]
    email: str | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, staff: Staff, *, whole: bool) -> StaffOut:
        """`staff` with shops loaded."""
        plain = _plain(cls, staff, {"shops", "email"})
        return cls(**plain, shops=sorted(row.shop_id for row in staff.shops), email=staff.email if whole else None)


class StaffIn(Body):
    """No `shop_ids`: every shop. No `password`: nobody can sign in as it yet."""

    username: str = Field(min_length=1, max_length=64)
    display_name: str = Field("", max_length=128)
    role: Role
    password: str | None = Field(None, max_length=256)
    email: str | None = Field(None, max_length=255)
    language: Literal["zh", "en"] = "zh"
    shop_ids: list[int] = Field(default_factory=list, max_length=500)


class StaffChanges(Body):
    """Fields that are left out stay as they are. A change of rights ends the sessions of this member of staff."""

    display_name: str | None = Field(None, min_length=1, max_length=128)
    email: str | None = Field(None, max_length=255)
    language: Literal["zh", "en"] | None = None
    role: Role | None = None
    shop_ids: list[int] | None = Field(None, max_length=500)
    active: bool | None = None


class PasswordIn(Body):
    """`current` is needed for one's own password."""

    password: str = Field(max_length=256)
    current: str | None = Field(None, max_length=256)


class TokenIn(Body):
    """No `shop_ids`: every shop. No `days`: until it is revoked."""

    name: str = Field(min_length=1, max_length=64)
    role: Role
    shop_ids: list[int] | None = Field(None, min_length=1, max_length=500)
    days: float | None = Field(None, gt=0, le=3_660)


class TokenOut(Row):
    id: int
    name: str
    role: Role
    shop_ids: list[int] | None
    created_by: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiToken) -> TokenOut:
        return cls.model_validate(row)


class NewTokenOut(TokenOut):
    """`token` is shown this once; null when a create is repeated by its Idempotency-Key."""

    token: str | None


class AccessOut(Row):
    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    action: str
    object_kind: str
    object_id: int | None
    customer_id: int | None

    @classmethod
    def of(cls, row: AccessAudit) -> AccessOut:
        return cls.model_validate(row)


def _plain(model: type[Row], row: object, computed: set[str] | None = None) -> dict[str, object]:
    computed = {"tags"} if computed is None else computed
    return {name: getattr(row, name) for name in model.model_fields if name not in computed}
