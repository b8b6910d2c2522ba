"""Moves by time come at their moment, whoever looks and whenever; and looking costs nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from tests.work import counted_calls
from troth import Mock, load

DOCUMENT = """
openapi: 3.1.0
info: {title: Ticks, version: '1'}
x-contract:
  resources:
    Tick:
      id: id
      managed: {id: create}
      state:
        field: state
        initial: x
        auto:
          never: {from: x, to: a, after: PT10S, when: self.go}
          later: {from: x, to: b, after: PT20S}
    Plan:
      id: id
      managed: {id: create}
      state:
        field: state
        initial: a
        auto:
          due: {from: a, to: b, when: "now > timestamp(self.at)"}
          soon: {from: a, to: d, when: "timestamp(self.at) - now < duration('-1h') && self.soon"}
          end: {from: b, to: c, after: PT10S}
          last: {from: c, to: e, when: self.soon}
          gone: {from: e, to: f, after: PT10S}
      fixtures: {}
    Alarm:
      id: id
      managed: {id: create}
      state:
        field: state
        initial: a
        auto: {noon: {from: a, to: b, when: now.getSeconds() == 30}}
      fixtures: {}
paths:
  /ticks:
    post: &post
      operationId: addTick
      x-contract: {acts: Tick.create}
      requestBody: &body {content: {application/json: {schema: {type: object, properties: &free {
        go: {type: boolean}, at: {type: string}, soon: {type: boolean}}}}}}
      responses: &made {'201': {description: Made., content: {application/json: {schema: &Tick
        {$ref: '#/components/schemas/Tick'}}}}}
  /ticks/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readTick
      x-contract: {acts: Tick.read}
      responses: &one {'200': {description: It., content: {application/json: {schema: *Tick}}}}
  /plans:
    post:
      operationId: addPlan
      x-contract: {acts: Plan.create}
      requestBody: *body
      responses: &planned {'201': {description: Made., content: {application/json: {schema: &Plan
        {$ref: '#/components/schemas/Plan'}}}}}
  /plans/{id}:
    parameters: *id
    get:
      operationId: readPlan
      x-contract: {acts: Plan.read}
      responses: &plan {'200': {description: It., content: {application/json: {schema: *Plan}}}}
  /alarms:
    post:
      operationId: addAlarm
      x-contract: {acts: Alarm.create}
      requestBody: *body
      responses: {'201': {description: Made., content: {application/json: {schema: &Alarm
        {$ref: '#/components/schemas/Alarm'}}}}}
  /alarms/{id}:
    parameters: *id
    get:
      operationId: readAlarm
      x-contract: {acts: Alarm.read}
      responses: {'200': {description: It., content: {application/json: {schema: *Alarm}}}}
components:
  schemas:
    Tick: {type: object, properties: {id: {type: string}, state: {enum: [x, a, b]}, go: {type: boolean}}}
    Plan:
      type: object
      properties:
        {id: {type: string}, state: {enum: [a, b, c, d, e, f]}, at: {type: string}, soon: {type: boolean}}
    Alarm: {type: object, properties: {id: {type: string}, state: {enum: [a, b]}}}
"""
START = "2030-01-01T12:00:00Z"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    path = tmp_path / "ticks.yaml"
    path.write_text(DOCUMENT)
    made = Client(Mock(load(path)))
    now = made("POST", "/__mock/clock", {"freeze": True}).json["now"]
    assert now < START
    made("POST", "/__mock/clock", {"advance": _seconds(now, START)})
    return made


def _seconds(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def states(client: Client, path: str, times: list[float]) -> list[str]:
    """The state of a record at each of these times, in seconds, looked at then."""
    found, now = [], 0.0
    for time in times:
        assert client("POST", "/__mock/clock", {"advance": time - now}).status == 200
        now = time
        found.append(client("GET", path).json["state"])
    return found


def test_what_was_saved_moves_from_where_it_was(client: Client) -> None:
    path = f"/ticks/{client('POST', '/ticks', {'go': False}).json['id']}"
    assert states(client, path, [15]) == ["x"]
    client("PUT", "/__mock/snapshots/before")
    assert states(client, path, [15]) == ["b"]
    client("PUT", "/__mock/snapshots/after")
    for _ in range(2):
        client("POST", "/__mock/snapshots/before/restore")
        assert states(client, path, [0, 4, 5]) == ["x", "x", "b"]
    client("POST", "/__mock/snapshots/after/restore")
    assert states(client, path, [0, 100]) == ["b", "b"]


LOOKS: dict[str, tuple[str, dict[str, object], list[float], list[str]]] = {
    "one look": ("ticks", {"go": False}, [30], ["b"]),
    "a look between": ("ticks", {"go": False}, [15, 30], ["x", "b"]),
    "its condition holds": ("ticks", {"go": True}, [9, 10, 30], ["x", "a", "a"]),
    "by the clock": ("plans", {"at": "2030-01-01T12:00:05Z", "soon": False}, [20], ["c"]),
    "looked at": ("plans", {"at": "2030-01-01T12:00:05Z", "soon": False}, [5, 6, 20], ["a", "b", "c"]),
    "in a zone": ("plans", {"at": "2030-01-01T14:00:05+02:00", "soon": False}, [5, 6, 20], ["a", "b", "c"]),
    "follows at once": ("plans", {"at": "2030-01-01T12:00:05Z", "soon": True}, [26], ["f"]),
    "all the way": ("plans", {"at": "2030-01-01T12:00:05Z", "soon": True}, [6, 16, 26], ["b", "e", "f"]),
    "on the calendar": ("alarms", {}, [29, 30, 31], ["a", "b", "b"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_moves_do_not_hang_on_looks(client: Client, name: str) -> None:
    kind, body, times, expected = LOOKS[name]
    made = client("POST", f"/{kind}", body).json
    assert states(client, f"/{kind}/{made['id']}", times) == expected


def test_the_clock_tells_what_comes_next(client: Client) -> None:
    id = client("POST", "/plans", {"at": "2030-01-01T13:00:00Z", "soon": False}).json["id"]
    assert client("GET", "/__mock/clock").json["next"] == "2030-01-01T13:00:00.000001Z"
    client("POST", "/__mock/clock", {"next": True})
    assert client("GET", f"/plans/{id}").json["state"] == "b"


def test_a_move_that_never_comes_is_not_next(client: Client) -> None:
    id = client("POST", "/ticks", {"go": False}).json["id"]
    client("POST", "/__mock/clock", {"next": True})
    assert client("GET", f"/ticks/{id}").json["state"] == "b"
    assert client("GET", "/__mock/clock").json["next"] is None


def test_a_time_that_is_missing_is_told(client: Client) -> None:
    answer = client("POST", "/plans", {})
    assert answer.status == 500
    assert "timestamp(self.at)" in answer.headers["x-mock-reason"]


def test_a_record_without_its_time_is_refused_and_stops_nothing_else(client: Client) -> None:
    answer = client("PUT", "/__mock/state/Plan/lost", {"data": {"id": "lost", "state": "a"}})
    assert answer.status == 400
    assert "timestamp(self.at)" in answer.raw.decode()
    assert client("GET", "/__mock/state/Plan").json == []
    id = client("POST", "/plans", {"at": "2030-01-01T13:00:00Z", "soon": False}).json["id"]
    assert client("PATCH", f"/__mock/state/Plan/{id}", {"data": {"at": None}}).status == 400
    assert client("GET", f"/plans/{id}").json["state"] == "a"


def test_looking_costs_the_same_however_many_wait(client: Client) -> None:
    path = f"/ticks/{client('POST', '/ticks', {'go': False}).json['id']}"
    work = []
    for many in (1, 300):
        for _ in range(many):
            client("POST", "/plans", {"at": "2030-01-01T13:00:00Z", "soon": False})
        client("GET", path)
        with counted_calls() as calls:
            client("GET", path)
        work.append(calls.number)
    assert work[1] < work[0] * 1.5


WHOLE_SECONDS = """
openapi: 3.1.0
info: {title: Pages, version: '1'}
x-contract:
  resources:
    Page:
      id: id
      managed: {id: create, changed_at: write}
      fixtures: {one: {id: p1, title: A, changed_at: '2026-01-01T00:00:00Z'}}
paths:
  /pages/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    patch:
      operationId: change
      x-contract: {acts: Page.update}
      requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}}}
components: {schemas: {Page: {type: object, properties: {id: {type: string}, title: {type: string}, changed_at: {type: string, format: date-time}}}}}
"""  # noqa: E501


def test_many_writes_in_a_second_do_not_run_ahead_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "pages.yaml"
    path.write_text(WHOLE_SECONDS)
    client = Client(Mock(load(path)))
    client("POST", "/__mock/clock", {"freeze": True})
    stamps = [client("PATCH", "/pages/p1", {"title": str(n)}).json["changed_at"] for n in range(20)]
    moments = [datetime.fromisoformat(stamp) for stamp in stamps]
    assert moments == sorted(set(moments))
    assert moments[-1] - datetime.fromisoformat(client("GET", "/__mock/clock").json["now"]) < timedelta(
        seconds=1
    )
