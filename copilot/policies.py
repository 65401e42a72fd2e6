"""Who may do what, in one typed table. Shops are checked beside it (`Principal.require_shop`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.errors import Forbidden
from records.principals import Principal, Role


class Permission(StrEnum):
    READ_TICKETS = "tickets:read"
    WRITE_TICKETS = "tickets:write"
    BULK_TICKETS = "tickets:bulk"
    READ_CUSTOMERS = "customers:read"
    WRITE_CUSTOMERS = "customers:write"
    EXPORT_CUSTOMERS = "customers:export"
    REQUEST_ACTIONS = "actions:request"
    APPROVE_ACTIONS = "actions:approve"
    READ_KNOWLEDGE = "knowledge:read"
    PROPOSE_KNOWLEDGE = "knowledge:propose"
    PUBLISH_KNOWLEDGE = "knowledge:publish"
    SEARCH = "search"
    GRANT_AUTO_SEND = "grants:write"
    READ_GRANTS = "grants:read"
    IMPORT = "imports:write"
    UPLOAD = "imports:upload"
    READ_JOBS = "jobs:read"
    RETRY_JOBS = "jobs:write"
    READ_SHOPS = "shops:read"
    READ_STAFF = "staff:read"
    WRITE_STAFF = "staff:write"
    WRITE_SETTINGS = "settings:write"
    WRITE_MACROS = "macros:write"
    WRITE_TOKENS = "tokens:write"
    READ_AUDIT = "audit:read"
    MANAGE_MODELS = "models:write"
    READ_INSIGHTS = "insights:read"
    READ_ALL_INSIGHTS = "insights:all"


_P = Permission
_AGENT = frozenset(
    {
        _P.READ_TICKETS, _P.WRITE_TICKETS, _P.BULK_TICKETS, _P.READ_CUSTOMERS, _P.WRITE_CUSTOMERS, _P.REQUEST_ACTIONS,
        _P.READ_KNOWLEDGE, _P.PROPOSE_KNOWLEDGE, _P.SEARCH, _P.READ_GRANTS, _P.READ_STAFF,
        _P.READ_SHOPS, _P.READ_INSIGHTS,
    }
)  # fmt: skip
_EDITOR = frozenset(
    {
        _P.READ_TICKETS, _P.READ_KNOWLEDGE, _P.PROPOSE_KNOWLEDGE, _P.PUBLISH_KNOWLEDGE, _P.SEARCH, _P.READ_STAFF,
        _P.READ_SHOPS, _P.UPLOAD,
    }
)  # fmt: skip
_SUPERVISOR = (
    _AGENT
    | _EDITOR
    | {
        _P.EXPORT_CUSTOMERS,
        _P.APPROVE_ACTIONS,
        _P.GRANT_AUTO_SEND,
        _P.READ_JOBS,
        _P.IMPORT,
        _P.WRITE_MACROS,
        _P.MANAGE_MODELS,
        _P.READ_ALL_INSIGHTS,
    }
)

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.EDITOR: _EDITOR,
    Role.SUPERVISOR: frozenset(_SUPERVISOR),
    Role.ADMIN: frozenset(Permission),
}


def allows(principal: Principal, permission: Permission) -> bool:
    """A customer has none of these: what shoppers may do has endpoints of its own."""
    if principal.kind == "customer" or principal.role is None:
        return False
    return permission in ROLE_PERMISSIONS[principal.role]


def require(principal: Principal, permission: Permission) -> None:
    """Raises Forbidden, naming the roles that may."""
    if not allows(principal, permission):
        roles = [str(role) for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
        told = f"This needs one of the roles {', '.join(roles)} ({permission}). Ask an administrator."
        raise Forbidden(told, roles=roles)


def permission_to_import(kind: str) -> Permission:
    """What a file of this kind needs beside the right to upload one."""
    return Permission.PUBLISH_KNOWLEDGE if kind == "articles" else Permission.IMPORT
