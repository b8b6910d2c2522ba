"""The tables that worlds are kept in, and what every call asks of them: written once, for that takes long."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

TABLES = sql.MetaData()
_Big = sql.BigInteger().with_variant(sql.Integer(), "sqlite")
ABOUT = sql.Table("troth_about", TABLES, sql.Column("version", sql.Integer, nullable=False))
WORLD = sql.Table(
    "troth_world",
    TABLES,
    sql.Column("id", _Big, primary_key=True, autoincrement=True),
    sql.Column("name", sql.String(64), nullable=False, unique=True),
    sql.Column("seq", sql.BigInteger, nullable=False),
    sql.Column("floor", sql.BigInteger, nullable=False),
    sql.Column("begun", sql.BigInteger, nullable=False),
    sql.Column("used", sql.Double, nullable=False),
    sqlite_autoincrement=True,
)
CELL = sql.Table(
    "troth_cell",
    TABLES,
    sql.Column("world", sql.ForeignKey(WORLD.c.id, ondelete="CASCADE"), primary_key=True),
    sql.Column("digest", sql.String(64), primary_key=True),
    sql.Column("name", sql.Text, nullable=False),
    sql.Column("seq", sql.BigInteger, nullable=False),
    sql.Column("born", sql.BigInteger, nullable=False),
    sql.Column("value", sql.Text),
    sql.Index("troth_cell_seq", "world", "seq"),
)
EVENT = sql.Table(
    "troth_event",
    TABLES,
    sql.Column("number", _Big, primary_key=True, autoincrement=True),
    sql.Column("world", sql.ForeignKey(WORLD.c.id, ondelete="CASCADE"), nullable=False),
    sql.Column("kind", sql.String(64), nullable=False),
    sql.Column("value", sql.Text, nullable=False),
    sql.Index("troth_event_world", "world", "number"),
    sqlite_autoincrement=True,
)

_NAME, _KNOWN = sql.bindparam("at_name", type_=sql.String), sql.bindparam("known", type_=sql.BigInteger)
_AT, _NOW = sql.bindparam("at_world", type_=sql.BigInteger), sql.bindparam("now", type_=sql.Double)

LOCK = sql.update(WORLD).where(WORLD.c.name == _NAME).values(seq=WORLD.c.seq + 1, used=_NOW)
"""Nobody else writes to a world of a name until the transaction ends, and the turn is counted."""

TOUCH = sql.update(WORLD).where(WORLD.c.id == _AT).values(used=_NOW)
"""A world is in use."""

READ = (
    sql.select(WORLD.c.id, WORLD.c.seq, WORLD.c.floor, WORLD.c.begun, CELL.c.name, CELL.c.value, CELL.c.born)
    .select_from(WORLD.outerjoin(CELL, sql.and_(CELL.c.world == WORLD.c.id, CELL.c.seq > _KNOWN)))
    .where(WORLD.c.name == _NAME)
    .order_by(CELL.c.born)
)
"""The numbers of a world, and its cells that are newer than a turn."""

TELL = sql.insert(EVENT).from_select(
    ["world", "kind", "value"],
    sql.select(WORLD.c.id, sql.bindparam("kind", type_=sql.String), sql.bindparam("value", type_=sql.Text))
    .where(WORLD.c.id == _AT)
    .with_for_update(),
)
"""Something has happened. Who writes to a world waits meanwhile: numbers come in the order in which they are
seen."""

EVENTS = (
    sql.select(EVENT.c.number, EVENT.c.kind, EVENT.c.value)
    .where(EVENT.c.world == _AT, EVENT.c.number > _KNOWN)
    .order_by(EVENT.c.number)
)
"""What has happened in a world after an event."""

LAST = sql.select(sql.func.max(EVENT.c.number)).where(EVENT.c.world == _AT)
"""The number of what has happened last in a world."""


def _written(insert: Any) -> Any:
    """Store a cell; one that was gone comes into being again."""
    new = insert.excluded
    born = sql.case((CELL.c.value.is_(None), new.born), else_=CELL.c.born)
    return insert.on_conflict_do_update(
        index_elements=[CELL.c.world, CELL.c.digest],
        set_={"seq": new.seq, "value": new.value, "born": born},
    )


WRITE = {"sqlite": _written(sqlite.insert(CELL)), "postgresql": _written(postgresql.insert(CELL))}
"""Store cells, by the name of the database's dialect."""
