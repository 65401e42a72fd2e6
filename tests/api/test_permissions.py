"""Every route against every role. A new route without a permission check, or missing in the lists here, fails."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from api.app import create_app
from copilot.policies import ROLE_PERMISSIONS, Permission
from records.principals import Role
from tests.api.world import World

# A shopper's doors take the token of a chat session: test_chat_identity.py.
CHAT = {
    "chat_read_chat", "chat_open_session", "chat_end_session", "chat_read_conversation", "chat_create_message",
    "chat_ask_for_human", "chat_tell_typing", "chat_mark_seen", "chat_rate", "chat_upload_attachment",
    "chat_download_attachment", "chat_follow",
}  # fmt: skip
# What needs no sign-in, and what any signed-in principal may do. Anything else declares a permission.
# The public help centre reads nothing but `knowledge.public`; tests/api/test_help_pages.py holds it to that.
HELP = {
    "help_article", "help_ask_again", "help_ask_in_a_stream", "help_ask_on_a_page", "help_category", "help_home",
    "help_llms", "help_llms_full", "help_no_such_page", "help_robots", "help_search", "help_site_map",
    "help_static", "help_vote",
}  # fmt: skip
# Files of the console and the widget, and the demo shop's page: tests/api/test_site.py, tests/browser.
PAGES = {"root_home", "root_console_home", "root_console", "root_widget", "root_demo_shop", "root_demo_shop_style"}
PROBES = {"operations_livez", "operations_readyz", "operations_metrics"}
OPEN = HELP | PAGES | CHAT | PROBES | {"auth_sign_in", "channels_receive"}
ANYBODY = {"auth_sign_out", "auth_me", "staff_set_password"}
STREAMS = {"operations_live"}  # never ends: asked without a right to it only


def _routes() -> list[RouteContext]:
    contexts = iter_route_contexts(create_app(None).routes)
    return [context for context in contexts if isinstance(context.original_route, APIRoute)]


def _permissions(route: RouteContext) -> set[Permission]:
    found: set[Permission] = set()
    stack = [route.dependant]
    while stack:
        dependant = stack.pop()
        permission = getattr(dependant.call, "permission", None)
        if permission is not None:
            found.add(permission)
        stack += dependant.dependencies
    return found


ROUTES = _routes()
GUARDED = [route for route in ROUTES if route.unique_id not in OPEN | ANYBODY]


def test_the_table_covers_the_description() -> None:
    described = {op["operationId"] for path in create_app(None).openapi()["paths"].values() for op in path.values()}
    assert described <= {route.unique_id for route in ROUTES}
    assert len(ROUTES) > 80


def test_every_route_declares_its_permission() -> None:
    without = [route.unique_id for route in GUARDED if len(_permissions(route)) != 1]
    assert not without, f"these routes need `allowed(Permission.…)`: {without}"


def _call(world: World, route: RouteContext, headers: dict[str, str]) -> int:
    method = sorted(route.methods)[0]
    path = re.sub(r"\{[a-z_]+\}", "999999", route.path_format)
    body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
    return world.client.request(method, path, headers=headers, **body).status_code


def test_nobody_gets_in_without_a_sign_in(sqlite_world: World) -> None:
    for route in ROUTES:
        if route.unique_id in OPEN:
            continue
        assert _call(sqlite_world, route, {}) == 401, route.unique_id
        assert _call(sqlite_world, route, {"Authorization": "Bearer wrong"}) == 401, route.unique_id
        assert _call(sqlite_world, route, {"Authorization": "Bearer cpk_wrong"}) == 401, route.unique_id


@pytest.mark.parametrize("role", list(Role))
def test_roles_get_what_the_table_says(sqlite_world: World, role: Role) -> None:
    headers = sqlite_world.signed_in(role)
    for route in GUARDED:
        (permission,) = _permissions(route)
        granted = permission in ROLE_PERMISSIONS[role]
        if granted and route.unique_id in STREAMS:
            continue
        status = _call(sqlite_world, route, headers)
        assert status not in (401, 500, 503), (route.unique_id, status)
        assert (status == 403) == (not granted), f"{role} at {route.unique_id} ({permission}): {status}"


def test_an_administrator_may_everything() -> None:
    assert ROLE_PERMISSIONS[Role.ADMIN] == frozenset(Permission)


def test_a_password_of_somebody_else_is_for_administrators(sqlite_world: World) -> None:
    client = sqlite_world.client
    victim = client.get("/api/v1/auth/me", headers=sqlite_world.signed_in(Role.EDITOR)).json()["id"]
    new = {"password": "another-long-one"}
    path = f"/api/v1/staff/{victim}/password"
    for role in (Role.AGENT, Role.SUPERVISOR):
        assert client.put(path, json=new, headers=sqlite_world.signed_in(role)).status_code == 403
    assert (
        client.put(path, json=new, headers=sqlite_world.signed_in(Role.EDITOR)).status_code == 403
    )  # current is wrong
    assert client.put(path, json=new, headers=sqlite_world.admin).status_code == 204
    assert client.get("/api/v1/auth/me", headers=sqlite_world.signed_in(Role.EDITOR)).status_code == 401
