"""Routers under /api/v1. They say all that `include_router` would add, so that the application takes their routes as
they are: an included router builds each of its routes a second time, a sixth of the work of starting a server.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.description import PROBLEMS, operation_id
from api.unit_route import UnitRoute


def versioned(prefix: str = "", *, tags: Sequence[str], route_class: type[APIRoute] = UnitRoute) -> APIRouter:
    return APIRouter(
        prefix=f"/api/v1{prefix}",
        tags=list(tags),
        route_class=route_class,
        responses=PROBLEMS,
        generate_unique_id_function=operation_id,
    )
