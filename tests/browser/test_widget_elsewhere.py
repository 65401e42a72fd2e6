"""The chat on a page of another origin whose policy allows nothing else."""

from __future__ import annotations

import http.server
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.browser.chat_page import ZH, chat, staff, ticket_of, write
from tests.browser.conftest import Guard, Open
from tests.stack import Stack

__all__ = ["staff"]  # a fixture


def picture(width: int = 60, height: int = 40) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x30\x70\xc0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def another_origin(folder: Path, pages: Mapping[str, str]) -> Iterator[str]:
    """A shop's pages on a server of its own."""
    for name, body in pages.items():
        (folder / name).write_text(body, encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def demo_chat(staff: httpx.Client, code: str) -> dict[str, Any]:
    shops = staff.get("/api/v1/shops").json()
    shop = next(one["id"] for one in shops if one["code"] == code)
    accounts = staff.get(f"/api/v1/shops/{shop}/channel-accounts").json()
    found: dict[str, Any] = next(one for one in accounts if one["kind"] == "web")
    return found


def allow(staff: httpx.Client, account: dict[str, Any], origins: list[str]) -> None:
    path = f"/api/v1/channel-accounts/{account['id']}"
    body = {"chat": {**account["chat"], "allowed_origins": origins}}
    staff.patch(path, json=body, headers={"If-Match": staff.get(path).headers["etag"]}).raise_for_status()


def page_with(base: str, key: str) -> str:
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}; img-src data:"><title>店铺</title>'
        f'<h1>店铺</h1><script src="{base}/widget.js" data-account="{key}" async></script></html>'
    )


def test_another_origin_under_a_strict_policy(
    new_page: Open, guard: Guard, demo: Stack, staff: httpx.Client, tmp_path: Path
) -> None:
    account, other = demo_chat(staff, "lehuo"), demo_chat(staff, "homeco")
    pages = {f"{one['id']}.html": page_with(demo.urls[0], one["public_key"]) for one in (account, other)}
    with another_origin(tmp_path, pages) as origin:
        allow(staff, account, [origin])
        guard.expect("CORS policy")
        guard.expect("net::ERR_FAILED")
        stranger = new_page(base=origin)
        stranger.goto(f"/{other['id']}.html")
        stranger.get_by_role("button", name=ZH["open"]).click()
        expect(chat(stranger).get_by_text("连不上服务器")).to_be_visible()
        stranger.context.close()
        page = new_page(base=origin)
        page.goto(f"/{account['id']}.html")
        page.get_by_role("button", name=ZH["open"]).click()
        widget = chat(page)
        text = f"来自别的网站 {time.time_ns()}"
        write(page, text)
        expect(widget.get_by_text("已发送")).to_be_visible()
        ticket = ticket_of(staff, text)
        file = {"name": "破损.png", "mimeType": "image/png", "buffer": picture()}
        widget.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        expect(widget.get_by_role("button", name="移除 破损.png")).to_be_visible()
        page.get_by_role("button", name="发送").click()
        drawn = widget.locator(".pic canvas[aria-label='破损.png']")
        expect(drawn).to_have_attribute("width", "60")  # its own width: it was fetched, decoded and drawn
        items = staff.get(f"/api/v1/tickets/{ticket}/messages").json()["items"]
        assert [one["name"] for item in items for one in item["attachments"]] == ["破损.png"]
        staff.post(f"/api/v1/tickets/{ticket}/messages", json={"kind": "reply", "text": "收到照片了"})
        expect(widget.get_by_text("收到照片了")).to_be_visible()
        assert widget.evaluate("e => getComputedStyle(e).position") == "fixed", "its styles are there all the same"
    allow(staff, account, [])
