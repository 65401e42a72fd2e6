"""Who may give whom which rights. Everything that is only a role is in the doors' table of roles."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import Forbidden, InvalidInput
from records.principals import Principal, Role

MIN_PASSWORD = 10  # characters; NIST SP 800-63B asks for length and no rules of composition
MAX_PASSWORD = 256  # argon2 hashes any length, so a bound keeps one request from costing seconds

# What each role may do with rights: a role grants itself and what stands below it.
_GRANTABLE: dict[Role, frozenset[Role]] = {
    Role.ADMIN: frozenset(Role),
    Role.SUPERVISOR: frozenset({Role.SUPERVISOR, Role.AGENT, Role.EDITOR}),
}


def require_staff_admin(principal: Principal) -> None:
    """Raises Forbidden unless the principal is an administrator (or a command of the system)."""
    if principal.role is not Role.ADMIN:
        raise Forbidden("Only an administrator manages members of staff.")


def check_grant(principal: Principal, role: str, shop_ids: Iterable[int] | None) -> Role:
    """The role, if the principal may give it with these shops: never more than it has itself.

    Raises InvalidInput for an unknown role, Forbidden for one (or for shops) beyond the principal's own.
    """
    try:
        wanted = Role(role)
    except ValueError:
        raise InvalidInput(f"Role {role!r} is not one of {', '.join(Role)}.", field="role") from None
    if principal.role is None or wanted not in _GRANTABLE.get(principal.role, frozenset()):
        raise Forbidden(f"You may not give the role {wanted}.")
    if principal.shops is not None and (shop_ids is None or not set(shop_ids) <= principal.shops):
        raise Forbidden("You may only give access to shops that you work for: name them.")
    return wanted


def check_password(password: str) -> None:
    """Raises InvalidInput for a password that is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput(
            f"The password has {len(password)} characters; take {MIN_PASSWORD} to {MAX_PASSWORD}.", field="password"
        )
