"""Passages are exact, complete, disjoint, and begin and end where a reader would cut."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunking import MAX_TOKENS, estimate_tokens, sentences, split
from retrieval.language import detect

# ---------------------------------------------------------------- properties

_WORDS = st.text("abc退货款的 。！.,；1：\t|#>-*`{%<!", min_size=1, max_size=60)
_LINES = st.one_of(
    _WORDS,
    st.sampled_from(
        [
            "",
            "## 标题 A",
            "# T",
            "- item one",
            "  nested",
            "1. first",
            "| a | b |",
            "|---|---|",
            "```",
            "第一条 甲方",
            "第十二条 乙",
            "<!-- hidden -->",
            "<!--",
            "-->",
            "{% include x.html %}",
            "{:.bs-callout-info}",
            "===",
            "---",
            "k: v",
            "\r",
        ]
    ),
)


@given(st.lists(_LINES, max_size=30), st.integers(1, 40))
def test_spans_are_exact_ordered_and_disjoint(lines: list[str], repeat: int) -> None:
    text = "\n".join(line * repeat if line.isalpha() else line for line in lines)
    end = 0
    for span in split(text, title="T"):
        assert text[span.start : span.end] == span.text
        assert span.text == span.text.strip() != ""
        assert span.start >= end
        end = span.end


_PARAGRAPH = st.lists(
    st.sampled_from(["退货需要凭证。", "Keep the box. ", "满99元包邮，", "see 3.5 "]), min_size=1, max_size=120
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "## 章\n\n", "- ", "1. ", "> ", "| x | "]), _PARAGRAPH), min_size=1, max_size=12
    )
)
def test_no_word_is_lost_and_none_is_too_long(parts: list[tuple[str, list[str]]]) -> None:
    # every body carries a number of its own, so that a dropped or a repeated one is seen
    bodies = [f"{lead}K{number}K {''.join(words)} E{number}E" for number, (lead, words) in enumerate(parts)]
    text = "\n\n".join(bodies)
    spans = split(text)
    joined = "".join(span.text for span in spans)
    marks = re.findall(r"[KE]\d+[KE]", joined)
    assert marks == [mark for number in range(len(parts)) for mark in (f"K{number}K", f"E{number}E")]
    compact = re.sub(r"\s", "", "".join(re.sub(r"^## 章\n\n", "", body) for body in bodies))
    assert re.sub(r"\s", "", joined) == compact
    assert all(estimate_tokens(span.text) <= MAX_TOKENS for span in spans)


@given(st.text('退货。！？.!? \nabcA1,，”")', max_size=200), st.sampled_from(["zh", "en"]))
def test_sentences_are_exact_and_keep_every_letter(text: str, language: str) -> None:
    spans = sentences(text, language)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    kept = "".join(span.text for span in spans)
    # list markers ("1. ") at the start of a piece are left out on purpose
    for letter in "退货abcA":
        assert kept.count(letter) == text.count(letter)


# ---------------------------------------------------------------- Markdown

LAW = """# 退换货办法

2024年1月1日 施行

<!-- INFO END -->

第一章前的说明。

## 第一章 总则

第一条 为保护消费者，制定本办法。

第二条 下列商品不适用：

（一）定作的；

（二）鲜活易腐的。

**第三条**　依照第二条，经营者应当退款。
"""


def test_statute_articles_start_their_own_passage() -> None:
    spans = split(LAW, title="退换货办法")
    starts = [span.text.strip("*")[:3] for span in spans]
    assert starts == ["202", "第一章", "第一条", "第二条", "第三条"]
    assert spans[3].text.endswith("（二）鲜活易腐的。")
    assert spans[2].heading == "第一章 总则"  # the document's own title is not repeated
    assert "INFO END" not in "".join(span.text for span in spans)


def test_an_article_number_in_prose_is_not_a_start() -> None:
    text = "依照\n第二条 的规定办理，\n应当退款。"
    assert len(split(text)) == 1


def test_a_long_article_carries_its_number_on() -> None:
    body = "".join(f"第{n}项情形下经营者应当在七日内退还全部货款并承担运费。\n\n" for n in range(40))
    spans = split(f"# 法\n\n## 第二章 退款\n\n第一条 略。\n\n第二条 {body}第三条 略。")
    assert [span.heading for span in spans if "第39项" in span.text] == ["法 > 第二章 退款 > 第二条"]
    assert all(estimate_tokens(span.text) <= MAX_TOKENS for span in spans)


def test_front_matter_and_comments_are_not_indexed() -> None:
    text = "---\ntitle: Returns\ngroup: sales\n---\n\nSend it <!-- TODO: secret --> back.\n\n```\n<!-- code -->\n```\n"
    joined = " ".join(span.text for span in split(text))
    assert "group" not in joined and "secret" not in joined
    assert "<!-- code -->" in joined and "Send it" in joined and "back." in joined


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    assert [span.text for span in split("---\n你好，世界\n\n正文\n\n---\n")] == ["你好，世界\n\n正文"]


def test_headings_make_a_path_and_empty_sections_are_kept() -> None:
    spans = split("# Shop\n\n## Returns {#ret}\n\n### **Fees**\n\nNone.\n\n## Empty\n\n## Last\nText.", title="Shop")
    assert [(span.heading, span.text) for span in spans] == [
        ("Returns > Fees", "None."),
        ("", "## Empty"),
        ("Last", "Text."),
    ]


def test_hash_inside_code_is_not_a_heading() -> None:
    spans = split("```sh\n# not a heading\nrm x\n```")
    assert len(spans) == 1 and spans[0].heading == "" and spans[0].text.startswith("```sh")


def test_a_long_table_is_cut_between_rows_and_keeps_its_header() -> None:
    rows = "\n".join(
        f"| Field {n} | Sets the amount number {n} that an order must reach to qualify |" for n in range(60)
    )
    spans = split(f"## Fields\n\n| Field | Description |\n|---|---|\n{rows}")
    assert len(spans) > 2
    assert all(line.startswith("|") and line.endswith("|") for span in spans for line in span.text.splitlines())
    assert {span.heading for span in spans[1:]} == {"Fields > Field | Description"}


def test_list_items_stay_whole_and_with_their_introduction() -> None:
    items = "\n\n".join(
        f"{n}. Step {n}: " + "click the button and wait. " * 6 + f"\n\n    Note {n}." for n in range(1, 13)
    )
    spans = split(f"Opening words. {'Some long prose here. ' * 50}\n\nDo this:\n\n{items}")
    assert len(spans) > 2
    for span in spans:
        for number in re.findall(r"Step (\d+):", span.text):
            assert f"Note {number}." in span.text
    assert next(span for span in spans if "Do this:" in span.text).text.count("Step 1:") == 1


def test_the_last_step_of_a_list_is_no_passage_of_its_own() -> None:
    steps = "\n\n".join(f"{n}. " + " ".join(["settings"] * 113) for n in (1, 2)) + "\n\n3. Click Save."
    _one, *more = split(f"# Free shipping\n\n{steps}\n", language="en")
    assert more and more[-1].text.endswith("settings\n\n3. Click Save.")
    assert estimate_tokens(more[-1].text) <= MAX_TOKENS
    full = "\n\n".join(f"{n}. " + " ".join(["settings"] * 168) for n in (1, 2)) + "\n\n3. Click Save."
    assert [span.text[:8] for span in split(f"# Free shipping\n\n{full}\n", language="en")][-1] == "3. Click"


@pytest.mark.parametrize(
    "piece", ["{%a%}", "<br>", "# ", "[1]:x", "*", "<!--", "| a ", "http://", "a.b@", "第一条", " ", "1. "]
)
def test_hostile_repetition_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    split(piece * 20_000 + "x")
    assert time.process_time() - started < 2


def test_liquid_and_kramdown_lines_are_tolerated() -> None:
    text = "{% include top.html %}\n\n{:.bs-callout-info}\nSee [Orders]({% link sales/orders.md %}).\n\n{% endif %}\n"
    assert [span.text for span in split(text)] == ["See [Orders]({% link sales/orders.md %})."]
    assert split("---\ntitle: moved\n---\n\n{% include x %}\n") == []


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7天内可退。超过怎么办？请联系我们！", ["7天内可退。", "超过怎么办？", "请联系我们！"]),
        ("他说：“可以退。”然后走了。", ["他说：“可以退。”", "然后走了。"]),
        (
            "运费3.5元，满99.9元包邮。见https://a.cn/x?id=1。谢谢",
            ["运费3.5元，满99.9元包邮。", "见https://a.cn/x?id=1。", "谢谢"],
        ),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("稍等……马上", ["稍等……", "马上"]),
    ],
)
def test_chinese_sentences(text: str, expected: list[str]) -> None:
    assert [span.text for span in sentences(text, "zh")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs 3.5 USD. Pay now!", ["It costs 3.5 USD.", "Pay now!"]),
        (
            "Use e.g. Tape or glue. See No. 5 for Mr. J. Smith.",
            ["Use e.g. Tape or glue.", "See No. 5 for Mr. J. Smith."],
        ),
        ("Is it free? No. We charge a fee.", ["Is it free?", "No.", "We charge a fee."]),
        ("Go to https://a.com/b?c=d.html. Then sign in.", ["Go to https://a.com/b?c=d.html.", "Then sign in."]),
        ("Mail a.b@shop.example.com. Done.", ["Mail a.b@shop.example.com.", "Done."]),
        ("1. Click Save.\n2. Wait. Then go.", ["Click Save.", "Wait.", "Then go."]),
        ("A line that is\nwrapped here. Next.", ["A line that is\nwrapped here.", "Next."]),
        ("Open 9 a.m. Monday at 5 p.m. sharp.", ["Open 9 a.m.", "Monday at 5 p.m. sharp."]),
        ('He said "Stop." Then left.', ['He said "Stop."', "Then left."]),
        ("| Fee | Day |\n|---|---|\n| 5 | 3 |", ["| Fee | Day |", "| 5 | 3 |"]),
    ],
)
def test_english_sentences(text: str, expected: list[str]) -> None:
    assert [span.text for span in sentences(text, "en")] == expected


def test_detected_language_is_used_when_none_is_given() -> None:
    assert detect(LAW) == "zh"
    assert split(LAW) == split(LAW, language="zh")
