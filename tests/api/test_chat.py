"""A shopper's side of a ticket over HTTP: nothing lost, nothing doubled, nothing shown that is not for shoppers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from copilot.grants import grant_auto_send
from copilot.models import Decision, Suggestion
from core.events import Event
from records.people.models import StaffShop
from records.presence import actions as presence
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.shops.models import Shop
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, DeliveryState, Message, Ticket
from tests.api.chat_world import Shopper, client_id, draft_of, make_chat, reply
from tests.api.world import World
from tests.factories import make_order, make_shipment, make_staff, staff_principal

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def ticket_of(shopper: Shopper) -> int:
    number: int = shopper.read()["ticket"]["id"]
    return number


def grant(world: World) -> None:
    with world.db.unit_of_work() as session:
        supervisor = staff_principal(make_staff(session, Role.SUPERVISOR))
        grant_auto_send(
            session, supervisor, shop_id=world.shop, intent="where_is_my_parcel", min_confidence=0.5,
            expires_at=datetime.now(UTC) + timedelta(days=1), reason="test",
        )  # fmt: skip


def test_a_message_is_there_once_however_often_it_is_sent(world: World) -> None:
    shopper = make_chat(world).open()
    mine = client_id()
    first, second = shopper.say("你好", mine), shopper.say("你好", mine)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["repeated"] and first.json()["message"] == second.json()["message"]
    assert first.json()["message"]["client_id"] == mine
    assert shopper.say("你好").status_code == 201, "the same words once more are another message"
    assert shopper.texts() == ["你好", "你好"]


def test_the_same_message_from_two_tabs_at_once_is_one(world: World) -> None:
    chat = make_chat(world)
    tabs = [chat.open(chat.identity("u1")) for _ in range(4)]
    mine = client_id()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tab: tab.say("同一条", mine), tabs))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert tabs[0].texts() == ["同一条"]
    with world.db.reading() as session:
        assert len(list(session.scalars(select(Ticket.id).where(Ticket.channel_account_id == chat.account)))) == 1


def test_anothers_client_id_names_nothing_of_theirs(world: World) -> None:
    chat = make_chat(world)
    mine = client_id()
    victim, attacker = chat.open(chat.identity("u1")), chat.open()
    victim.say("我的地址是…", mine)
    answer = attacker.say("猜到了编号", mine)
    assert answer.status_code == 201 and answer.json()["message"]["text"] == "猜到了编号"
    assert attacker.texts() == ["猜到了编号"]


def test_a_shoppers_id_cannot_stand_in_the_way_of_our_reply(sqlite_world: World) -> None:
    """`suggestion-<n>` is the client id of an accepted draft: a shopper who takes it first would block it."""
    shopper = make_chat(sqlite_world).open()
    message = shopper.say("占位", "suggestion-1").json()["message"]
    with sqlite_world.db.unit_of_work() as session:
        ticket = session.get_one(Ticket, message["ticket_id"])
        new = messages.NewMessage("好的", client_id="suggestion-1")
        messages.queue_reply(session, SYSTEM_PRINCIPAL, ticket, new, AuthorKind.AGENT)


def test_a_shopper_sees_no_notes_and_no_reply_that_can_be_taken_back(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("在吗")
    ticket = ticket_of(shopper)
    for state in DeliveryState:
        reply(world, ticket, f"回复 {state}", state=state)
    note = {"kind": "note", "text": "这位客户上次骂人"}
    assert world.client.post(f"/api/v1/tickets/{ticket}/messages", json=note, headers=world.agent).status_code == 201
    assert shopper.texts() == ["在吗", "回复 sending", "回复 sent", "回复 uncertain"]
    assert "骂人" not in shopper.call("GET", "conversation").text


def test_markup_stays_the_text_that_it_is(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    evil = "<img src=x onerror=alert(1)> & <b>bold</b>"
    shopper.say(evil)
    assert shopper.texts() == [evil]


def test_too_long_and_empty_messages_are_refused(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    for text in ("", "   ", "x" * 4001):
        assert shopper.say(text).status_code == 422, text[:9]
    assert shopper.call("POST", "messages", content=b"x" * 70_000).status_code == 413
    assert shopper.read()["ticket"] is None


def sources(*ids: str) -> list[dict[str, Any]]:
    return [
        {"number": n, "source_kind": "record" if one.startswith("order") else "article", "document_id": one,
         "title": f"来源{n}", "version": 3, "published_at": "2026-01-02T03:04:05+00:00"}
        for n, one in enumerate(ids, 1)
    ]  # fmt: skip


def test_an_answer_shows_its_sources_and_the_customers_own_order(world: World) -> None:
    chat = make_chat(world)
    shopper, guest = chat.open(chat.identity("u1")), chat.open()
    shopper.say("包裹到哪了")
    guest.say("包裹到哪了")
    with world.db.unit_of_work() as session:
        shop = session.get_one(Shop, world.shop)
        other = session.get_one(Ticket, world.ticket).customer_id
        from records.people.models import Customer

        mine = session.get_one(Ticket, shopper_ticket := ticket_of(shopper)).customer_id
        order = make_order(session, shop, session.get_one(Customer, mine))
        make_shipment(session, order)
        foreign = make_order(session, shop, session.get_one(Customer, other))
        ids = (f"order:{order.id}", f"order:{foreign.id}", "article:999999")
    reply(world, shopper_ticket, "在派送中", author=AuthorKind.BOT, citations=sources(*ids))
    reply(world, ticket_of(guest), "在派送中", author=AuthorKind.BOT, citations=sources(*ids))
    shown = shopper.read()["messages"][-1]
    assert [(s["number"], s["kind"], s["title"], s["version"], s["url"]) for s in shown["sources"]] == [
        (1, "record", "来源1", 3, None),
        (2, "record", "来源2", 3, None),
        (3, "article", "来源3", 3, None),  # no longer there to be read
    ]
    (card,) = shown["orders"]
    assert card["order_no"] == order.order_no, "never the other customer's, whatever a source names"
    assert card["parcels"][0]["status_text"] == {"zh": "运输中", "en": "in transit"}
    assert card["parcels"][0]["events"][0]["location"] == "南京市鼓楼区"
    assert guest.read()["messages"][-1]["orders"] == []


def test_sentences_carry_their_sources_only_while_nobody_edited_them(sqlite_world: World) -> None:
    world = sqlite_world
    shopper = make_chat(world).open()
    message = shopper.say("快递到哪了").json()["message"]
    suggestion = world.suggestion(ticket=message["ticket_id"])
    text = "您好，您的包裹正在派送。"
    for said in (text, text + "祝好"):
        reply(world, message["ticket_id"], said, suggestion_id=suggestion, citations=sources("order:1"))
    drafted, edited = shopper.read()["messages"][-2:]
    assert drafted["sentences"] == [{"text": text, "sources": [1]}]
    assert edited["sentences"] == []


def test_talking_to_a_person_is_always_possible(world: World) -> None:
    """It makes the ticket, stops the bot in the same commit, and asking twice adds nothing."""
    grant(world)
    shopper = make_chat(world).open()
    asked = shopper.call("POST", "human", json={"client_id": client_id(), "language": "en"})
    assert asked.status_code == 200
    body = asked.json()
    assert (body["ticket"]["handled_by"], body["ticket"]["handed_over"]) == ("people", True)
    assert [m["text"] for m in body["messages"]] == ["I would like to talk to a person."]
    assert body["people"] == {"present": False, "open": None, "opens_at": None}
    again = shopper.call("POST", "human", json={"client_id": client_id()}).json()
    assert len(again["messages"]) == 1
    with world.db.reading() as session:
        ticket = session.get_one(Ticket, body["ticket"]["id"])
        assert ticket.bot_stopped
        names = list(session.scalars(select(Event.name).where(Event.ticket_id == ticket.id)))
        assert names.count("HandedOver") == 1 and "MessageReceived" in names


def test_asking_for_a_person_stops_a_bot_that_was_talking(world: World) -> None:
    grant(world)
    shopper = make_chat(world).open()
    shopper.say("包裹到哪了")
    assert shopper.read()["ticket"]["handled_by"] == "bot"
    shopper.call("POST", "human", json={"client_id": client_id()})
    state = shopper.read()
    assert (state["ticket"]["handled_by"], state["bot_answering"]) == ("people", False)
    assert len(state["messages"]) == 2


def test_it_tells_honestly_who_is_there(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("有人吗")
    assert shopper.read()["people"] == {"present": False, "open": None, "opens_at": None}
    with world.db.unit_of_work() as session:
        session.get_one(Shop, world.shop).business_hours = {}
        agent = make_staff(session)
        session.add(StaffShop(staff_id=agent.id, shop_id=world.shop))
        who = Principal("staff", agent.id, agent.display_name, Role.AGENT)
        presence.tell(session, who, world.ticket, "viewing")
    assert shopper.read()["people"]["present"] is True, "somebody has a ticket of this shop open"
    with world.db.unit_of_work() as session:
        presence.tell(session, who, ticket_of(shopper), "typing")
    assert shopper.read()["agent_typing"] == agent.display_name
    with world.db.unit_of_work() as session:
        presence.tell(session, who, world.ticket, "gone")
        presence.tell(session, who, ticket_of(shopper), "gone")
    assert shopper.read()["people"]["present"] is False
    with world.db.unit_of_work() as session:
        session.get_one(Shop, world.shop).business_hours = {"mon": ["00:00", "00:01"]}
    hours = shopper.read()["people"]
    assert hours["open"] is False
    assert datetime.fromisoformat(hours["opens_at"]) > datetime.now(UTC)


def test_the_bot_is_said_to_answer_only_while_it_may(world: World) -> None:
    shopper = make_chat(world).open()
    message = shopper.say("包裹到哪了").json()["message"]
    assert shopper.read()["bot_answering"] is False, "no grant: a person will answer"
    assert shopper.read()["ticket"]["handled_by"] == "people"
    grant(world)
    assert shopper.read()["bot_answering"] is True
    draft_of(world, message["id"])
    assert shopper.read()["bot_answering"] is True
    with world.db.unit_of_work() as session:
        session.scalars(select(Suggestion).where(Suggestion.message_id == message["id"])).one().state = "pending"
    assert shopper.read()["bot_answering"] is False, "it decided not to"


def test_a_message_of_files_only_goes_to_a_person(world: World) -> None:
    grant(world)
    shopper = make_chat(world).open()
    file = shopper.call("POST", "attachments", files={"file": ("破损.png", PNG)}).json()
    message = shopper.say("", None, file["id"]).json()["message"]
    assert message["attachments"] == [file]
    draft_of(world, message["id"])
    with world.db.reading() as session:
        ticket = session.get_one(Ticket, message["ticket_id"])
        decision = session.scalars(select(Decision)).one()
        assert (ticket.subject, ticket.bot_stopped) == ("破损.png", True)
        assert (decision.outcome, decision.reason) == ("hand_over", "only_files")


def test_a_file_is_for_the_two_sides_of_its_message(world: World) -> None:
    chat = make_chat(world)
    shopper, stranger = chat.open(), chat.open()
    file = shopper.call("POST", "attachments", files={"file": ("a.png", PNG)}).json()["id"]
    assert shopper.call("GET", f"attachments/{file}").content == PNG
    assert stranger.call("GET", f"attachments/{file}").status_code == 404
    assert stranger.say("", None, file).status_code == 422, "not theirs to send"
    shopper.say("看照片", None, file)
    stranger.say("我也在")
    assert shopper.call("GET", f"attachments/{file}").status_code == 200
    assert stranger.call("GET", f"attachments/{file}").status_code == 404
    ticket = ticket_of(shopper)
    upload = world.client.post(
        f"/api/v1/tickets/{ticket}/attachments", files={"file": ("intern.png", PNG)}, headers=world.agent
    ).json()["id"]
    note = {"kind": "note", "text": "内部", "attachment_ids": [upload]}
    world.client.post(f"/api/v1/tickets/{ticket}/messages", json=note, headers=world.agent)
    assert shopper.call("GET", f"attachments/{upload}").status_code == 404, "a note's file"
    assert world.client.get(f"/api/v1/attachments/{file}", headers=world.agent).content == PNG


def test_reading_is_told_and_outdates_nobodys_work(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("在吗")
    ticket = ticket_of(shopper)
    reply(world, ticket, "在的")
    with world.db.reading() as session:
        version = session.get_one(Ticket, ticket).version
    for seq in (2, 1, 99):
        assert shopper.call("PUT", "seen", json={"ticket_id": ticket, "seq": seq}).status_code == 204
    with world.db.reading() as session:
        row = session.get_one(Ticket, ticket)
        assert (row.customer_seen_seq, row.version) == (2, version)
        events = session.scalars(select(Event).where(Event.name == "ConversationRead"))
        assert [event.data for event in events] == [{"seq": 2}]
    assert shopper.call("PUT", "seen", json={"ticket_id": world.ticket, "seq": 1}).status_code == 404
    assert shopper.read()["ticket"]["seen_seq"] == 0
    seen = {"seq": 1}
    assert world.client.put(f"/api/v1/tickets/{ticket}/read", json=seen, headers=world.agent).status_code == 204
    assert shopper.read()["ticket"]["seen_seq"] == 1


def test_how_it_went_is_asked_at_the_end(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("谢谢")
    ticket = ticket_of(shopper)
    word = {"ticket_id": ticket, "score": 5, "comment": "很快"}
    assert shopper.call("PUT", "satisfaction", json=word).status_code == 409, "it is still going on"
    with world.db.unit_of_work() as session:
        actions.resolve(session, SYSTEM_PRINCIPAL, session.get_one(Ticket, ticket))
    for _ in range(2):
        assert shopper.call("PUT", "satisfaction", json=word).status_code == 200
    for score in (0, 6):
        assert shopper.call("PUT", "satisfaction", json={**word, "score": score}).status_code == 422
    other = {**word, "ticket_id": world.ticket}
    assert shopper.call("PUT", "satisfaction", json=other).status_code == 404
    shown = shopper.read()["ticket"]
    assert (shown["status"], shown["satisfaction"]) == ("resolved", {"score": 5, "comment": "很快"})
    with world.db.reading() as session:
        row = session.get_one(Ticket, ticket)
        assert (row.satisfaction, row.satisfaction_comment) == (5, "很快") and row.satisfaction_at is not None
        events = session.scalars(select(Event).where(Event.name == "SatisfactionGiven"))
        assert [(event.data, event.actor_kind) for event in events] == [({"score": 5}, "customer")]


def test_a_word_after_the_end_goes_on_with_the_same_matter(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("第一件事")
    first = ticket_of(shopper)
    with world.db.unit_of_work() as session:
        actions.resolve(session, SYSTEM_PRINCIPAL, session.get_one(Ticket, first))
    shopper.say("还有")
    assert (ticket_of(shopper), shopper.read()["ticket"]["status"]) == (first, "open")
    with world.db.unit_of_work() as session:
        actions.set_status(session, SYSTEM_PRINCIPAL, session.get_one(Ticket, first), "closed")
    shopper.say("另一件事")
    assert ticket_of(shopper) != first, "what was closed stays closed"
    assert shopper.texts() == ["第一件事", "还有", "另一件事"]


def test_a_long_conversation_is_read_page_by_page(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    shopper.say("0")
    ticket = ticket_of(shopper)
    with sqlite_world.db.unit_of_work() as session:
        row = session.get_one(Ticket, ticket)
        for number in range(1, 130):
            messages.add_inbound(session, SYSTEM_PRINCIPAL, row, messages.NewMessage(str(number)))
    newest = shopper.read()
    assert newest["more"] and [int(m["text"]) for m in newest["messages"]] == list(range(30, 130))
    before = newest["messages"][0]["id"]
    older = shopper.call("GET", "conversation", params={"before": before}).json()
    assert not older["more"] and [int(m["text"]) for m in older["messages"]] == list(range(30))


def test_a_name_is_shown_of_the_agent_who_has_the_ticket(world: World) -> None:
    shopper = make_chat(world).open()
    shopper.say("你好")
    ticket = ticket_of(shopper)
    with world.db.unit_of_work() as session:
        agent, row = make_staff(session, display_name="小陈"), session.get_one(Ticket, ticket)
        actions.assign(session, SYSTEM_PRINCIPAL, row, agent.id)
        for who in (staff_principal(agent), Principal("api", agent.id + 1000, "program", Role.AGENT)):
            messages.queue_reply(session, who, row, messages.NewMessage(who.kind), AuthorKind.AGENT)
    with world.db.unit_of_work() as session:
        from records.tickets.models import Delivery

        for delivery in session.scalars(select(Delivery)):
            delivery.state = DeliveryState.SENT
    state = shopper.read()
    assert state["ticket"]["agent"] == "小陈"
    assert [(m["text"], m["name"]) for m in state["messages"][1:]] == [("staff", "小陈"), ("api", "")]


def test_what_a_page_shows_before_anybody_writes(world: World) -> None:
    chat = make_chat(
        world, greeting={"zh": "您好", "en": "Hello"}, quick_replies={"zh": ["我的包裹到哪了？"], "en": []}
    )
    shown = world.client.get(chat.path).json()
    assert shown["greeting"] == {"zh": "您好", "en": "Hello"}
    assert shown["quick_replies"] == {"zh": ["我的包裹到哪了？"]}
    assert shown["bot"] is False
    grant(world)
    assert world.client.get(chat.path).json()["bot"] is True
    path = f"/api/v1/channel-accounts/{chat.account}"
    etag = world.client.get(path, headers=world.admin).headers["etag"]
    off = world.client.patch(path, json={"active": False}, headers={**world.admin, "If-Match": etag})
    assert off.status_code == 200 and off.json()["secret"] is None
    assert world.client.get(chat.path).status_code == 404


def test_messages_are_kept_with_their_senders_ids(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    mine = client_id()
    shopper.say("你好", mine)
    with sqlite_world.db.reading() as session:
        row = session.scalars(select(Message).where(Message.client_id == f"chat:{mine}")).one()
        assert row.author_kind == AuthorKind.CUSTOMER
