"""What openapi.json says beyond the routes: names of operations, the problem document, ways to sign in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE, Problem

TEXT = """Support Copilot's HTTP interface.

Errors are problem documents (RFC 9457). Lists are paged by an opaque `cursor`. A change of something that others may
change too takes `If-Match` with the ETag that was read. Creates take an `Idempotency-Key`. Times are UTC, amounts are
decimal strings with a currency."""

_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "What is wrong with the request, and what to do", **_PROBLEM},
    "5XX": {"description": "Not the caller's fault: nothing was changed, trying again may help", **_PROBLEM},
}
_OPEN = {"auth_sign_in", "channels_receive", "chat_read_chat", "chat_open_session"}


def operation_id(route: APIRoute) -> str:
    """`tag_function`: generated clients are named by it, so it stays as it is when a path changes."""
    tag = str(route.tags[0]) if route.tags else "root"
    return f"{tag}_{route.name}"


def install(app: FastAPI) -> None:
    """Replace FastAPI's description by ours, made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "the token of a sign-in, or an API token"},
        "chat": {"type": "http", "scheme": "bearer", "description": "the token of a shopper's chat session"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "copilot_session"},
    }
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if path.startswith("/api/v1") and operation["operationId"] not in _OPEN:
                chat = path.startswith("/api/v1/chat/")
                operation["security"] = [{"chat": []}] if chat else [{"bearer": []}, {"cookie": []}]
    return schema
