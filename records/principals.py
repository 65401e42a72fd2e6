"""Who is asking: one `Principal` for staff, customers, API clients and the system's own commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import Forbidden
from core.events import Actor


class Role(StrEnum):
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    EDITOR = "editor"


STAFF_ROLES = tuple(Role)


@dataclass(frozen=True, slots=True)
class Principal:
    """`kind` is staff, customer, api or system. `shops` None means every shop; a customer has its own id and no role.

    An API client has the role its token was given, and never more shops than its token.
    """

    kind: str
    id: int | None = None
    name: str = ""
    role: Role | None = None
    shops: frozenset[int] | None = None
    customer_id: int | None = None
    verified: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def actor(self) -> Actor:
        return Actor(self.kind, self.id)

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences of knowledge that this principal may see."""
        if self.kind == "customer" or self.role is None:
            return frozenset({"public"})
        return frozenset({"public", "internal", f"role:{self.role}"})

    def may_see_shop(self, shop_id: int) -> bool:
        return self.shops is None or shop_id in self.shops

    def require_shop(self, shop_id: int) -> None:
        """Raises Forbidden when this principal is limited to other shops."""
        if not self.may_see_shop(shop_id):
            raise Forbidden("You do not work for this shop. Ask an administrator for access.", shop_id=shop_id)


SYSTEM_PRINCIPAL = Principal("system", role=Role.ADMIN, name="system")
