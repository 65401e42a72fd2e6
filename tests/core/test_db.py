from sqlalchemy import select

from core.db import Database, db_now


def test_database_clock_moves_by_seconds(db: Database) -> None:
    with db.reading() as session:
        now, later = session.execute(select(db_now(), db_now(5))).one()
    assert 4.9 < (later - now).total_seconds() < 5.1
