"""Customers, orders, requests and imports: what an agent asks for, what a supervisor decides, a file made right."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.conftest import Guard, Open, sign_in


def first_order(page: Page, **wanted: str) -> dict[str, Any]:
    """The newest order with this state for which nothing has been asked yet."""
    rows = page.request.get("/api/v1/orders", params=wanted).json()["items"]
    for row in rows:
        order: dict[str, Any] = page.request.get(f"/api/v1/orders/{row['id']}").json()
        if not order["requests"] and row["customer_name"]:
            return order
    raise AssertionError("no such order in the demo data")


def test_a_request_is_asked_for_approved_and_carried_out(new_page: Open) -> None:
    agent = sign_in(new_page(), "chenyu", "/console/customers")
    order = first_order(agent, status="paid")
    agent.get_by_role("searchbox").fill(order["customer_name"])
    agent.keyboard.press("Enter")
    agent.get_by_role("link", name=order["customer_name"], exact=True).first.click()
    agent.goto(f"/console/customers/{order['customer_id']}")
    card = agent.get_by_role("article", name=order["order_no"])
    card.get_by_role("button", name="取消订单").click()
    dialog = agent.get_by_role("dialog")
    dialog.get_by_label("原因").fill("顾客不想要了")
    dialog.get_by_role("button", name="下一步").click()
    expect(dialog).to_contain_text("提交后由主管批准")
    expect(dialog).to_contain_text("顾客不想要了")
    dialog.get_by_role("button", name="提交申请").click()
    request = card.get_by_role("group")
    expect(request).to_contain_text("待批准")
    expect(request.get_by_role("button", name="批准")).to_have_count(0)
    agent.goto(f"/console/orders/{order['id']}")

    supervisor = sign_in(new_page(), "supervisor", "/console/orders/requests")
    row = supervisor.get_by_role("row").filter(has_text=order["order_no"])
    expect(row).to_contain_text("顾客不想要了")
    row.get_by_role("button", name="批准").click()
    expect(row).to_contain_text("已批准，待执行")
    row.get_by_role("button", name="标记已执行").click()
    supervisor.get_by_role("dialog").get_by_role("textbox").fill("ERP-1")
    supervisor.get_by_role("dialog").get_by_role("button", name="标记为已执行").click()
    expect(supervisor.get_by_role("row").filter(has_text=order["order_no"])).to_have_count(0)
    # the agent sees it without a reload
    expect(agent.get_by_role("group")).to_contain_text("已执行")
    agent.get_by_role("group").get_by_role("button", name="申请单").click()
    expect(agent.get_by_role("group")).to_contain_text("ERP-1")


def test_what_cannot_be_asked_for_says_why(new_page: Open) -> None:
    page = sign_in(new_page(lang="en"), "supervisor")
    order = first_order(page, status="shipped")
    page.goto(f"/console/orders/{order['id']}")
    page.get_by_role("button", name="More requests").click()
    expect(page.get_by_role("menuitem", name="Cancel order")).to_contain_text("A shipped order cannot be cancelled")
    expect(page.get_by_role("menuitem", name="Cancel order")).to_have_attribute("aria-disabled", "true")


def _sheet(number: str, *lines: str) -> str:
    return "\n".join(["会员名,姓名,手机号,语言代码", *(line.format(number) for line in lines)]) + "\n"


def _upload(page: Page, folder: Path, text: str) -> None:
    path = folder / "members.csv"
    path.write_text(text, encoding="utf-8")
    page.locator("input[type=file]").set_input_files(path)


def test_a_file_with_wrong_rows_is_seen_mended_and_imported(new_page: Open, tmp_path: Path) -> None:
    page = sign_in(new_page(), "supervisor", "/console/imports?kind=customers")
    number = uuid4().hex[:8]
    page.get_by_label("所属店铺").click()
    page.get_by_title("乐活优选").click()
    rows = ("{0}-1,导入一,17000009901,zh", ",没有编号,17000009902,zh", "{0}-3,导入三,17000009903,not-a-language")
    _upload(page, tmp_path, _sheet(number, *rows))
    # what is recognised is chosen; the rest is mapped by hand
    expect(page.get_by_role("row").filter(has_text="会员名")).to_contain_text("自动识别")
    page.get_by_label("我们的字段：语言代码").fill("语言")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("还没有写入任何内容")).to_be_visible()
    errors = page.get_by_role("row").filter(has_text="必填，请补上")
    expect(errors).to_have_count(1)
    expect(page.get_by_role("row").filter(has_text="not-a-language").first).to_contain_text("太长，请缩短")
    page.get_by_role("button", name="导入没有错误的行").click()
    expect(page.get_by_text("导入完成 · members.csv")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载出错的行").first.click()
    mended = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["error_row"] for row in mended] == ["3", "4"]

    def fixed_file() -> None:
        page.get_by_role("button", name="再导入一个文件").click()
        _upload(page, tmp_path, _sheet(number, rows[0], "{0}-2,没有编号,17000009902,zh", "{0}-3,导入三,17000009903,en"))
        page.get_by_label("我们的字段：语言代码").fill("语言")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="预览").click()
        expect(page.get_by_text("还没有写入任何内容")).to_be_visible()
        page.get_by_role("button", name="导入 3 行").click()
        expect(page.get_by_text("导入完成 · members.csv")).to_be_visible()

    fixed_file()
    expect(page.locator(".imp-counts")).to_contain_text("新增2")
    fixed_file()
    expect(page.get_by_text("什么都没有改变")).to_be_visible()
    found = page.request.get("/api/v1/customers", params={"q": number}).json()["items"]
    assert {row["name"] for row in found} == {"导入一", "没有编号", "导入三"}


def test_lists_are_filtered_and_exported_by_who_may(new_page: Open) -> None:
    page = sign_in(new_page(), "supervisor", "/console/customers?stage=active&open=1")
    expect(page.get_by_role("checkbox", name="有未结工单")).to_be_checked()
    expect(page.get_by_role("row").nth(1)).to_contain_text("活跃")
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    shown = page.request.get("/api/v1/customers", params={"lifecycle": "active", "open_tickets": "true", "limit": 200})
    assert len(table) == len(shown.json()["items"]) > 0
    page.goto("/console/orders")
    page.get_by_role("combobox", name="订单状态").fill("已发")  # the word on the screen, not the one of the API
    page.keyboard.press("Enter")
    page.wait_for_url("**status=shipped**")
    agent = sign_in(new_page(), "chenyu", "/console/customers")
    expect(agent.get_by_role("button", name="新建客户")).to_be_visible()
    expect(agent.get_by_role("button", name="导出")).to_have_count(0)


def test_a_customer_is_written_down_tagged_and_not_doubled(new_page: Open, guard: Guard) -> None:
    guard.expect("409")
    page = sign_in(new_page(), "supervisor", "/console/customers")
    number = f"1700{uuid4().int % 10**7:07d}"

    def fill() -> None:
        page.get_by_role("button", name="新建客户").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("店铺").click()
        page.get_by_title("乐活优选").click()
        dialog.get_by_label("姓名").fill("电话里的陈女士")
        dialog.get_by_label("电话").fill(number)
        dialog.get_by_role("button", name="保存").click()

    fill()
    expect(page.get_by_role("heading", name="电话里的陈女士", level=1)).to_be_visible()
    expect(page.get_by_text("未验证").first).to_be_visible()
    page.get_by_role("button", name="添加标签").click()
    page.get_by_role("combobox", name="添加标签").fill("回访")
    page.keyboard.press("Enter")
    expect(page.get_by_label("移除标签 回访")).to_be_visible()
    page.get_by_role("link", name="返回客户列表").click()
    fill()
    expect(page.get_by_role("dialog")).to_contain_text("使用同一电话")
    page.get_by_role("link", name="打开该客户").click()
    expect(page.get_by_label("移除标签 回访")).to_be_visible()
