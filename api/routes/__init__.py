"""All routers, in the order of the documentation."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from api.routes import auth, channels, grants, operations, search, suggestions, tickets


@dataclass(frozen=True)
class Routers:
    """`versioned` stand under /api/v1, `plain` at the root."""

    versioned: tuple[APIRouter, ...]
    plain: tuple[APIRouter, ...]


ALL = Routers(
    versioned=(
        auth.router,
        tickets.router,
        tickets.deliveries,
        suggestions.router,
        search.router,
        grants.router,
        channels.router,
        operations.router,
    ),
    plain=(operations.health,),
)
