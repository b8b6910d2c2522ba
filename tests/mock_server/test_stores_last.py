"""What a store is for: nothing that was answered is lost, and nothing is half written, whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.gate import often
from tests.mock_server.calling import Client
from tests.mock_server.databases import Postgres, rows, served
from tests.mock_server.test_mock_cli import started
from tests.patience import PATIENCE
from troth import Contract, Mock
from troth.mock_server import sharing
from troth.mock_server.stores import StoreAway, database

ID = "8c2b2d4e-e29b-41d4-a716-446655440000"
ONE = f"/api/campaigns/{ID}"
CLIENTS = 64
BODY = json.dumps({"type": "email", "name": "N", "sender_account_ids": []})
SHARED = ("file", "postgresql")


@pytest.fixture(params=SHARED)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return str(tmp_path / "mock.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


class Caller:
    """One client on one connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def __del__(self) -> None:
        self._connection.close()

    def __call__(self, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": "Bearer any-token", "Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read() or "null")

    def named(self, name: str) -> tuple[int, Any]:
        """Create a campaign of this name."""
        return self("POST", "/api/campaigns", json.dumps({**json.loads(BODY), "name": name}))


def root(printed: str) -> str:
    """Where the mock is, as it says."""
    return next(word for word in printed.split() if word.startswith("http://")).rsplit("/api/", 1)[0]


def names(call: Caller) -> set[str]:
    status, state = call("GET", "/__mock/state")
    assert status == 200
    return {record["data"]["name"] for record in state["puffle"]["Campaign"]}


def eventually(what: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for what must come."""
    end = time.monotonic() + patience
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


@contextlib.contextmanager
def mocked(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A mock of its own process, and where it is; it ends as asked, without a trace."""
    with started("puffle", "--port", "0", "--no-limits", *arguments) as (process, printed):
        yield process, root(printed)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def writers(url: str, answered: list[str], count: int = 8) -> list[threading.Thread]:
    """Clients that make campaigns until nobody answers; those that were answered are noted. No two want the
    same name: it would be refused."""

    def write() -> None:
        call = Caller(url)
        with contextlib.suppress(OSError, http.client.HTTPException):
            for turn in range(100_000):
                name = f"made {threading.get_ident()} {time.monotonic_ns()} {turn}"
                if call.named(name)[0] == 201:
                    answered.append(name)

    threads = [threading.Thread(target=write) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_what_was_answered_outlives_a_kill(place: str) -> None:
    answered: list[str] = []
    for _ in range(2):
        with mocked("--store", place) as (process, url):
            assert set(answered) <= names(Caller(url))
            before = len(answered)
            threads = writers(url, answered)
            eventually(lambda before=before: len(answered) > before + 20)  # type: ignore[misc]
            process.kill()
            for thread in threads:
                thread.join()
    with mocked("--store", place) as (_, url):
        kept = names(Caller(url))
        assert set(answered) <= kept
        made = {name for name in kept if name.startswith("made")}
        assert len(made) - len(answered) <= 2 * 8  # at most what each client waited for each time
        assert Caller(url)("GET", f"/api/campaigns?limit={len(kept)}")[0] == 200


def test_a_restart_keeps_records_clock_faults_snapshots_and_calls(place: str) -> None:
    with mocked("--store", place) as (_, url):
        call = Caller(url)
        assert call("POST", f"{ONE}/pause")[0] == 200
        assert call("POST", f"/~ann{ONE}/pause")[0] == 200
        call("POST", "/__mock/clock", '{"freeze": true}')
        call("PUT", "/__mock/snapshots/one")
        call("POST", "/__mock/faults", '{"operation": "getCampaign", "status": 404, "times": 1}')
        before = [call("GET", f"/__mock/{what}")[1] for what in ("state", "clock", "journal", "snapshots")]
    with mocked("--store", place) as (_, url):
        call = Caller(url)
        after = [call("GET", f"/__mock/{what}")[1] for what in ("state", "clock", "journal", "snapshots")]
        assert after == before
        assert [call("GET", ONE)[0] for _ in range(2)] == [404, 200]
        assert call("GET", f"/~ann{ONE}")[1]["campaign"]["status"] == "paused"
        assert call("POST", f"{ONE}/pause")[0] == 400
        assert call("POST", f"{ONE}/resume")[0] == 200


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    """No file of the process may grow: what a disk without room says to a writer."""
    store = tmp_path / "mock.db"
    with mocked("--store", str(store)) as (process, url):
        call = Caller(url)
        assert call.named("before")[0] == 201
        most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        size = os.path.getsize(f"{store}-wal")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, most[1]))
        written, status, answer = ["before"], 201, dict[str, Any]()
        while status == 201:
            name = f"full {len(written)}"
            status, answer = call.named(name)
            if status == 201:
                written.append(name)
        assert status == 503
        assert answer["status"] == 503
        assert str(store) in answer["detail"]
        assert call.named("still full")[0] == 503
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, most)
        assert call.named("room again")[0] == 201
        kept = {name for name in names(call) if name.startswith(("before", "full", "still", "room"))}
        assert kept == {*written, "room again"}
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_that_takes_nothing_is_told(postgres: Postgres, contracts: dict[str, Contract]) -> None:
    """Hosted databases turn read-only where their disk is full."""
    place = postgres.database()
    client = Client(Mock([contracts["puffle"]], store=place))
    name = place.partition("?")[0].rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    kick = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    postgres.execute(kick)
    answer = client("POST", f"{ONE}/pause")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "read-only" in answer.json["detail"]
    postgres.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    postgres.execute(kick)
    assert client("POST", f"{ONE}/pause").status == 200


def test_a_database_that_was_restarted_is_used_again(contracts: dict[str, Contract]) -> None:
    with served() as server:
        place = server.database()
        client = Client(Mock([contracts["puffle"]], store=place))
        assert client("POST", f"{ONE}/pause").status == 200
        server.stop()
        for method, path in (("GET", ONE), ("POST", f"{ONE}/resume")):
            answer = client(method, path)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json["title"] == "Service Unavailable"
        lever = client("GET", "/__mock/health")
        assert (lever.status, lever.headers["retry-after"]) == (503, "1")
        server.start()
        assert client("GET", ONE).json["campaign"]["status"] == "paused"
        assert client("POST", f"{ONE}/resume").status == 200
        server.stop()
        server.start()  # nobody has asked meanwhile: nobody notices
        assert client("POST", f"{ONE}/pause").status == 200


def test_nobody_waits_for_ever(
    place: str, contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    """Somebody holds the world, and does nothing."""
    monkeypatch.setattr(database, "PATIENCE", 1)
    client = Client(Mock([contracts["puffle"]], store=place))
    with holding(place, postgres):
        assert client("POST", f"{ONE}/pause").status == 503
    assert client("POST", f"{ONE}/pause").status == 200


@contextlib.contextmanager
def holding(place: str, postgres: Postgres) -> Iterator[None]:
    """Another client of the database, in the middle of a transaction."""
    if "://" not in place:
        connection: Any = sqlite3.connect(place, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection = postgres.connection(place)
        connection.execute("UPDATE troth_world SET used = used")
    yield
    connection.close()


def hammered(url: str, calls: int) -> Counter[tuple[str, int]]:
    """The answers to clients that pause and resume one campaign, all at the same time."""
    answers: list[tuple[str, int]] = []
    gate = threading.Barrier(CLIENTS)

    def hammer(number: int) -> None:
        call = Caller(url)
        gate.wait()
        for turn in range(calls // CLIENTS):
            move = ("pause", "resume")[(number + turn) % 2]
            answers.append((move, call("POST", f"{ONE}/{move}")[0]))

    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def judged(url: str, answers: Counter[tuple[str, int]], calls: int) -> None:
    """No move was lost, and none was illegal."""
    assert answers.total() == calls // CLIENTS * CLIENTS
    assert {status for _, status in answers} == {200, 400}
    paused, resumed = answers["pause", 200], answers["resume", 200]
    assert paused - resumed in (0, 1)
    assert paused > 0
    call = Caller(url)
    assert call("GET", ONE)[1]["campaign"]["status"] == ("paused" if paused > resumed else "active")
    moves = [entry["operation"] for entry in call("GET", "/__mock/journal")[1] if entry["status"] == 200]
    moves = [operation for operation in moves if operation != "getCampaign"]
    assert all(first != second for first, second in pairwise(moves))


def version(place: str) -> int:
    """How often the campaign was written."""
    cell = f'%"Campaign", "{ID}"%'
    (text,) = found(place, f"SELECT value FROM troth_cell WHERE name LIKE '{cell}'")
    return int(json.loads(text)[2])


def found(place: str, query: str) -> tuple[Any, ...]:
    """The one row that a query finds in a store."""
    if "://" in place:
        (row,) = rows(place, query)
    else:
        with contextlib.closing(sqlite3.connect(place)) as connection:
            (row,) = connection.execute(query).fetchall()
    return tuple(row)


@pytest.mark.parametrize("calls", [640, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", often(SHARED, "file"), indirect=True)
def test_sixty_four_clients_of_two_workers(place: str, calls: int) -> None:
    with mocked("--store", place, "--workers", "2") as (_, url):
        before = version(place)
        answers = hammered(url, calls)
        judged(url, answers, calls)
        assert version(place) - before == answers["pause", 200] + answers["resume", 200]


@pytest.mark.parametrize("place", often(SHARED, "postgresql"), indirect=True)
def test_two_hosts_of_one_database(place: str) -> None:
    with mocked("--store", place) as (_, first), mocked("--store", place) as (_, second):
        answered: list[str] = []
        threads = [thread for url in (first, second) for thread in hosts_writing(url, answered)]
        for thread in threads:
            thread.join()
        seen = [Caller(url)("GET", "/__mock/state")[1] for url in (first, second)]
        assert seen[0] == seen[1]
        ids = [record["id"] for record in seen[0]["puffle"]["Campaign"]]
        assert len(ids) == len(set(ids))
        assert set(answered) <= names(Caller(first))
        assert len(answered) == 2 * 4 * 15


def hosts_writing(url: str, answered: list[str]) -> list[threading.Thread]:
    def write(number: int) -> None:
        call = Caller(url)
        for turn in range(15):
            name = f"{url} {number} {turn}"
            assert call.named(name)[0] == 201
            answered.append(name)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("place", often(SHARED, "postgresql"), indirect=True)
def test_a_worker_that_is_killed_is_replaced(place: str) -> None:
    with mocked("--store", place, "--workers", "2") as (process, url):
        answered: list[str] = []
        eventually(lambda: len(children(process.pid)) == 2)
        victims = children(process.pid)
        threads = writers(url, answered, 4)
        eventually(lambda: len(answered) > 20)
        os.kill(victims[0], signal.SIGKILL)
        before = len(answered)
        eventually(lambda: len(children(process.pid)) == 2 and children(process.pid) != victims)
        extra: list[str] = []
        threads += writers(url, extra, 4)
        eventually(lambda: len(extra) > 20)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        process.wait(PATIENCE)
        assert before > 20
    with mocked("--store", place) as (_, url):
        assert {*answered, *extra} <= names(Caller(url))


@pytest.mark.parametrize("place", often(SHARED, "file"), indirect=True)
def test_a_worker_that_is_killed_while_it_is_asked_whether_it_is_alive(place: str) -> None:
    """Nobody waits for its answer, which would be given up after two minutes."""
    with mocked("--store", place, "--workers", "2") as (process, url):
        eventually(lambda: len(children(process.pid)) == 2)
        victims = children(process.pid)
        Caller(url)("GET", ONE)
        os.kill(victims[0], signal.SIGSTOP)
        time.sleep(2)  # it is asked twice a second
        os.kill(victims[0], signal.SIGKILL)
        eventually(lambda: len(children(process.pid)) == 2 and children(process.pid) != victims, 60)


def test_a_worker_that_starts_while_the_database_is_away_waits_for_it() -> None:
    with served() as server:
        place = server.database()
        with mocked("--store", place, "--workers", "2") as (process, url):
            eventually(lambda: len(children(process.pid)) == 2)
            assert Caller(url)("POST", f"{ONE}/pause")[0] == 200
            server.stop()
            victims = children(process.pid)
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            eventually(lambda: not set(victims) & set(children(process.pid)))
            server.start()
            assert Caller(url)("GET", ONE)[1]["campaign"]["status"] == "paused"
            assert Caller(url)("POST", f"{ONE}/resume")[0] == 200


def children(pid: int) -> list[int]:
    """The processes that a supervisor has started and that serve."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after = path.read_text().rpartition(")")[2].split()
            command = path.with_name("cmdline").read_bytes()
            if after[1] == str(pid) and b"spawn_main" in command and after[0] != "Z":
                found.append(int(path.parent.name))
    return sorted(found)


def test_what_nobody_has_looked_at_for_long_is_read_anew(
    place: str, contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone is noted for a while only."""
    monkeypatch.setattr(database, "REMEMBERED", 5)
    idle, busy = (Client(Mock([contracts["puffle"]], store=place, limits=False)) for _ in range(2))
    made = [busy("POST", "/api/campaigns", json.loads(BODY) | {"name": f"n{n}"}).json for n in range(4)]
    ids = [found["campaign"]["id"] for found in made]
    assert [idle("GET", f"/api/campaigns/{id}").status for id in ids] == [200] * 4
    for id in ids[:3]:
        assert busy("DELETE", f"/__mock/state/Campaign/{id}").status == 200
    for _ in range(12):
        busy("POST", f"{ONE}/pause")
    assert [idle("GET", f"/api/campaigns/{id}").status for id in ids] == [404, 404, 404, 200]


def test_a_store_does_not_grow_for_ever(
    place: str, contracts: dict[str, Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest calls go, and all of a session that has ended or that nobody has used for long."""
    client = Client(Mock([contracts["puffle"]], store=place, limits=False))
    for number in range(260):
        client(("GET", "POST")[number % 2], f"{ONE}/pause", X_Mock_Session="ann")
    client("GET", ONE, X_Mock_Session="ben")
    assert len(client("GET", "/__mock/journal", X_Mock_Session="ann").json) == 200
    assert found(place, "SELECT count(*) FROM troth_event")[0] <= 251
    assert client("DELETE", "/__mock/sessions/ann").json == ["ben"]
    assert found(place, "SELECT count(*) FROM troth_event") == (1,)
    assert found(place, "SELECT count(*) FROM troth_world") == (2,)
    monkeypatch.setattr(sharing, "IDLE", -1.0)
    assert client("GET", "/__mock/sessions").json == []
    assert found(place, "SELECT count(DISTINCT world) FROM troth_cell") == (1,)
    assert client("GET", ONE).status == 200


def test_credentials_and_keys_are_not_stored(tmp_path: Path, shop_contract: Contract) -> None:
    store = tmp_path / "mock.db"
    client = Client(Mock([shop_contract], store=str(store)), token="credential-in-the-clear")
    body = {"ref": "key", "skus": []}
    assert client("POST", "/orders", body, Idempotency_Key="the-key").status == 201
    assert client("POST", "/orders/o2/remind").status == 200
    with contextlib.closing(sqlite3.connect(store)) as connection:
        assert "credential-in-the-clear" not in "\n".join(connection.iterdump())


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreAway) as told:
        Mock("puffle", store="postgresql://me:hidden-word@127.0.0.1:1/nowhere")
    assert "hidden-word" not in str(told.value)
    assert "postgresql+psycopg://me:***@127.0.0.1:1/nowhere" in str(told.value)
