"""What a mock says of a store when it starts: what cannot be used, and what was stored by other documents."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gate import often
from tests.mock_server.calling import Client
from tests.mock_server.databases import Postgres
from tests.mock_server.test_mock_cli import refused, started
from troth import Contract, Mock, UsageError, load

LAMPS = """
openapi: 3.0.3
info: {title: Lamps, version: '1'}
x-contract:
  resources:
    Lamp: {id: id, state: {field: status, initial: dark}, fixtures: {hall: {id: hall, status: dark}}}
MORE
paths:
  /lamps:
    get:
      operationId: lamps
      x-contract: {acts: Lamp.list}
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: array, items: *lamp}}}}
  /lamps/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      operationId: light
      x-contract: {acts: Lamp.action, transition: {from: dark, to: LIT}}
      responses: {'200': {description: ok, content: {application/json: {schema: *lamp}}}}
components:
  schemas:
    Lamp: {type: object, properties: {id: {type: string}, status: {enum: [dark, LIT]}}}
    Bulb: {type: object, properties: {id: {type: string}}}
""".replace("*lamp", "{$ref: '#/components/schemas/Lamp'}")
BULB = "    Bulb: {id: id, fixtures: {spare: {id: spare}}}"


def lamps(folder: Path, *, lit: str = "lit", more: str = "", name: str = "lamps") -> Contract:
    file = folder / f"{name}.yaml"
    file.write_text(LAMPS.replace("LIT", lit).replace("MORE", more))
    return load(file)


@pytest.fixture(params=["file", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return str(tmp_path / "mock.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


def test_records_that_do_not_fit_any_more_are_told(place: str, tmp_path: Path) -> None:
    before = Mock([lamps(tmp_path)], store=place)
    assert before.sessions.problems == []
    assert Client(before)("POST", "/lamps/hall").status == 200
    after = Mock([lamps(tmp_path, lit="bright")], store=place)
    (told,) = after.sessions.problems
    assert told.startswith("Lamp hall does not fit any more: /status: ")
    assert Client(after)("GET", "/lamps").json == [{"id": "hall", "status": "lit"}]


def test_a_resource_that_is_new_begins_and_one_that_is_gone_is_told(place: str, tmp_path: Path) -> None:
    Mock([lamps(tmp_path)], store=place)
    grown = Mock([lamps(tmp_path, more=BULB)], store=place)
    assert grown.sessions.problems == []
    assert set(grown.state()["lamps"]) == {"Lamp", "Bulb"}
    assert [record["id"] for record in grown.state()["lamps"]["Bulb"]] == ["spare"]
    assert Client(grown)("DELETE", "/__mock/state/Bulb/spare").status == 200
    shrunk = Mock([lamps(tmp_path)], store=place)
    assert shrunk.sessions.problems == ["lamps: there are no Bulb any more"]
    assert Mock([lamps(tmp_path, more=BULB)], store=place).state()["lamps"]["Bulb"] == []


def test_an_api_that_is_new_begins(place: str, tmp_path: Path, contracts: dict[str, Contract]) -> None:
    assert Client(Mock([lamps(tmp_path)], store=place))("POST", "/lamps/hall").status == 200
    both = Mock([lamps(tmp_path), contracts["puffle"]], store=place)
    assert both.state()["lamps"]["Lamp"][0]["data"]["status"] == "lit"
    assert len(both.state()["puffle"]["Campaign"]) > 3
    alone = Mock([lamps(tmp_path)], store=place)
    assert set(alone.state()) == {"lamps"}
    alone.reset()
    assert len(both.state()["puffle"]["Campaign"]) > 3


def test_another_document_is_refused(place: str, tmp_path: Path, contracts: dict[str, Contract]) -> None:
    Mock([contracts["puffle"]], store=place)
    with pytest.raises(UsageError, match="keeps the records of puffle, not of lamps; name another store"):
        Mock([lamps(tmp_path)], store=place)
    with pytest.raises(UsageError, match=r"is of another document named puffle: it has .*Campaign"):
        Mock([lamps(tmp_path, name="puffle")], store=place)


def test_tables_of_another_version_are_refused(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    store = tmp_path / "mock.db"
    Mock([contracts["puffle"]], store=str(store))
    with contextlib.closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE troth_about SET version = 2")
        connection.commit()
    with pytest.raises(UsageError, match=r"was written by another version of troth \(.* 2, not 1\)"):
        Mock([contracts["puffle"]], store=str(store))


def test_a_scenario_that_is_not_begun_is_told(place: str, contracts: dict[str, Contract]) -> None:
    first = Mock([contracts["puffle"]], store=place)
    second = Mock([contracts["puffle"]], store=place, scenario="empty")
    (told,) = second.sessions.problems
    assert "goes on with scenario 'default'; POST /__mock/reset begins with another" in told
    assert second.state() == first.state()


def a_text(folder: Path) -> str:
    (folder / "text.db").write_text(
        "This is a text, and no database at all; it is long enough to be read." * 9
    )
    return "file is not a database"


def a_database_of_others(folder: Path) -> str:
    with contextlib.closing(sqlite3.connect(folder / "text.db")) as connection:
        connection.execute("CREATE TABLE letters (text)")
    return "this is a database of something else than troth"


def a_folder(folder: Path) -> str:
    (folder / "text.db").mkdir()
    return "unable to open database file"


@pytest.mark.parametrize("make", [a_text, a_database_of_others, a_folder])
def test_a_file_that_is_no_store(make: Callable[[Path], str], tmp_path: Path) -> None:
    expected = make(tmp_path)
    said = refused("puffle", "--port", "0", "--store", "text.db", cwd=tmp_path)
    assert f"text.db: {expected}" in said


OPTIONS: dict[tuple[str, ...], str] = {
    ("--workers", "2"): "--workers 2: several processes need a store that they share: --store FILE",
    ("--workers", "2", "--watch", "--store", "x.db"): "--watch and --workers do not go together",
    ("--workers", "0"): "0 is not in the range 1<=x<=64",
    ("--store", "mysql://me:word@host/db"): "takes a file, postgresql://… or sqlite:///…, found mysql://…",
    ("--store", "sqlite:///"): "--store sqlite:/// names no file; without --store, records live in memory",
    ("--store", ":memory:"): "--store sqlite:///:memory: names no file",
    ("--store", "sqlite:///:memory:"): "--store sqlite:///:memory: names no file",
    ("--store", "postgresql://me:word@host:port/db"): "is no URL of a database",
    (
        "--store",
        "postgresql://me:word@127.0.0.1:1/db",
    ): "postgresql+psycopg://me:***@127.0.0.1:1/db cannot be used now",
    ("--store", "no/such/folder/x.db"): "no/such/folder/x.db: unable to open database file",
}


@pytest.mark.parametrize(
    "options",
    often(
        [(options,) for options in OPTIONS],
        ("--workers", "2"),
        ("--workers", "0"),
        ("--store", "mysql://me:word@host/db"),
        ("--store", "sqlite:///:memory:"),
        ("--store", "no/such/folder/x.db"),
    ),
    ids=" ".join,
)
def test_options_that_cannot_be(options: tuple[str, ...], tmp_path: Path) -> None:
    said = refused("puffle", "--port", "0", *options, cwd=tmp_path)
    assert OPTIONS[options] in said
    assert "word" not in said.replace("--store", "")


def test_a_misfit_is_told_on_the_command_line(tmp_path: Path) -> None:
    store = str(tmp_path / "mock.db")
    assert Client(Mock([lamps(tmp_path)], store=store))("POST", "/lamps/hall").status == 200
    lamps(tmp_path, lit="bright")
    with started(str(tmp_path / "lamps.yaml"), "--port", "0", "--store", store) as (process, printed):
        assert "hall" in printed
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Lamp hall does not fit any more")
