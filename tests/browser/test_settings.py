"""Settings: staff, tokens, grants, dead jobs, channels and one's own profile, each against the real server."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from core.db import Database
from core.jobs.models import DEAD, Job
from tests.browser.conftest import PASSWORD, Guard, Open, axe, sign_in
from tests.stack import Stack

SECTIONS = (
    "profile", "shops", "staff", "channels", "macros", "grants", "intents", "models", "jobs", "tokens", "audit",
)  # fmt: skip


def _choose(page: Page, label: str, option: str) -> None:
    field = page.get_by_role("dialog").get_by_role("combobox", name=label, exact=True)
    field.fill(option)
    field.press("Enter")


def test_a_new_member_signs_in_and_sees_only_what_its_role_may(new_page: Open, guard: Guard, demo: Stack) -> None:
    guard.expect("409")
    name = f"new{uuid4().hex[:6]}"
    page = sign_in(new_page(), "admin", "/console/settings/staff")
    page.get_by_role("button", name="新建成员").click()
    page.get_by_label("用户名").fill("chenyu")
    page.get_by_label("显示名").fill("小新")
    page.get_by_label("初始密码").fill("a long enough password")
    page.get_by_role("button", name="保存").click()
    # what the server finds wrong stands at its field, and nothing that was typed is lost
    expect(page.get_by_role("dialog").locator(".ant-form-item-explain-error")).to_contain_text("已被占用")
    page.get_by_label("用户名").fill(name)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("客服")
    with httpx.Client(base_url=demo.urls[0]) as client:
        known = {"username": name, "password": "a long enough password"}
        assert client.post("/api/v1/auth/sign-in", json=known).status_code == 200
        page.get_by_role("row").filter(has_text=name).get_by_role("button", name="停用").click()
        page.get_by_role("dialog").get_by_role("button", name="停用").click()
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("已停用")
        assert client.post("/api/v1/auth/sign-in", json=known).status_code == 401
    agent = sign_in(new_page(), "chenyu", "/console/settings/staff")
    expect(agent.get_by_text("你的角色不能打开这一页")).to_be_visible()
    expect(agent.get_by_role("navigation", name="设置")).not_to_contain_text("API 令牌")


def test_a_token_is_shown_once_works_and_is_revoked(new_page: Open, demo: Stack) -> None:
    name = f"bi {uuid4().hex[:6]}"
    page = sign_in(new_page(lang="en"), "admin", "/console/settings/tokens")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    token = page.locator("[data-secret]").inner_text()
    with httpx.Client(base_url=demo.urls[0], headers={"Authorization": f"Bearer {token}"}) as client:
        assert client.get("/api/v1/auth/me").json()["role"] == "agent"
        page.get_by_role("button", name="I have kept it").click()
        row = page.get_by_role("row").filter(has_text=name)
        row.get_by_role("button", name="Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(row).to_contain_text("Revoked")
        assert client.get("/api/v1/auth/me").status_code == 401


def test_a_grant_is_made_and_revoked(new_page: Open) -> None:
    page = sign_in(new_page(), "supervisor", "/console/settings/grants")
    page.get_by_role("button", name="新建授权").click()
    expect(page.get_by_role("dialog")).to_contain_text("机器人会立刻开始直接答复")
    _choose(page, "意图", "发票")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^授 ?权$")).click()  # two letters are set apart
    expect(page.get_by_role("dialog")).to_contain_text("请填写")
    page.get_by_label("理由").fill("浏览器测试")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^授 ?权$")).click()  # two letters are set apart
    row = page.get_by_role("row").filter(has_text="浏览器测试").first
    expect(row).to_contain_text("生效中")
    expect(row).to_contain_text("还没有发过")
    row.get_by_role("button", name="收回").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^收 ?回$")).click()
    expect(row).to_contain_text("已收回")


@pytest.mark.parametrize(("lang", "said"), [("zh-CN", "最多 64 个字。"), ("en", "At most 64 characters.")])
def test_a_field_that_the_server_refuses_is_explained_in_the_readers_language(
    new_page: Open, guard: Guard, lang: str, said: str
) -> None:
    guard.expect("422")
    page = sign_in(new_page(lang=lang), "admin", "/console/settings/staff")
    page.get_by_role("button", name="新建成员" if lang == "zh-CN" else "New member").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#display_name").fill("小新")
    dialog.locator("#username").evaluate("field => field.removeAttribute('maxlength')")  # the server has the last word
    dialog.locator("#username").fill("n" * 65)
    dialog.locator(".ant-modal-footer .ant-btn-primary").click()
    expect(dialog.locator(".ant-form-item-explain-error")).to_have_text(said)


def test_an_unknown_variable_is_said_in_the_readers_language(new_page: Open, guard: Guard) -> None:
    guard.expect("422")
    page = sign_in(new_page(), "supervisor", "/console/settings/macros")
    page.get_by_role("button", name="新建快捷回复").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#title_zh").fill("问候")
    dialog.locator("#body_zh").fill("您好{{customer.nmae}}")
    dialog.locator(".ant-modal-footer .ant-btn-primary").click()
    expect(dialog.locator(".ant-form-item-explain-error")).to_contain_text(
        "没有这个变量：{{customer.nmae}}。可用的变量：{{"
    )


@pytest.fixture
def dead_job(demo: Stack) -> int:
    if not demo.environment:
        pytest.skip("the database of a server that somebody else started is out of reach")
    db = Database(demo.settings.sqlalchemy_url)
    with db.unit_of_work() as session:
        job = Job(name="channels.settle", key=uuid4().hex, args={}, state=DEAD, attempt=8, last_error="no luck")
        session.add(job)
        session.flush()
        number = job.id
    db.close()
    return number


def test_a_dead_job_is_tried_again(new_page: Open, dead_job: int) -> None:
    page = sign_in(new_page(lang="en"), "admin", "/console/settings/jobs")
    row = page.get_by_role("row").filter(has_text="no luck")
    expect(row).to_contain_text("8 / 8")
    page.get_by_role("button", name=f"Retry job {dead_job}").click()
    expect(row).to_have_count(0)
    expect(page.get_by_text("1 queued again")).to_be_visible()


def test_a_webhook_gets_a_secret_and_another_one(new_page: Open) -> None:
    name = f"erp {uuid4().hex[:6]}"
    page = sign_in(new_page(lang="en"), "admin", "/console/settings/channels")
    page.get_by_role("button", name="Add channel").click()
    page.get_by_role("menuitem", name="Webhook").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save").click()
    first = page.locator("[data-secret]").inner_text()
    assert first.startswith("whsec_")
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("row").filter(has_text=name).get_by_role("button", name="New secret").click()
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    expect(page.locator("[data-secret]")).not_to_have_text(first)
    expect(page.locator("[data-secret]")).to_contain_text("whsec_")


def test_ones_own_password_language_and_theme(new_page: Open, guard: Guard) -> None:
    guard.expect("403")
    page = sign_in(new_page(), "jack", "/console/settings/profile")
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Current password").fill("not this one")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Once more").fill(PASSWORD + "x")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The two are not the same")).to_be_visible()
    page.get_by_label("Once more").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The current password is wrong.")).to_be_visible()


@pytest.mark.parametrize(("lang", "edit", "block", "means"), [
    ("zh-CN", "编辑", "拦截", "没试过的草稿谁都不能发布"),
    ("en", "Edit", "Block", "Nobody publishes without having tried it"),
])  # fmt: skip
def test_a_shop_holds_up_what_makes_answers_worse(
    new_page: Open, demo: Stack, lang: str, edit: str, block: str, means: str
) -> None:
    name = f"gate{uuid4().hex[:6]}"
    with httpx.Client(base_url=demo.urls[0]) as client:
        client.post("/api/v1/auth/sign-in", json={"username": "admin", "password": PASSWORD}).raise_for_status()
        shop = client.post("/api/v1/shops", json={"code": name, "name": name}).raise_for_status().json()["id"]
        page = sign_in(new_page(lang=lang), "admin", "/console/settings/shops")
        page.get_by_role("button", name=f"{edit} {name}").click()
        dialog = page.get_by_role("dialog")
        choice = dialog.get_by_role("radio", name=re.compile(f"^{block}"))
        expect(dialog.get_by_text(means)).to_be_visible()
        expect(choice).not_to_be_checked()
        assert axe(page) == []
        choice.check()
        dialog.get_by_role("button", name=re.compile("^(Save|保 ?存)$")).click()
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text(block)
        kept = client.get(f"/api/v1/shops/{shop}")
        assert kept.json()["publish_gate"] == "block"
        off = {"active": False, "publish_gate": "off"}
        client.patch(f"/api/v1/shops/{shop}", json=off, headers={"If-Match": kept.headers["etag"]}).raise_for_status()
