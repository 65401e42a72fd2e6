"""What an import would do before it does it: passages, repetitions, and archives that must not do harm."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db import Database
from core.errors import InvalidInput
from knowledge.imports import archive, import_articles
from knowledge.models import Article
from records.principals import SYSTEM_PRINCIPAL as SYSTEM
from tests.archives import damaged_zip

RULE = "签收后七天内可以无理由退货，商品须完好，附件齐全，不影响再次销售，运费由买家承担，退款三天到账。"


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def test_a_preview_names_what_is_said_already_and_what_is_said_twice(db: Database, tmp_path: Path) -> None:
    known = write(tmp_path / "known", rule=f"# 退货\n\n{RULE}\n")
    import_articles(db, known, SYSTEM)
    fresh = write(
        tmp_path / "fresh",
        again=f"# 退货政策\n\n{RULE}\n",
        once="# 发票\n\n电子发票在订单页下载，纸质发票请联系客服，三个工作日内寄出。\n",
        twice="# 开票\n\n电子发票在订单页下载，纸质发票请联系客服，三个工作日内寄出！\n",
    )
    report = import_articles(db, fresh, SYSTEM, dry_run=True, sample=20)
    told = {one.values["title"]: one for one in report.sample}
    (repeated,) = told["退货政策"].alike
    assert repeated.title == "退货" and repeated.article_id is not None and repeated.similarity > 0.8
    (other,) = told["开票"].alike
    assert other.article_id is None and other.title.startswith("发票")
    assert told["发票"].alike == () and told["发票"].passages == 1
    # a document may say what its own article says
    same = import_articles(db, known, SYSTEM, dry_run=True, sample=20)
    assert same.unchanged == 1 and same.sample[0].alike == ()
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 1


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


def test_an_archive_is_unpacked_where_it_shall_and_nowhere_else(tmp_path: Path) -> None:
    files = {
        "shipping/a.md": b"# A",
        "b.html": b"<p>B</p>",
        "../evil.md": b"x",
        "c.exe": b"x",
        ".hidden/d.md": b"x",
        "__MACOSX/e.md": b"x",
    }
    out = tmp_path / "out"
    root = archive.unpack(zipped(tmp_path / "help.zip", files), out)
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert root == out / "help"
    assert found == {"help.zip", "out/help/shipping/a.md", "out/help/b.html"}


def test_a_name_in_gbk_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"abcd.md": b"# A"})
    gbk = "退货".encode("gb18030")
    path.write_bytes(path.read_bytes().replace(b"abcd", gbk))  # as Windows writes it: no flag that says UTF-8
    root = archive.unpack(path, tmp_path / "out")
    assert [file.name for file in root.iterdir()] == ["退货.md"]


def test_a_small_archive_of_a_large_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.md": b"0" * 6_000_000})
    assert bomb.stat().st_size < 20_000
    with pytest.raises(InvalidInput, match="too large"):
        archive.unpack(bomb, tmp_path / "one")
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    many = zipped(tmp_path / "many.zip", {f"{number}.md": b"x" for number in range(3)})
    with pytest.raises(InvalidInput, match="more than 2"):
        archive.unpack(many, tmp_path / "two")
    (tmp_path / "no.zip").write_bytes(b"not a zip")
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        archive.unpack(tmp_path / "no.zip", tmp_path / "three")
    (tmp_path / "damaged.zip").write_bytes(damaged_zip("a.md"))
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        archive.unpack(tmp_path / "damaged.zip", tmp_path / "four")
