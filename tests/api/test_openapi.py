from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.app import create_app
from tests.api.world import World

COMMITTED = Path(__file__).parents[2] / "openapi.json"


@pytest.fixture(scope="module")
def described() -> dict:
    return create_app(None).openapi()


def test_the_committed_description_is_current(described: dict) -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(described)), "run `make openapi` and commit openapi.json"


def test_operation_ids_are_unique_and_name_their_tag(described: dict) -> None:
    operations = [op for path in described["paths"].values() for op in path.values()]
    ids = [op["operationId"] for op in operations]
    assert len(ids) == len(set(ids))
    assert all(op["operationId"].startswith(op["tags"][0] + "_") for op in operations)
    assert {"tickets_create_ticket", "suggestions_approve", "articles_publish_version"} <= set(ids)


def test_no_two_schemas_share_a_name(described: dict) -> None:
    """FastAPI then names both by their modules, and the types of the console change under it."""
    assert [name for name in described["components"]["schemas"] if "__" in name] == []


# before anybody has a session
OPEN = {"auth_sign_in", "channels_receive", "chat_read_chat", "chat_open_session"}
# made again it is the same (a message has its client's id), or it is removed when nobody uses it (a file, a session)
SAFE_OTHERWISE = {
    "attachments_upload_attachment", "imports_upload_file", "chat_open_session", "chat_create_message",
    "chat_upload_attachment",
}  # fmt: skip


def test_every_operation_says_that_errors_are_problems_and_how_to_sign_in(described: dict) -> None:
    for path, methods in described["paths"].items():
        for operation in methods.values():
            if path.startswith("/api/v1"):
                content = operation["responses"]["4XX"]["content"]
                assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
                signed_in = operation["operationId"] not in OPEN
                assert bool(operation.get("security")) == signed_in
    assert "Problem" in described["components"]["schemas"]


def test_creates_take_an_idempotency_key(described: dict) -> None:
    """A POST that answers 201 makes something: it must be safe to repeat."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method == "post" and "201" in operation["responses"]:
                names = {parameter["name"] for parameter in operation.get("parameters", [])}
                assert "Idempotency-Key" in names or operation["operationId"] in SAFE_OTHERWISE, path


def test_it_is_served(sqlite_world: World) -> None:
    served = sqlite_world.client.get("/api/openapi.json")
    assert served.status_code == 200 and served.json()["info"]["title"] == "Support Copilot"
