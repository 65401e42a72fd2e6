"""Writes on staff, customers, channel identities and the access audit. Signing in is in `records.people.sign_in`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.db import db_now, insert_into
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed, Taken
from core.events import emit
from core.security import hash_password
from records import events
from records.people.models import AccessAudit, ChannelIdentity, Customer, CustomerTag, Staff, StaffShop
from records.people.policies import check_grant, check_password, require_staff_admin
from records.people.queries import get_customer
from records.people.sign_in import end_sessions, normal_username
from records.principals import Principal, Role
from records.shops.models import Shop

PROFILE_FIELDS = (
    "name", "email", "phone", "gender", "country", "province", "city", "address", "postal_code", "language", "tier",
)  # fmt: skip
READ_AGAIN = 600  # seconds
VERIFICATION_METHODS = frozenset({"signed_webhook", "jwt", "order_and_phone", "email_link", "staff"})

Row = TypeVar("Row", Staff, Customer)


def create_staff(
    session: Session,
    principal: Principal,
    *,
    username: str,
    display_name: str,
    role: str,
    password: str | None = None,
    email: str | None = None,
    language: str = "zh",
    shop_ids: Iterable[int] = (),
) -> Staff:
    """A member of staff; no `shop_ids` means every shop, no password means that nobody can sign in as it.

    Raises Taken for a name in use, InvalidInput, Forbidden.
    """
    require_staff_admin(principal)
    shops = sorted(set(shop_ids))
    granted = check_grant(principal, role, shops or None)
    name = normal_username(username)
    if not name:
        raise InvalidInput("The username is empty.", field="username")
    if session.scalar(select(Staff.id).where(Staff.username == name)) is not None:
        raise Taken(f"The username {name!r} is taken: choose another.", field="username")
    if password is not None:
        check_password(password)
    _require_shops(session, shops)
    staff = Staff(
        username=name,
        display_name=display_name.strip()[:128] or name,
        role=granted,
        email=email,
        language=language,
        password_hash=None if password is None else hash_password(password),
        shops=[StaffShop(shop_id=shop_id) for shop_id in shops],
    )
    session.add(staff)
    session.flush()
    record_access(session, principal, "staff.create", "staff", staff.id)
    return staff


def update_staff(
    session: Session,
    principal: Principal,
    staff_id: int,
    *,
    expected_version: int | None = None,
    display_name: str | None = None,
    email: str | None = None,
    language: str | None = None,
    role: str | None = None,
    shop_ids: Iterable[int] | None = None,
    active: bool | None = None,
) -> Staff:
    """Change what is given. `shop_ids` replaces the list, empty means every shop. A change of rights ends sessions.

    Raises Conflict for the last active administrator, who cannot be demoted or deactivated.
    """
    require_staff_admin(principal)
    staff = _locked(session, Staff, staff_id, expected_version)
    rights_changed = False
    for name, value in (("display_name", display_name), ("email", email), ("language", language)):
        if value is not None:
            setattr(staff, name, value.strip())
    if role is not None and role != staff.role:
        staff.role, rights_changed = check_grant(principal, role, None), True
    if active is not None and active != staff.active:
        staff.active, rights_changed = active, True
    if shop_ids is not None:
        shops = sorted(set(shop_ids))
        _require_shops(session, shops)
        session.execute(delete(StaffShop).where(StaffShop.staff_id == staff.id))
        session.add_all(StaffShop(staff_id=staff.id, shop_id=shop_id) for shop_id in shops)
        rights_changed = True
    session.flush()
    if rights_changed:
        if not session.scalar(select(func.count()).where(Staff.role == Role.ADMIN, Staff.active.is_(True))):
            raise Conflict("This is the last active administrator: make another one first.")
        end_sessions(session, staff.id)
    record_access(session, principal, "staff.update", "staff", staff.id)
    return staff


def set_password(session: Session, principal: Principal, staff_id: int, password: str) -> None:
    """Own password, or any as administrator. Ends the sessions of that member of staff."""
    if not (principal.kind == "staff" and principal.id == staff_id):
        require_staff_admin(principal)
    check_password(password)
    staff = _locked(session, Staff, staff_id)
    staff.password_hash = hash_password(password)
    end_sessions(session, staff_id)
    record_access(session, principal, "staff.password", "staff", staff_id)


def find_or_create_customer(session: Session, platform: str, external_id: str, **profile: Any) -> Customer:
    """The customer of this platform id; `profile` fills in a new one only. Safe against a simultaneous create."""
    if not external_id.strip():
        raise InvalidInput("external_id is empty: give the customer's id on the platform.", field="external_id")
    require_profile(profile)
    key = {"platform": platform, "external_id": external_id.strip()}
    _insert_if_new(session, Customer, {**profile, **key, "name": profile.get("name", ""), "version": 1}, list(key))
    customer = session.scalar(select(Customer).filter_by(**key))
    assert customer is not None
    return customer


def update_customer(
    session: Session, principal: Principal, customer_id: int, *, expected_version: int | None = None, **profile: Any
) -> Customer:
    """Change fields of PROFILE_FIELDS. Raises InvalidInput for others, NotFound, PreconditionFailed."""
    require_profile(profile)
    get_customer(session, principal, customer_id)
    customer = _locked(session, Customer, customer_id, expected_version)
    changed = {name: value for name, value in profile.items() if getattr(customer, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(customer, name, value)
        _customer_changed(session, principal, customer)
    return customer


def change_tags(
    session: Session, principal: Principal, customer_id: int, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> list[str]:
    """The customer's tags afterwards, sorted."""
    get_customer(session, principal, customer_id)
    customer = _locked(session, Customer, customer_id)
    known = set(session.scalars(select(CustomerTag.tag).where(CustomerTag.customer_id == customer_id)))
    wanted = (known - {tag.strip() for tag in remove}) | {tag.strip()[:64] for tag in add if tag.strip()}
    if wanted != known:
        gone = CustomerTag.tag.in_(known - wanted)
        session.execute(delete(CustomerTag).where(CustomerTag.customer_id == customer_id, gone))
        session.add_all(CustomerTag(customer_id=customer_id, tag=tag) for tag in sorted(wanted - known))
        _customer_changed(session, principal, customer)
    return sorted(wanted)


def find_or_create_identity(
    session: Session, channel_account_id: int, address: str, customer_id: int
) -> ChannelIdentity:
    """Who writes under `address` on this account; an existing one keeps its customer and its verification."""
    key = {"channel_account_id": channel_account_id, "address": address}
    _insert_if_new(session, ChannelIdentity, {**key, "customer_id": customer_id}, list(key))
    identity = session.scalar(select(ChannelIdentity).filter_by(**key))
    assert identity is not None
    return identity


def verify_identity(session: Session, principal: Principal, identity: ChannelIdentity, method: str) -> None:
    """Say that this identity is who it claims to be. The first verification is kept; repeating it changes nothing."""
    if method not in VERIFICATION_METHODS:
        raise InvalidInput(f"Verification method {method!r} is not one of {', '.join(sorted(VERIFICATION_METHODS))}.")
    if identity.verified_at is not None:
        return
    identity.verified_at = session.scalar(select(db_now()))
    identity.verified_by = method
    session.flush()
    emit(
        session,
        events.IdentityVerified,
        actor=principal.actor,
        customer_id=identity.customer_id,
        identity_id=identity.id,
        method=method,
    )


def record_access(
    session: Session,
    principal: Principal,
    action: str,
    object_kind: str,
    object_id: int | None = None,
    *,
    customer_id: int | None = None,
) -> None:
    """Note who looked at, changed or exported what ("customer.read", "customers.export")."""
    session.add(
        AccessAudit(
            actor_kind=principal.kind,
            actor_id=principal.id,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            customer_id=customer_id,
        )
    )
    session.flush()


def note_reading(session: Session, principal: Principal, customer_id: int, actions: Iterable[str]) -> None:
    """`record_access` of a customer, once in READ_AGAIN seconds: an open screen asks again whenever something moves."""
    recent = select(AccessAudit.action).where(
        AccessAudit.customer_id == customer_id,
        AccessAudit.actor_kind == principal.kind,
        AccessAudit.actor_id == principal.id,
        AccessAudit.at > db_now(-READ_AGAIN),
    )
    noted = set(session.scalars(recent))
    for action in actions:
        if action not in noted:
            record_access(session, principal, action, "customer", customer_id, customer_id=customer_id)


def _customer_changed(session: Session, principal: Principal, customer: Customer) -> None:
    customer.updated_at = session.scalar(select(db_now())) or customer.updated_at
    session.flush()
    emit(session, events.CustomerChanged, actor=principal.actor, customer_id=customer.id)


def _locked(session: Session, model: type[Row], row_id: int, expected_version: int | None = None) -> Row:
    row = session.get(model, row_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"There is no {'member of staff' if model is Staff else 'customer'} {row_id}.")
    if expected_version is not None and row.version != expected_version:
        raise PreconditionFailed("It has changed since you read it. Read it again.", current_version=row.version)
    return row


def require_profile(profile: dict[str, Any]) -> None:
    """Raises InvalidInput for a field that a customer has not."""
    unknown = sorted(set(profile) - set(PROFILE_FIELDS))
    if unknown:
        raise InvalidInput(f"A customer has no field {', '.join(unknown)}; known: {', '.join(PROFILE_FIELDS)}.")


def _require_shops(session: Session, shop_ids: list[int]) -> None:
    missing = set(shop_ids) - set(session.scalars(select(Shop.id).where(Shop.id.in_(shop_ids))))
    if missing:
        raise InvalidInput(f"There is no shop {', '.join(map(str, sorted(missing)))}.", field="shop_ids")


def _insert_if_new(
    session: Session, model: type[Customer] | type[ChannelIdentity], values: dict[str, Any], key: list[str]
) -> None:
    session.execute(insert_into(session, model).values(**values).on_conflict_do_nothing(index_elements=key))
