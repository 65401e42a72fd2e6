"""What `evals.bench.api` compares with: FastAPI, a pydantic body, one row by SQLAlchemy, a commit, and nothing else.

The one module outside `api` that may import FastAPI (see the contract in pyproject.toml).
"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from core.db import Database


class _Base(DeclarativeBase):
    pass


class BareTicket(_Base):
    __tablename__ = "bench_tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int]
    customer_id: Mapped[int]
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)


class TicketIn(BaseModel):
    shop_id: int
    customer_id: int
    subject: str = ""
    text: str


class TicketOut(TicketIn):
    id: int


def create_app(url: str) -> FastAPI:
    """On an engine with exactly the options of ours: pool, WAL, IMMEDIATE transactions, ping before use."""
    engine = Database(url).engine
    _Base.metadata.create_all(engine)
    app = FastAPI()

    @app.post("/tickets", status_code=201)
    def create_ticket(body: TicketIn) -> TicketOut:
        with Session(engine, expire_on_commit=False) as session:  # so that nothing is read again
            row = BareTicket(**body.model_dump())
            session.add(row)
            session.commit()
            return TicketOut(id=row.id, **body.model_dump())

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(sys.argv[1]), port=int(sys.argv[2]), log_level="error")
