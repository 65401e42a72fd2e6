import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from core.errors import InvalidInput, UnclosedQuote
from records.imports.readers import detect_encoding, file_digest, read_rows

TEXT = 'external_id,name,地址\nu1,王芳,"南京市,鼓楼区"\n\nu2, 李雷 ,\n'


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_chinese_encodings(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(TEXT, encoding=encoding)
    assert detect_encoding(path) == found
    first, second = read_rows(path)
    assert first.values == {"external_id": "u1", "name": "王芳", "地址": "南京市,鼓楼区"}
    assert (second.number, second.values["name"]) == (4, "李雷")


def test_western_text_is_not_taken_for_chinese(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes("external_id,name\nu1,Andréa Núñez\nu2,Zoë Müller\n".encode("cp1252"))
    assert [row.values["name"] for row in read_rows(path)] == ["Andréa Núñez", "Zoë Müller"]


def test_other_delimiters_and_quoted_newlines(tmp_path: Path) -> None:
    for suffix, delimiter in ((".csv", ";"), (".tsv", "\t"), (".txt", "|")):
        path = tmp_path / f"a{suffix}"
        path.write_text(delimiter.join(["a", "b,c", "d"]) + "\n" + delimiter.join(["1", '"x\ny"', "3"]) + "\n")
        assert [row.values for row in read_rows(path)] == [{"a": "1", "b,c": "x\ny", "d": "3"}]


def test_a_row_with_too_many_cells_is_named_and_a_short_one_filled(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2,3\n4\n")
    long, short = read_rows(path)
    assert "3 cells, the header 2" in long.problem
    assert short.values == {"a": "4", "b": ""} and not short.problem


def test_lost_digits_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("order_no,sku\n3.13021E+11,1E10\n313021098954,1e5x\n")
    lost, kept = read_rows(path)
    assert lost.lossy == {"order_no"} and not kept.lossy


def test_excel_numbers_become_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["order_no", "total", "placed_at", "paid", "tracking_no", None])
    sheet.append([313021098954, 1299.5, datetime(2025, 4, 5, 10, 24), True, 12345678901234567, None])
    sheet.append([None] * 6)
    sheet.append(["313021098955", "", None, False, 313021098954.0, None])
    book.save(tmp_path / "orders.xlsx")
    first, second = read_rows(tmp_path / "orders.xlsx")
    assert first.values["order_no"] == "313021098954" and first.values["total"] == "1299.5"
    assert first.values["placed_at"] == "2025-04-05 10:24:00" and first.values["paid"] == "true"
    assert first.lossy == {"tracking_no"}
    assert (second.number, second.values["tracking_no"], second.values["total"]) == (4, "313021098954", "")


def test_jsonl_keeps_numbers_as_written_and_names_broken_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"id": 12345678901234567890, "n": None, "list": [{"a": 1}]}),
        "",
        "{broken",
        '["x"]',
        '{"t": 1299.00}',
    ]
    path.write_text("\n".join(lines))
    first, broken, no_object, last = read_rows(path)
    assert first.values == {"id": "12345678901234567890", "n": "", "list": [{"a": "1"}]}
    assert broken.number == 3 and "not JSON" in broken.problem and no_object.problem
    assert last.values == {"t": "1299.00"}


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b""), ("a.csv", b"a,a\n1,2\n"), ("a.xlsx", b"no zip"), ("a.doc", b"x")]
)
def test_unreadable_files_say_what_to_do(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        list(read_rows(path))
    with pytest.raises(InvalidInput, match="no file"):
        read_rows(tmp_path / "missing.csv")


def test_binary_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\x00\x01,\x02\n")
    with pytest.raises(InvalidInput, match="not a text file"):
        list(read_rows(path))


def test_digest_depends_on_what_decides_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    assert file_digest(path) == file_digest(path) != file_digest(path, b"mapping")


HEAD = "id,name,note\n1,a,x\n"


@pytest.mark.parametrize(
    ("text", "row", "line", "start"),
    [
        ('2,"b,y\n3,c,z\n4,d,z\n', 3, 3, '2,"b,y'),
        ('2,b,y\n3,c,"z', 4, 4, '3,c,"z'),
        ('2,b,y\n3,c,"z\n', 4, 4, '3,c,"z'),
        # closed by a quote that was meant to open
        ('2,"b,y\n3,c,"z"\n4,d,z\n', 3, 3, '2,"b,y'),
        ('2,"b,y\n3,"c",z\n4,"d",z\n', 3, 3, '2,"b,y'),
        # a cell of two lines and a quote in the middle of a cell are no fault
        ('2,"b\nb",y\n\n3,5" c,z\n4,"d,z\n5,e,z\n', 6, 7, '4,"d,z'),
    ],
)
def test_a_quote_that_is_never_closed_is_named_and_swallows_no_rows(
    tmp_path: Path, text: str, row: int, line: int, start: str
) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(HEAD + text)
    with pytest.raises(UnclosedQuote) as raised:
        list(read_rows(path))
    assert (raised.value.details["row"], raised.value.details["line"]) == (row, line)
    assert f"opened in row {row} (line {line}: {start})" in raised.value.message
    assert "Close it" in raised.value.message


def test_a_cell_without_an_end_is_told_as_a_quote_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"x\n' + ("y" * 1000 + "\n") * 17_000)
    with pytest.raises(UnclosedQuote, match=r"row 2 \(line 2"):
        list(read_rows(path))
    path.write_text('"a,b\n1,2\n')
    with pytest.raises(UnclosedQuote, match=r"row 1 \(line 1"):
        list(read_rows(path))


def test_quotes_that_are_closed_stay_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"x ""y"" z"\n2,5" screen\n3,"5" screen, "\n4,"last\nline"')
    assert [row.values["b"] for row in read_rows(path)] == ['x "y" z', '5" screen', "5 screen", "last\nline"]
