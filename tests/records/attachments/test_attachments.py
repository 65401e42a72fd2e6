from __future__ import annotations

import io
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.db import Database, db_now
from core.errors import InvalidInput, NotFound
from core.storage import FileStore
from records.attachments import actions, queries
from records.attachments.media_types import sniff
from records.attachments.models import Attachment
from records.attachments.sweeping import remove_orphans
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.tickets import actions as tickets
from records.tickets import messages
from records.tickets.models import Message, Ticket
from tests.factories import make_customer, make_shop

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
TYPES = ("image/png", "text/plain")
ME = actions.Uploader("staff", 1)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypmp42....", "video/mp4"),
        ("退货单号".encode(), "text/plain"),
        ("退货".encode()[:5], "text/plain"),  # the head ends within a character
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"<svg onload=alert(1)>", "text/plain"),
        (b"MZ\x90\x00\x03", None),
        (b"PK\x03\x04", None),
        ("退货".encode("gbk") + b"padding", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(head: bytes, expected: str | None) -> None:
    assert sniff(head) == expected


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\发票.pdf", "发票.pdf"),
        ('a\r\nSet-Cookie: x"y.png', 'aSet-Cookie: x"y.png'),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_a_name_is_a_name_only(given: str, kept: str) -> None:
    assert actions.checked_name(given) == kept


@dataclass
class World:
    session: Session
    store: FileStore
    shop_id: int
    ticket: Ticket
    other: Ticket

    def upload(self, content: bytes = PNG, uploader: actions.Uploader = ME, ticket: Ticket | None = None) -> Attachment:
        stored = self.store.save(io.BytesIO(content), 10_000)
        media_type = actions.checked_type(stored, TYPES)
        ticket_id = ticket.id if ticket else None
        return actions.keep(
            self.session, uploader, shop_id=self.shop_id, ticket_id=ticket_id,
            name="photo.png", media_type=media_type, stored=stored,
        )  # fmt: skip

    def send(self, *ids: int, ticket: Ticket | None = None, text: str = "") -> Message:
        ticket = ticket or self.ticket
        files = actions.references(self.session, ME, ticket.shop_id, ticket.id, ids)
        return messages.add_inbound(
            self.session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(text, attachments=files)
        )


def make_world(session: Session, folder: Path) -> World:
    shop, customer = make_shop(session), make_customer(session)
    new = tickets.NewTicket(shop.id, customer.id, "web")
    ticket, other = (tickets.open_ticket(session, SYSTEM_PRINCIPAL, new) for _ in range(2))
    return World(session, FileStore(folder), shop.id, ticket, other)


def test_a_file_is_sent_once_by_who_uploaded_it(db: Database, tmp_path: Path) -> None:
    with db.unit_of_work() as session:
        world = make_world(session, tmp_path)
        file = world.upload(ticket=world.ticket)
        for wrong in (world.upload(uploader=actions.Uploader("staff", 2)), world.upload(ticket=world.other)):
            with pytest.raises(InvalidInput, match=f"no uploaded file {wrong.id}"):
                world.send(wrong.id)
        message = world.send(file.id)
        session.refresh(file)
        assert (file.message_id, file.ticket_id) == (message.id, world.ticket.id)
        assert message.attachments == [{"id": file.id, "name": "photo.png", "media_type": "image/png", "size": 108}]
        assert world.ticket.subject == "photo.png", "a ticket without a word is called after its file"
        for again in ((file.id,), (999_999,)):
            with pytest.raises(InvalidInput):
                world.send(*again)
        twice = world.upload()
        with pytest.raises(InvalidInput, match="each once"):
            world.send(twice.id, twice.id)


def test_a_message_is_still_not_empty(db: Database, tmp_path: Path) -> None:
    with db.unit_of_work() as session, pytest.raises(InvalidInput, match="empty"):
        make_world(session, tmp_path).send(text="  ")


def test_what_is_not_taken(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    for content in (b"", b"%PDF-1.7 not in the list", b"MZ\x90\x00 program"):
        with pytest.raises(InvalidInput):
            actions.checked_type(store.save(io.BytesIO(content), 100), TYPES)


def test_other_shops_files_are_out_of_reach(db: Database, tmp_path: Path) -> None:
    with db.unit_of_work() as session:
        world = make_world(session, tmp_path)
        file = world.upload()
        agent = Principal("staff", 7, "", Role.AGENT, frozenset({world.shop_id}))
        stranger = Principal("staff", 8, "", Role.AGENT, frozenset({world.shop_id + 1000}))
        assert queries.get_attachment(session, agent, file.id) is file
        with pytest.raises(NotFound):
            queries.get_attachment(session, stranger, file.id)


def test_what_was_never_sent_goes_after_a_day(db: Database, tmp_path: Path) -> None:
    with db.unit_of_work() as session:
        world = make_world(session, tmp_path)
        sent, forgotten, fresh = (world.upload() for _ in range(3))
        world.send(sent.id)
        lost = world.store.save(io.BytesIO(b"its request failed"), 100).key
        old = Attachment.id.in_([sent.id, forgotten.id])
        session.execute(update(Attachment).where(old).values(created_at=db_now(-90_000)))
        keys = {row: row.storage_key for row in (sent, forgotten, fresh)}
    day_ago = time.time() - 90_000
    for key in (keys[sent], keys[forgotten], lost):
        os.utime(world.store.path(key), (day_ago, day_ago))
    with db.unit_of_work() as session:
        assert actions.forget_unsent(session) == 1
    assert remove_orphans(db, world.store) == 2
    assert world.store.path(keys[sent]).exists()
    assert world.store.path(keys[fresh]).exists()
    for gone in (keys[forgotten], lost):
        with pytest.raises(NotFound):
            world.store.path(gone)
