"""What the tests of the HTTP interface stand on: a shop with people in it, sign-ins, a suggestion, a stub of the AI."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from copilot.models import Suggestion, SuggestionState
from copilot.runtime import Runtime
from copilot.serialize import answer_to_json
from core.db import Database
from core.errors import Unavailable
from core.security import new_token, token_digest
from records.people.models import AuthSession, StaffShop
from records.principals import Principal, Role
from records.tickets import actions, messages
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.index.store import IndexInfo
from retrieval.types import (
    Answer,
    Citation,
    Classification,
    Draft,
    DraftSentence,
    Hit,
    PassageDoc,
    Question,
    SearchScope,
    Verdict,
)
from tests.factories import make_customer, make_shop, make_staff

SYSTEM = Principal("system", role=Role.ADMIN)
TAXONOMY = load_taxonomy()


class StubEngine:
    """Remembers in which scope it was asked, and finds one passage."""

    def __init__(self) -> None:
        self.scopes: list[SearchScope] = []
        self.questions: list[Question] = []
        self.classifier = type("Classifier", (), {"taxonomy": TAXONOMY})()

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        self.scopes.append(scope)
        doc = PassageDoc(1, "article:1", "article", "退货", f"{query}：七天内可以退货", 1, (0, 12), "zh")
        return [Hit(doc, 0.9, 0.8, 1, 3.0, 1)]

    def answer(self, question: Question, limit: int = 10) -> Answer:
        self.questions.append(question)
        return an_answer(question.text)


class StubEncoder:
    dimension = 4
    model_version = "stub"


class StubStore:
    """Only what readiness asks of an index; `down` makes it refuse."""

    down = False

    def info(self) -> IndexInfo:
        if self.down:
            raise Unavailable("The index process does not answer. Start it with `copilot index`.")
        return IndexInfo("stub", 7, 4, "stub", "", 1)


class StubRuntime(Runtime):
    """The real runtime with an engine that needs no models: for tests in which retrieval is not the point."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.stub = StubEngine()
        self.__dict__["encoder"] = StubEncoder()

    def engine(self) -> Any:
        return self.stub


def an_answer(question: str, *sentences: DraftSentence) -> Answer:
    sentences = sentences or (DraftSentence("您好，您的包裹正在派送。", (1,), Verdict.SUPPORTED),)
    citation = Citation(1, "record", "order:1", "订单 3130", "包裹正在派送")
    return Answer(
        question=question,
        classification=Classification(
            "logistics_query", 0.9, (("logistics_query", 0.9),), "logistics", "normal", "zh", "c1"
        ),
        hits=(),
        draft=Draft("record", "zh", sentences, (citation,), 0.9),
        versions={"encoder": "stub"},
        latency_ms={"total": 1.0},
    )


@dataclass
class World:
    """`shop` and `other` are two shops; the ticket is in `shop` with one message of the customer."""

    db: Database
    client: TestClient
    runtime: StubRuntime
    shop: int = 0
    shop_code: str = ""
    other: int = 0
    customer: int = 0
    ticket: int = 0
    message: int = 0
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def signed_in(self, role: Role | str, *shops: int) -> dict[str, str]:
        """Headers of a member of staff with this role, limited to `shops`; no password is hashed for it."""
        key = f"{role}:{shops}"
        if key not in self.headers:
            token = new_token()
            with self.db.unit_of_work() as session:
                staff = make_staff(session, Role(role))
                session.add_all(StaffShop(staff_id=staff.id, shop_id=shop) for shop in shops)
                expires = datetime.now(UTC) + timedelta(hours=1)
                session.add(AuthSession(token_digest=token_digest(token), staff_id=staff.id, expires_at=expires))
            self.headers[key] = {"Authorization": f"Bearer {token}"}
        return self.headers[key]

    @property
    def agent(self) -> dict[str, str]:
        return self.signed_in(Role.AGENT)

    @property
    def admin(self) -> dict[str, str]:
        return self.signed_in(Role.ADMIN)

    def suggestion(self, *sentences: DraftSentence, state: str = SuggestionState.PENDING, ticket: int = 0) -> int:
        answer = an_answer("快递到哪了", *sentences)
        with self.db.unit_of_work() as session:
            row = Suggestion(
                ticket_id=ticket or self.ticket,
                message_id=self.message,
                state=state,
                kind="record",
                language="zh",
                text=answer.draft.text,
                confidence=0.9,
                answer={} if state == SuggestionState.DRAFTING else answer_to_json(answer),
                versions={},
            )
            session.add(row)
            session.flush()
            return row.id

    def populate(self) -> World:
        with self.db.unit_of_work() as session:
            shop, other = make_shop(session), make_shop(session)
            customer = make_customer(session)
            ticket = actions.open_ticket(session, SYSTEM, actions.NewTicket(shop.id, customer.id, "web"))
            message = messages.add_inbound(session, SYSTEM, ticket, messages.NewMessage("快递到哪了"))
            session.flush()
            self.shop, self.shop_code, self.other = shop.id, shop.code, other.id
            self.customer, self.ticket, self.message = customer.id, ticket.id, message.id
        return self
