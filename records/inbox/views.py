"""Saved views: a named filter of one's own, or shared with everybody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.errors import Forbidden, InvalidInput, NotFound, PreconditionFailed
from records.inbox.models import SavedView
from records.principals import Principal, Role

MAX_VIEWS = 50  # of one person: each is counted whenever the inbox is shown


def list_views(session: Session, principal: Principal) -> list[SavedView]:
    """One's own and the shared ones, by position."""
    mine = or_(SavedView.owner_id == principal.id, SavedView.shared.is_(True))
    return list(session.scalars(select(SavedView).where(mine).order_by(SavedView.position, SavedView.id)))


def save_view(
    session: Session, principal: Principal, *, name: str, filters: dict[str, Any], sort: str, shared: bool
) -> SavedView:
    """A new view behind one's others. Raises InvalidInput for an empty name, a 51st view, and whoever is no staff."""
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("Only a member of staff has views.")
    own = select(func.count(), func.coalesce(func.max(SavedView.position), -1)).where(
        SavedView.owner_id == principal.id
    )
    count, last = session.execute(own).one()
    if count >= MAX_VIEWS:
        raise InvalidInput(f"You have {count} views; that is the most there can be. Delete one first.")
    view = SavedView(
        owner_id=principal.id,
        name=_checked(name),
        filters=filters,
        sort=sort,
        shared=shared,
        position=last + 1,
    )
    session.add(view)
    session.flush()
    return view


def lock_view(session: Session, principal: Principal, view_id: int, expected_version: int | None = None) -> SavedView:
    """A view to change: one's own, or a shared one for an administrator. Raises NotFound, Forbidden and
    PreconditionFailed."""
    view = session.get(SavedView, view_id, with_for_update=True)
    if view is None or (view.owner_id != principal.id and not view.shared):
        raise NotFound(f"There is no view {view_id} that you may see.")
    if view.owner_id != principal.id and principal.role is not Role.ADMIN:
        raise Forbidden("This view belongs to somebody else. Save one of your own with the same filters.")
    if expected_version is not None and view.version != expected_version:
        raise PreconditionFailed("The view has changed since you read it.", current_version=view.version)
    return view


def change_view(session: Session, view: SavedView, changes: dict[str, Any]) -> None:
    """Set `name`, `filters`, `sort`, `shared`, `position` as given; `view` is locked."""
    for field in ("filters", "sort", "shared", "position"):
        if field in changes:
            setattr(view, field, changes[field])
    if "name" in changes:
        view.name = _checked(changes["name"])
    session.flush()


def _checked(name: str) -> str:
    if not name.strip():
        raise InvalidInput("The view needs a name.", field="name")
    return name.strip()[:64]
