"""What clients send takes as long as it is long, not longer; and what is kept of it has a bound."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.mock_server.calling import Client
from tests.work import little_memory
from troth import Contract, Mock, load
from troth.contracts.contract.selection import Selection
from troth.contracts.document.delimited import _elements
from troth.contracts.document.plausible import plausible
from troth.contracts.document.schemas import Schemas
from troth.contracts.model import Hit, Node
from troth.mock_server.stores import hits, keys

EMPTY = {"openapi": "3.1.0", "info": {"title": "Twice", "version": "1"}, "paths": {}}
DOCUMENT = Path(__file__).with_name("odd.yaml")
ONE, JSON, FORM = "/items/one", "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(DOCUMENT)


@pytest.fixture
def client(contract: Contract) -> Client:
    return Client(Mock(contract, limits=False))


def took(call: Callable[[], object]) -> float:
    """The CPU time of a call, the best of some."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        call()
        best = min(best, time.process_time() - begun)
    return best


ODD: dict[str, Callable[[Client, int], Any]] = {
    "Accept": lambda client, n: client("GET", ONE, Accept='"\\' * n),
    "Accept, closed": lambda client, n: client("GET", ONE, Accept='"\\"' * n + ","),
    "Prefer": lambda client, n: client("GET", ONE, Prefer="x=1," + " " * 2 * n + "="),
    "Prefer, quoted": lambda client, n: client("GET", ONE, Prefer='x="\\' * n),
    "Cookie": lambda client, n: client("GET", ONE, Cookie='mock-session="' + "\\" * 2 * n + '"'),
    "Cookie of a key": lambda client, n: client(
        "POST", "/items", {}, Cookie='biscuit="' + "\\" * 2 * n + '"'
    ),
    "Content-Type": lambda client, n: client("POST", "/items", {}, Content_Type=JSON + ';a="\\' * n),
    "a list": lambda client, n: client("GET", ONE, X_List='"\\' * n),
    "two templates": lambda client, n: client("GET", "/range/" + "-" * 2 * n),
    "three templates": lambda client, n: client("GET", "/three/" + "-" * (n // 4)),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_texts_take_as_long_as_they_are(client: Client, name: str) -> None:
    call = ODD[name]
    assert took(lambda: call(client, 10_000)) < 24 * took(lambda: call(client, 1250))


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('a, "b,c" ,d', ["a", '"b,c"', "d"]),
        ('a","b', ['a","b']),
        ('a"b,c', ['a"b', "c"]),
        ('"a\\",b", c', ['"a\\",b"', "c"]),
        (", ,", []),
    ],
)
def test_elements_of_a_list_in_a_header(text: str, elements: list[str]) -> None:
    assert list(_elements(text)) == elements


def expression(levels: int) -> bytes:
    return b'{"op":"not","arg":' * levels + b'{"op":"not","arg":1}' + b"}" * levels


def test_alternatives_in_alternatives(client: Client) -> None:
    def sent(levels: int) -> Any:
        return client("POST", "/expr", raw=expression(levels), Content_Type=JSON)

    answer = sent(8)
    assert answer.status == 422
    assert answer.json["error"].startswith('the body: {"arg":{"arg":')
    assert "is not valid under any of the schemas" in answer.json["error"]
    assert took(lambda: sent(8)) < 40 * took(lambda: sent(4))


PARTS: dict[str, tuple[bytes, bytes]] = {
    FORM: (b"a=1&", b"a=1"),
    "multipart/form-data; boundary=x": (
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n",
        b"--x--",
    ),
}


@pytest.mark.parametrize("media", PARTS)
def test_forms_have_no_end_of_fields(client: Client, media: str) -> None:
    part, end = PARTS[media]
    assert client("POST", "/form", raw=part * 1000 + end, Content_Type=media).status == 204
    answer = client("POST", "/form", raw=part * 5001 + end, Content_Type=media)
    assert (answer.status, answer.headers["x-mock-reason"]) == (400, "the body has more than 5,000 fields")


WRONG: dict[str, tuple[list[Any], list[Any], str]] = {
    "ints": ([""], [1], '/ints/0: "" is not of type "integer"'),
    "when": (["x"], ["2020-01-01T00:00:00Z"], '/when/0: "x" is not a "date-time"'),
    "choice": ([{}], [1], "/choice/0: {} is not valid under any of the schemas…"),
    "objs": ([{}], [{"a": 1}], '/objs/0: "a" is a required property'),
}


@pytest.mark.parametrize("name", WRONG)
def test_much_that_is_wrong_takes_no_longer_than_what_is_right(client: Client, name: str) -> None:
    wrong, right, says = WRONG[name]
    answer = client("POST", "/items", {name: wrong * 4000})
    assert answer.status == 422
    assert answer.headers["x-mock-reason"].startswith(says.removesuffix("…"))

    def sent(values: list[Any]) -> Any:
        return client("POST", "/items", {name: values * 4000})

    assert took(lambda: sent(wrong)) < 40 * took(lambda: sent(right))  # it was some hundred times


def test_what_is_wrong_far_behind(client: Client) -> None:
    answer = client("POST", "/items", {"ints": [1] * 5000 + [""]})
    assert answer.headers["x-mock-reason"] == '/ints/5000: "" is not of type "integer"'
    answer = client("POST", "/items", {"when": ["x"] * 300, "n": "y"})
    assert (answer.status, answer.headers["x-mock-reason"]) == (422, '/when/0: "x" is not a "date-time"')


def test_long_names_are_not_remembered(client: Client) -> None:
    client("PATCH", ONE, {"name": "x"})
    with little_memory(9_000_000):  # the journal has its part
        for number in range(300):
            assert client("PATCH", ONE, {"name": f"{number}" + "x" * 40_000}).status == 200


def test_the_journal_counts_headers(client: Client) -> None:
    many: dict[str, Any] = {f"x-{number}": "1" for number in range(3000)}
    with little_memory(8_000_000):
        for _ in range(60):
            client("GET", ONE, **many)
    shown = client("GET", "/__mock/journal").json
    assert {len(entry["headers"]) for entry in shown} == {100}


def _of_bob(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.replace(b"alice", b"bob")
    return value.replace("alice", "bob")


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Key": "alice"},
        {"Cookie": "biscuit=alice"},
        {"Authorization": "Bearer alice"},
        {"query": b"api_key=alice"},
    ],
    ids=["header", "cookie", "token", "query"],
)
def test_a_key_is_of_one_caller(contract: Contract, headers: dict[str, Any]) -> None:
    client = Client(Mock(contract), token=None)
    other = {name: _of_bob(value) for name, value in headers.items()}
    first = client("POST", "/items", {"name": "a"}, Idempotency_Key="k", **headers)
    second = client("POST", "/items", {"name": "b"}, Idempotency_Key="k", **other)
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]
    assert first.headers["ratelimit"] == second.headers["ratelimit"]
    for _ in range(2):
        client("POST", "/items", {}, **headers)
    assert client("POST", "/items", {}, **headers).status == 429
    assert client("POST", "/items", {}, **other).status == 201


def test_a_key_stands_for_a_value_however_it_is_written(client: Client) -> None:
    sent: dict[str, Any] = {"raw": b'{"n":1}', "Content_Type": JSON, "Idempotency_Key": "n"}
    first = client("POST", "/items", **sent)
    again = client("POST", "/items", **sent | {"raw": b'{ "n": 1.0 }'})
    assert again.raw == first.raw
    client("DELETE", f"/items/{first.json['id']}")
    gone = client("POST", "/items", **sent)
    assert (gone.raw, gone.headers["location"]) == (first.raw, first.headers["location"])


def test_so_many_keys_are_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEYS", 3)

    def made(key: str) -> Any:
        return client("POST", "/items", {"name": "a"}, Idempotency_Key=key).json["id"]

    ids = {key: made(key) for key in "abcd"}
    assert [made(key) == ids[key] for key in "bcd"] == [True, True, True]
    assert made("a") != ids["a"]  # the oldest is forgotten


def test_so_many_callers_are_remembered(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "CALLERS", 2)
    client = Client(Mock(contract), token=None)

    def left(caller: str) -> str:
        told: str = client("GET", ONE, X_Key=caller).headers["ratelimit"]
        return told.partition(";t=")[0]

    told = [left(caller) for caller in ("ann", "bob", "ann", "cid", "ann", "bob")]
    assert told == [f'"all";r={number}' for number in (2, 2, 1, 2, 0, 2)]  # bob had been forgotten


def test_what_is_below_goes_all_the_way_down(client: Client) -> None:
    assert client("POST", "/orgs", {"id": "a"}).status == 201
    assert client("POST", "/orgs/a/teams", {"id": "t"}).status == 201
    assert client("POST", "/teams/t/people", {"id": "p"}).status == 201
    assert client("DELETE", "/orgs/a").status == 204
    state = client("GET", "/__mock/state").json["odd"]
    assert [state[name] for name in ("Org", "Team", "Person")] == [[], [], []]


def test_a_list_that_was_found_stays_as_it_was(client: Client) -> None:
    mock = client.mock
    store = mock.session.store_of(mock.apis[0])
    made = [client("POST", "/items", {"name": f"n{number}"}).json["id"] for number in range(5)]
    view = store.view(mock.clock.now())
    found = view.listed(Selection("Item", keys=("self.name",)))
    ids = [record.id for record in found]
    for number in range(70):  # other lists, more than are kept
        client("GET", "/items", query=b"name=%d" % number)
    client("DELETE", f"/items/{made[0]}")
    client("PATCH", f"/items/{made[1]}", {"name": "z"})
    assert [record.id for record in found] == ids
    assert [found.place(id) for id in ids] == list(range(6))
    now = view.listed(Selection("Item", keys=("self.name",)))
    assert [record.data["name"] for record in now] == ["a", "n2", "n3", "n4", "z"]


def test_quotas_are_told_while_calls_are_counted(contract: Contract) -> None:
    mock = Mock(contract)
    store, stop = mock.session.store_of(mock.apis[0]), threading.Event()
    problems: list[Exception] = []

    def look() -> None:
        while not stop.is_set():
            try:
                list(store.hits("*/all/x"))
            except RuntimeError as error:
                problems.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(5000):
        store.apply([Hit("*/all/x", 60)], mock.clock.now())
    stop.set()
    thread.join()
    assert not problems


def test_what_has_too_many_values_is_not_made_up_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = {
        f"S{number}": {
            "type": "object",
            "required": ["a", "b"],
            "properties": {key: {"$ref": f"#/components/schemas/S{number + 1}"} for key in "ab"},
        }
        for number in range(25)
    }
    schemas = {**twice, "S25": {"type": "string"}}
    path = tmp_path / "api.json"
    path.write_text(json.dumps({**EMPTY, "components": {"schemas": schemas}}), "utf-8")
    found, asked, resolve = load(path).document.schemas, list[int](), Schemas.resolve

    def counted(self: Schemas, schema: Node, *args: Any) -> Node:
        asked.append(1)
        return resolve(self, schema, *args)

    monkeypatch.setattr(Schemas, "resolve", counted)
    plausible(found, "/components/schemas/S0", Random(1))
    assert len(asked) < 20_000


@pytest.mark.parametrize("levels", [90, 480, 700, 1000, 2000])
def test_a_deep_body_does_not_close_the_journal(client: Client, levels: int) -> None:
    deep = b"[" * levels + b"]" * levels
    assert client("POST", "/items", raw=deep, Content_Type=JSON).status < 500
    [entry] = client("GET", "/__mock/journal").json
    assert "[[[" in json.dumps(entry["body"])
    assert client("POST", "/__mock/verify", {"status": entry["status"]}).json["verified"]


def test_patterns_that_look_back_take_few_steps() -> None:
    schemas = Schemas({"components": {"schemas": {"T": {"pattern": r"^(.*)*\1$"}}}}, "3.1.0")
    text = "a" * 300 + "\nb"
    [violation] = schemas.violations("/components/schemas/T", text)
    assert "steps" in violation.message


def test_an_xml_of_very_many_tags_is_none(tmp_path: Path) -> None:
    listed = {"type": "array", "items": {"type": "string"}}
    content = {"application/xml": {"schema": {"type": "object", "properties": {"a": listed}}}}
    answers = {"204": {"description": "ok"}, "400": {"description": "no"}}
    paths = {"/items": {"post": {"requestBody": {"content": content}, "responses": answers}}}
    path = tmp_path / "items.json"
    path.write_text(json.dumps({**EMPTY, "paths": paths}))
    client = Client(Mock(load(path)))
    for number, status in ((1_000, 204), (150_000, 400)):
        raw = b"<r>" + b"<a>x</a>" * number + b"</r>"
        assert client("POST", "/items", raw=raw, Content_Type="application/xml").status == status


PASSWORD = r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,}"
LOOKED_FOR = {
    # a text, and what is said of it
    "password": ("aB3ddddddd", None),
    "password further on": ("   aB3ddddddd", None),
    "too short": ("aB3", f'"aB3" does not match "{PASSWORD}"'),
    "too long to be looked through": (
        "a" * 200_000,
        "takes more steps than there are to see whether it matches",
    ),
}


@pytest.mark.parametrize(("text", "says"), LOOKED_FOR.values(), ids=LOOKED_FOR)
def test_patterns_that_look_around_from_any_place_take_few_steps(text: str, says: str | None) -> None:
    """The longest would take minutes from each of its places."""
    schemas = Schemas({"components": {"schemas": {"T": {"type": "string", "pattern": PASSWORD}}}}, "3.1.0")
    found = [violation.message for violation in schemas.violations("/components/schemas/T", text)]
    assert [message[: len(says or "")] for message in found] == ([says] if says else [])


NUMBERS = {
    **EMPTY,
    "paths": {
        "/numbers": {
            "post": {
                "requestBody": {"content": {JSON: {"schema": {"additionalProperties": {"type": "integer"}}}}},
                "responses": {
                    "422": {
                        "description": "no",
                        "content": {
                            JSON: {
                                "schema": {
                                    "type": "object",
                                    "properties": {
                                        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                                        "msg": {"type": "string"},
                                    },
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


def test_a_name_of_very_many_digits_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(NUMBERS))
    client, name = Client(Mock(load(path, infer=True))), "9" * 5000
    assert client("POST", "/numbers", {name: "x"}).json["loc"] == ["body", name]
    assert client("POST", "/numbers", {name: 1, "12": "x"}).json["loc"] == ["body", 12]
