"""The help centre's pages: what stands there, and above all what never does."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup

from api.help.markdown import excerpt
from records.shops.models import Shop
from tests.api.help import HIDDEN, NOW, Help, make_help
from tests.api.world import World

BODY = "# 说明\n\n七天内可以退货。\n\n| 原因 | 运费 |\n|--|--|\n| 不想要 | 自付 |"
SECRET = "绝密价格表只给员工看"


@pytest.fixture
def help(world: World) -> Help:
    return make_help(world)


@pytest.fixture
def sqlite_help(sqlite_world: World) -> Help:
    return make_help(sqlite_world)


def everywhere(help: Help, hidden: int) -> dict[str, str]:
    """Every page on which an article could show up, by address."""
    paths = [
        "/help?lang=zh",
        "/help?lang=en",
        "/help/categories/退货?lang=zh",
        "/help/search?lang=zh&q=绝密价格表",
        f"/help/articles/{hidden}",
        f"/help/articles/{hidden}.md",
        "/sitemap.xml",
        "/llms.txt",
        "/llms-full.txt",
    ]
    pages = {path: help.get(path).text for path in paths}
    pages["/help/ask"] = help.post("/help/ask", q="绝密价格表给谁看", lang="zh").text
    pages["/help/ask/stream"] = help.post("/help/ask/stream", q="绝密价格表给谁看", lang="zh").text
    return pages


@pytest.mark.parametrize("kind", [*HIDDEN, "archived", "a draft", "of another shop"])
def test_what_is_not_for_everybody_now_is_shown_nowhere(help: Help, kind: str) -> None:
    public = help.article("退货规则", "七天内可以退货，运费由卖家承担。", category="退货")
    body = f"{SECRET}，请勿外传。"
    if kind in HIDDEN:
        hidden = help.article(SECRET, body, category="退货", **HIDDEN[kind])  # type: ignore[arg-type]
    elif kind == "archived":
        hidden = help.archived(SECRET, body)
    elif kind == "a draft":
        hidden = help.draft(SECRET, body)
    else:
        with help.world.db.unit_of_work() as session:
            session.get_one(Shop, help.world.other).active = False
        hidden = help.article(SECRET, body, category="退货", shop_ids=(help.world.other,))
    pages = everywhere(help, hidden)
    leaking = [path for path, text in pages.items() if "只给员工看" in text or "请勿外传" in text]
    assert leaking == []
    assert [path for path, text in pages.items() if f"articles/{hidden}" in text] == []
    assert help.get(f"/help/articles/{hidden}").status_code == 404
    assert help.post(f"/help/articles/{hidden}/feedback", helpful="yes").status_code == 404
    assert f"articles/{public}" in pages["/sitemap.xml"], "the pages do show what is public"


def test_in_its_time_it_is_shown(help: Help) -> None:
    """The counterpart: the same pages do find it as soon as nothing forbids it."""
    shown = help.article(
        SECRET,
        f"{SECRET}，请勿外传。",
        category="退货",
        valid_from=NOW - timedelta(days=1),
        valid_to=NOW + timedelta(days=1),
        shop_ids=(help.world.shop,),
    )
    pages = everywhere(help, shown)
    without = [path for path, text in pages.items() if "只给员工看" not in text and f"articles/{shown}-" not in text]
    assert without == ["/help?lang=en"]


def test_an_article_of_another_shop_stands_only_there(help: Help) -> None:
    code = _codes(help)[help.world.other]
    article = help.article("换货说明", "换货由另一家店办理。", shop_ids=(help.world.other,), category="换货")
    assert "换货说明" not in help.get("/help?lang=zh").text
    assert "换货说明" in help.get(f"/help?lang=zh&shop={code}").text
    assert help.get(f"/help/articles/{article}").status_code == 200, "by itself it stands in its own shop"
    assert help.get(f"/help/articles/{article}?shop={_codes(help)[help.world.shop]}").status_code == 404
    assert f"articles/{article}" not in help.get("/help/search?lang=zh&q=换货说明").text
    assert f"articles/{article}" in help.get(f"/help/search?lang=zh&q=换货说明&shop={code}").text
    assert help.get("/help?shop=nobody").status_code == 404


def _codes(help: Help) -> dict[int, str]:
    with help.world.db.reading() as session:
        return {shop.id: shop.code for shop in session.query(Shop)}


def test_the_home_page_counts_by_language(help: Help) -> None:
    help.article("退货规则", "七天内可以退货。", category="退货")
    help.article("退货运费", "运费由卖家承担。", category="退货")
    help.article("Returns", "You can return within 30 days.", language="en", category="Returns")
    chinese, english = help.get("/help?lang=zh").text, help.get("/help?lang=en").text
    assert "2 篇文章" in chinese and "另有 1 篇英文文章" in chinese and ">Returns<" not in chinese
    assert "1 article<" in english and "2 more articles in Chinese" in english
    assert '<html lang="zh-CN">' in chinese and '<html lang="en">' in english
    assert '<html lang="en">' in help.world.client.get("/help", headers={"accept-language": "en-GB,en;q=0.8"}).text
    assert '<html lang="zh-CN">' in help.get("/help").text
    alternates = dict(re.findall(r'hreflang="([\w-]+)" href="(http[^"]+)"', chinese))
    assert set(alternates) == {"zh", "en", "x-default"} and "lang=en" in alternates["en"]


def test_an_article_with_its_title_version_date_and_neighbours(help: Help) -> None:
    article = help.article(
        "退货 规则", "# 说明\n\n七天内可以退货。\n\n| 原因 | 运费 |\n|--|--|\n| 不想要 | 自付 |", category="退货"
    )
    help.article("退货运费", "运费由卖家承担。", category="退货")
    page = help.get(f"/help/articles/{article}")
    assert page.url.path.endswith(f"/{article}-%E9%80%80%E8%B4%A7-%E8%A7%84%E5%88%99") or "退货-规则" in page.url.path
    assert [answer.status_code for answer in page.history] == [301]
    text = page.text
    assert "<h1" in text and "第 1 版" in text and f"{NOW.year}年" in text
    assert '<div class="wide" tabindex="0"' in text and '<h2 id="s-说明">' in text
    assert "退货运费" in text and "面包" not in text
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    graph = json.loads(data)["@graph"]
    assert graph[0]["@type"] == "Article" and graph[0]["headline"] == "退货 规则"
    assert graph[1]["itemListElement"][1]["name"] == "退货"
    assert '<meta property="og:title" content="退货 规则">' in text
    plain = help.get(f"/help/articles/{article}.md")
    assert plain.headers["content-type"].startswith("text/markdown") and "| 原因 | 运费 |" in plain.text


def alive(html: str) -> list[str]:
    """What in a page could run or load something that is not ours."""
    found = []
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        kinds = {"script": ("module", "application/ld+json"), "style": (), "iframe": ()}.get(tag.name)
        if kinds is not None and tag.get("type") not in kinds:
            found.append(str(tag))
        for name, value in tag.attrs.items():
            address = str(value).strip().lower() if name in ("href", "src", "action", "formaction") else ""
            if name.startswith("on") or address.startswith("javascript:"):
                found.append(f"{tag.name} {name}={value}")
            if name == "src" and not address.startswith("/help/static/"):
                found.append(f"{tag.name} {name}={value}")
    return found


def test_the_check_sees_what_is_alive() -> None:
    assert len(alive("<script>1</script><b onclick=1>x</b><a href=' JavaScript:1'>y</a><img src='//e/x.png'>")) == 4


EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>'


def test_nothing_that_is_written_runs(sqlite_help: Help) -> None:
    help = sqlite_help
    article = help.article(
        f"标题 {EVIL}",
        f"正文 {EVIL}\n\n<style>body{{display:none}}</style><iframe src=//e></iframe>\n\n![远](http://e.example/x.png)\n\n"
        "[坏](javascript:alert(4)) <b onclick=alert(5)>粗</b> <a href=' javascript:alert(6)'>y</a>",
        category=f"类别/{EVIL}",
    )
    paths = [f"/help/articles/{article}", "/help?lang=zh", f"/help/search?lang=zh&q={EVIL}"]
    paths += re.findall(r'href="(/help/categories/[^"]+)"', help.get(f"/help/articles/{article}").text)[:1]
    pages = [help.get(path.replace("&amp;", "&")) for path in paths]
    pages.append(help.post("/help/ask", q=EVIL, lang="zh"))
    pages.append(help.get(f"/help/{EVIL}"))
    pages.append(help.get(f"/help?lang={EVIL[:16]}"))
    for page in pages:
        assert alive(page.text) == [], page.url
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy and "default-src 'none'" in policy
        for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL):
            json.loads(data)


def test_a_page_is_sent_once_and_asked_for_each_time(help: Help) -> None:
    article = help.article("退货规则", "七天内可以退货。")
    first = help.get(f"/help/articles/{article}")
    assert first.headers["cache-control"] == "public, no-cache" and "Accept-Language" in first.headers["vary"]
    again = help.get(str(first.url), **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    help.archive(article)
    assert help.get(str(first.url), **{"if-none-match": first.headers["etag"]}).status_code == 404


def test_assets_are_small_named_by_content_and_kept(sqlite_help: Help) -> None:
    text = sqlite_help.get("/help").text
    total = 0
    for path in re.findall(r'"(/help/static/[^"]+)"', text):
        asset = sqlite_help.get(path)
        assert asset.status_code == 200 and "immutable" in asset.headers["cache-control"]
        total += int(asset.headers["content-length"])
        assert len(asset.content) <= 12_000, path
    assert total < 12_000, "compressed, with all there is to load"
    assert sqlite_help.get("/help/static/help.css").status_code == 404
    assert sqlite_help.get("/help/static/..%2f..%2fapp.py").status_code == 404


def test_an_address_that_leads_nowhere_offers_a_search(sqlite_help: Help) -> None:
    sqlite_help.article("退货规则", "七天内可以退货。")
    for path in ("/help/nothing", "/help/articles/999999", "/help/articles/x", "/help/categories/没有?lang=zh"):
        page = sqlite_help.get(path)
        assert page.status_code == 404, path
        assert "找不到这个页面" in page.text and 'role="search"' in page.text and "退货规则" in page.text
        assert "noindex" in page.text
    assert sqlite_help.get("/help/").url.path == "/help"


def test_the_other_language_s_category_is_offered_rather_than_nothing(sqlite_help: Help) -> None:
    sqlite_help.article("Returns", "Within 30 days.", language="en", category="Returns")
    page = sqlite_help.get("/help/categories/Returns?lang=zh")
    assert page.status_code == 200 and "lang=en" in str(page.url)


def test_machines_are_told(help: Help) -> None:
    article = help.article("退货规则", "七天内可以退货。", category="退货")
    site_map = help.get("/sitemap.xml")
    assert (
        site_map.headers["content-type"].startswith("application/xml") and f"/help/articles/{article}-" in site_map.text
    )
    robots = help.get("/robots.txt").text
    assert "Disallow: /api/" in robots and "Sitemap: http" in robots and "Disallow: /help/ask" in robots
    listed = help.get("/llms.txt").text
    assert listed.startswith("# ") and f"/help/articles/{article}.md): 七天内可以退货。" in listed
    assert "七天内可以退货。" in help.get("/llms-full.txt").text


def test_without_any_shop_or_article_it_says_what_will_be_here(sqlite_help: Help) -> None:
    with sqlite_help.world.db.unit_of_work() as session:
        for shop in session.query(Shop):
            shop.active = False
    page = sqlite_help.get("/help")
    assert page.status_code == 200 and "还没有公开的文章" in page.text


def test_an_excerpt_is_words_and_not_marks() -> None:
    assert excerpt("## 说明\n\n**七天内**可以[退货](/x)。\n\n| a | b |\n|--|--|\n| 1 | 2 |") == "七天内可以退货。"
    assert excerpt("| 原因 | 运费 |\n|--|--|\n| 不想要 | 自付 |") == "原因 · 运费 · 不想要 · 自付"
    assert excerpt("word " * 100, 20) == "word word word word…"
    assert len(excerpt("很长的一段话" * 100, 20)) == 21
