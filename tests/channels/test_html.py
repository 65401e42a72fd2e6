"""Customers' HTML: nothing of it runs, loads or submits, and its words can be read without it."""

from __future__ import annotations

import pytest

from channels.html import clean_html, has_images, text_of, without_images


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<iframe src="https://evil.example"></iframe>',
        '<form action="/api/v1/auth/sign-out"><button>x</button></form>',
        '<svg><script>alert(1)</script></svg>',
        '<p style="position:fixed;background:url(https://evil.example)">x</p>',
        '<style>body{display:none}</style><link rel=stylesheet href=https://evil.example>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<base href="https://evil.example/">',
    ],
)  # fmt: skip
def test_what_could_act_is_gone(html: str) -> None:
    shown = clean_html(f"<p>您好</p>{html}")
    assert "您好" in shown
    for word in ("script", "onerror", "javascript:", "iframe", "<form", "style", "<meta", "<base", "<link", "alert(1)"):
        assert word not in shown, shown


def test_the_layout_of_a_letter_stays() -> None:
    letter = '<h2>订单</h2><table><tr><td colspan="2">A <b>1</b></td></tr></table><a href="https://x.example">x</a>'
    shown = clean_html(letter)
    assert '<td colspan="2">A <b>1</b></td>' in shown
    assert 'rel="noopener noreferrer nofollow"' in shown and 'target="_blank"' in shown


def test_no_image_loads_unless_it_is_asked_for() -> None:
    shown = clean_html('<p>见图<img src="https://track.example/1.gif" alt="图"></p>')
    assert has_images(shown) and "track.example" in shown
    assert not has_images(without_images(shown)) and "track.example" not in without_images(shown)
    assert not has_images(clean_html("<p>没有图</p>"))


def test_the_words_of_a_letter() -> None:
    letter = "<style>p{}</style><p>你好&nbsp;&amp; 谢谢</p><div>第二行<br>第三行</div><script>x()</script>"
    assert text_of(letter).replace("\xa0", " ") == "你好 & 谢谢\n第二行\n第三行"
