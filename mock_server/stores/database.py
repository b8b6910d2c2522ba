"""Worlds in a SQL database: SQLite or PostgreSQL, by SQLAlchemy Core.

A world is a row with a number that every change makes greater; what is in it are cells, each with the number
at which it was changed last. Whoever knows a world as of a number reads what is newer, and has it as it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import uniform
from threading import local
from time import monotonic, sleep, time
from typing import Any, NamedTuple
from weakref import finalize

import sqlalchemy as sql
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from troth.contracts.errors import UsageError
from troth.mock_server.stores.away import StoreAway
from troth.mock_server.stores.replica import Cell
from troth.mock_server.stores.tables import (
    ABOUT,
    CELL,
    EVENT,
    EVENTS,
    LAST,
    LOCK,
    READ,
    TABLES,
    TELL,
    TOUCH,
    WORLD,
    WRITE,
)

VERSION = 1
"""Of the tables; a greater one is of a newer troth."""

PATIENCE = 10
"""Seconds for which a call waits for another one that writes to the same world."""

_LOOKS_AGAIN = (0.0005, 0.002)
"""Seconds, from and to, after which a process looks again whether another one still writes to a file."""

CONNECTIONS = 8
"""That a process has with PostgreSQL; it allows for a hundred, of all processes together."""

_MEMORY = ":memory:"
PER_TURN = 1_000_000
"""So many cells of one turn keep the order in which they came."""

REMEMBERED = 10_000
"""Turns for which what is gone is noted: who has not looked for longer starts anew."""


class Raced(Exception):
    """Somebody else has made the same world; look again."""


class Lost(Exception):
    """The connection was lost before anything was stored; another one may do."""


class Found(NamedTuple):
    """A world as it was found: its numbers, and the cells that are newer than what was known."""

    world: int
    seq: int
    floor: int
    begun: int
    cells: Sequence[tuple[Cell, int]]
    """Each with the number of the turn in which it came into being."""


@dataclass(frozen=True)
class Turn:
    """One transaction; ``writing`` turns of a world come one after the other."""

    connection: sql.Connection
    writing: bool


class Database:
    """The tables of all worlds."""

    def __init__(self, url: str) -> None:
        """Raises UsageError for what is no URL of a database that is known."""
        self.url = _url(url)
        self.name = self.url.render_as_string(hide_password=True)
        if self.url.get_backend_name() == "sqlite":
            self.name = self.url.database or ""
        self._here = local()
        self._engine = _engine(self.url)
        finalize(self, self._engine.dispose)
        self._reading = self._engine.execution_options(troth_reading=True)
        if self._engine.dialect.name == "postgresql":
            self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def prepare(self) -> None:
        """Make the tables where there are none. Raises UsageError where they cannot be used, StoreAway where
        that may change."""
        try:
            with self._engine.connect() as connection:
                self._prepare(connection)
        except SQLAlchemyError as error:
            if self._engine.dialect.name == "postgresql":
                raise self._away(error) from None
            raise UsageError(f"--store {self.name}: {_why(error)}") from None

    def _prepare(self, connection: sql.Connection) -> None:
        if self._engine.dialect.name == "postgresql":
            connection.execute(sql.text("SELECT pg_advisory_xact_lock(8683012)"))  # one of several that start
        else:
            connection.execute(sql.text("PRAGMA journal_mode=WAL"))
            connection.commit()
            connection.execution_options(troth_writing=True)
        there = sql.inspect(connection).get_table_names()
        if self._engine.dialect.name == "sqlite" and there and ABOUT.name not in there:
            raise UsageError(f"--store {self.name}: this is a database of something else than troth")
        TABLES.create_all(connection)
        version = connection.execute(sql.select(ABOUT.c.version)).scalar()
        if version is None:
            connection.execute(ABOUT.insert().values(version=VERSION))
        elif version != VERSION:
            text = (
                f"was written by another version of troth (its tables have version {version}, not {VERSION})"
            )
            raise UsageError(f"--store {self.name}: it {text}")
        connection.commit()

    @contextmanager
    def turn(self, *, writing: bool) -> Iterator[Turn]:
        """One transaction: all of it is stored at the end, or nothing where anything goes wrong. Raises
        StoreAway, or Lost where another try may do."""
        committing = False
        engine = self._engine if writing else self._reading
        try:
            with engine.connect() as connection:
                if writing:
                    connection.execution_options(troth_writing=True)
                self._here.turn = Turn(connection, writing)
                try:
                    yield self._here.turn
                finally:
                    self._here.turn = None
                committing = True
                connection.commit()
        except DBAPIError as error:
            if error.connection_invalidated and not committing:
                raise Lost from error
            raise self._away(error) from None
        except SQLAlchemyError as error:
            raise self._away(error) from None

    def _away(self, error: SQLAlchemyError) -> StoreAway:
        return StoreAway(f"the store {self.name} cannot be used now: {_why(error)}")

    @contextmanager
    def any_turn(self, *, writing: bool = False) -> Iterator[Turn]:
        """The turn of this thread, or one for the occasion. Raises StoreAway."""
        turn = getattr(self._here, "turn", None)
        if turn is not None:
            yield turn
            return
        try:
            with self.turn(writing=writing) as turn:
                yield turn
        except Lost as lost:
            raise StoreAway(f"the store {self.name} cannot be used now: {_why(lost.__cause__)}") from None

    def lock(self, turn: Turn, name: str) -> bool:
        """Let nobody else write to a world in this turn, and count it; False: there is no such world."""
        done = turn.connection.execute(LOCK, {"at_name": name, "now": time()})
        return bool(done.rowcount)

    def read(self, turn: Turn, name: str, known: int) -> Found | None:
        """What is newer in a world than a number; None: there is no such world."""
        rows = turn.connection.execute(READ, {"at_name": name, "known": known}).all()
        if not rows:
            return None
        cells = []
        for *_, cell, value, born in rows:
            if cell is not None:
                cells.append((Cell(tuple(json.loads(cell)), value), born // PER_TURN))
        world, seq, floor, begun = rows[0][:4]
        return Found(world, seq, floor, begun, cells)

    def create(self, turn: Turn, name: str) -> None:
        """Make a world. Raises Raced where somebody else has."""
        try:
            turn.connection.execute(WORLD.insert().values(name=name, seq=1, floor=0, begun=1, used=time()))
        except IntegrityError:
            raise Raced from None

    def write(self, turn: Turn, found: Found, cells: Iterable[Cell]) -> None:
        """Store cells."""
        rows = []
        for place, cell in enumerate(cells):
            name = json.dumps(cell.name)
            rows.append(
                {
                    "world": found.world,
                    "digest": sha256(name.encode("ascii")).hexdigest(),
                    "name": name,
                    "seq": found.seq,
                    "born": found.seq * PER_TURN + place,
                    "value": cell.text,
                }
            )
        if rows:
            turn.connection.execute(WRITE[self._engine.dialect.name], rows)
        if found.seq % REMEMBERED == 0:
            self._forget_the_gone(turn, found)

    def _forget_the_gone(self, turn: Turn, found: Found) -> None:
        floor = found.seq - REMEMBERED
        gone = sql.and_(CELL.c.world == found.world, CELL.c.value.is_(None), CELL.c.seq <= floor)
        turn.connection.execute(sql.delete(CELL).where(gone))
        raised = sql.and_(WORLD.c.id == found.world, WORLD.c.floor < floor)
        turn.connection.execute(sql.update(WORLD).where(raised).values(floor=floor))

    def clear(self, turn: Turn, found: Found, *, begun: bool) -> None:
        """Nothing of what was in a world is in it any more; ``begun``: it begins with this turn."""
        turn.connection.execute(sql.delete(CELL).where(CELL.c.world == found.world))
        values = {"floor": found.seq}
        if begun:
            values["begun"] = found.seq
        turn.connection.execute(sql.update(WORLD).where(WORLD.c.id == found.world).values(values))

    def touch(self, world: int) -> None:
        """A world is in use."""
        with self.any_turn(writing=True) as turn:
            turn.connection.execute(TOUCH, {"at_world": world, "now": time()})

    def names(self, since: float) -> list[str]:
        """The names of the worlds that have one and were used since, the one used last at the end."""
        query = sql.select(WORLD.c.name).where(WORLD.c.name != "", WORLD.c.used >= since)
        with self.any_turn() as turn:
            return list(turn.connection.execute(query.order_by(WORLD.c.used)).scalars())

    def let_go(self, since: float) -> None:
        """The worlds with a name that were not used since are gone."""
        idle = sql.and_(WORLD.c.name != "", WORLD.c.used < since)
        with self.any_turn(writing=True) as turn:
            turn.connection.execute(sql.delete(WORLD).where(idle))

    def end(self, name: str) -> bool:
        """A world is gone; whether there was one."""
        with self.any_turn(writing=True) as turn:
            return bool(turn.connection.execute(sql.delete(WORLD).where(WORLD.c.name == name)).rowcount)

    def tell(self, turn: Turn, world: int, events: Sequence[tuple[str, str]], most: int) -> None:
        """Add events to a world, each a kind and a text; of all that there are, only the last are kept."""
        rows = [{"at_world": world, "kind": kind, "value": text} for kind, text in events]
        turn.connection.execute(TELL, rows)
        if most:
            last = sql.select(EVENT.c.number).where(EVENT.c.world == world)
            oldest = last.order_by(EVENT.c.number.desc()).limit(1).offset(most).scalar_subquery()
            past = sql.and_(EVENT.c.world == world, EVENT.c.number <= oldest)
            turn.connection.execute(sql.delete(EVENT).where(past))

    def events(self, world: int, after: int) -> list[tuple[int, str, str]]:
        """What happened in a world after a number: its own number, its kind, and its text."""
        with self.any_turn() as turn:
            found = turn.connection.execute(EVENTS, {"at_world": world, "known": after})
            return [(number, kind, text) for number, kind, text in found]

    def last_event(self, world: int) -> int:
        """The number of what happened last; 0: nothing did."""
        with self.any_turn() as turn:
            return turn.connection.execute(LAST, {"at_world": world}).scalar() or 0


def _url(text: str) -> sql.URL:
    """Where a store is: a URL, or the path of a file."""
    if text == _MEMORY:
        text = f"sqlite:///{text}"
    if "://" not in text:
        return sql.URL.create("sqlite", database=str(Path(text).absolute()))
    scheme, _, rest = text.partition("://")
    if scheme in ("postgresql", "postgres"):
        text = f"postgresql+psycopg://{rest}"
    elif scheme not in ("postgresql+psycopg", "sqlite"):
        raise UsageError(f"--store takes a file, postgresql://… or sqlite:///…, found {scheme}://…")
    try:
        found = sql.make_url(text)
    except (ArgumentError, ValueError):
        raise UsageError(f"--store: what follows {scheme}:// is no URL of a database") from None
    if scheme == "sqlite" and found.database in (None, "", _MEMORY):
        raise UsageError(f"--store {text} names no file; without --store, records live in memory")
    return found


def _engine(url: sql.URL) -> sql.Engine:
    """Connections to a database, as turns need them."""
    try:
        if url.get_backend_name() == "sqlite":
            engine = sql.create_engine(
                url, connect_args={"timeout": PATIENCE, "isolation_level": None, "check_same_thread": False}
            )
            sql.event.listen(engine, "connect", _prepare_sqlite)
            sql.event.listen(engine, "begin", _begin_sqlite)
            return engine
        engine = sql.create_engine(
            url,
            connect_args={name: value for name, value in _alive().items() if name not in url.query},
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=PATIENCE,
        )
        sql.event.listen(engine, "connect", _prepare_postgresql)
    except (ImportError, NoSuchModuleError) as error:
        raise UsageError(
            f"a store needs more than is installed: pip install 'troth[stores]' ({error})"
        ) from None
    return engine


def _alive() -> Mapping[str, int]:
    """How the driver notices that a server does not answer any more, in seconds and one in milliseconds."""
    return {
        "connect_timeout": PATIENCE,
        "keepalives_idle": PATIENCE,
        "keepalives_interval": PATIENCE // 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 2 * PATIENCE * 1000,
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sql.Connection) -> None:
    """The driver begins nothing of its own accord: who writes says so first, who reads need not."""
    if connection.get_execution_options().get("troth_writing"):
        _begin_writing(connection)


def _begin_writing(connection: sql.Connection) -> None:
    """Begin as soon as nobody else writes. SQLite itself would look less and less often, up to every 100 ms;
    a process that writes again and again would hardly ever let another one in."""
    end = monotonic() + PATIENCE
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not _is_busy(error) or monotonic() > end:
                    raise
            sleep(uniform(*_LOOKS_AGAIN))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE * 1000}")


def _is_busy(error: OperationalError) -> bool:
    """Whether somebody else writes."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return (code & 0xFF) == sqlite3.SQLITE_BUSY


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Nobody waits for ever, neither for a lock nor with one."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{3 * PATIENCE}s'")
    connection.commit()


def _why(error: BaseException | None) -> str:
    """What a driver says, in one line."""
    origin = getattr(error, "orig", None) or error
    lines = str(origin).strip().splitlines()
    return lines[0] if lines else type(origin).__name__
