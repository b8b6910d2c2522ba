"""What authors of contracts write, and what they are told: computed properties, conditions, CEL, YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import ContractError, Mock, lint, load

DOCUMENT = """\
openapi: 3.1.0
info: {title: Rooms, version: '1'}
x-contract:
  errors: {refused: 409, missing: 404, invalid: 422, conflict: 409, message: /error}
  resources:
    Booking:
      id: id
      managed: {id: create}
      computed: {COMPUTED}
      unique: {UNIQUE}
      fixtures: {FIXTURES}
paths:
  /bookings:
    get:
      operationId: list
      x-contract: {acts: Booking.list}
      responses: {'200': {description: OK, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Booking'}}}}}}
    post:
      operationId: book
      x-contract:
        acts: Booking.create
        rules: {RULES}
      parameters: [{name: X-Why, in: header, schema: {type: string}}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses:
        '201': &one {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Booking'}}}}
        '409': &not {description: No., content: {application/json: {schema: {type: object, properties: {error: {type: string}}}}}}
        '422': *not
  /bookings/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      x-contract: {acts: Booking.read}
      responses: {'200': *one}
    patch:
      operationId: change
      x-contract: {acts: Booking.update}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}}
      responses: {'200': *one, '409': *not}
components:
  schemas:
    New: {type: object, required: [room], properties: {room: {type: string}, night: {type: integer}, note: {type: string}}}
    Change: {type: object, properties: {room: {type: string}, night: {type: integer}}}
    Booking:
      type: object
      example: {room: blue, night: 1}
      properties:
        {id: {type: string}, room: {type: string}, night: {type: integer}, note: {type: string},
         price: {type: integer}, tax: {type: integer}, slot: {type: string}}
"""  # noqa: E501
PLAIN = {
    "COMPUTED": "{}",
    "UNIQUE": "{}",
    "FIXTURES": "{one: {id: b1, room: red, night: 2}}",
    "RULES": "{fine: {rule: 'true'}}",
}


def written(folder: Path, **changed: str) -> Path:
    text = DOCUMENT
    for name, value in (PLAIN | changed).items():
        text = text.replace(f"{{{name}}}", value)
    path = folder / "api.yaml"
    path.write_text(text)
    return path


def client(path: Path) -> Client:
    return Client(Mock([load(path)]), token=None)


def errors(path: Path) -> list[str]:
    return [f"{f.code} {f.message}" for f in lint(path) if f.severity == "error"]


PRICE = "price: 'has(self.night) ? self.night * 100 : 0'"
CHAIN = {
    "as it is read": f"{{{PRICE}, tax: self.price / 10, slot: self.room + string(self.tax)}}",
    "the other way round": f"{{slot: self.room + string(self.tax), tax: self.price / 10, {PRICE}}}",
}


@pytest.mark.parametrize("order", CHAIN)
def test_a_computed_property_reads_another(tmp_path: Path, order: str) -> None:
    path = written(tmp_path, COMPUTED=CHAIN[order], RULES="{cheap: {rule: 'self == null || self.tax < 90'}}")
    assert errors(path) == []
    call = client(path)
    shown = {"price": 200, "tax": 20, "slot": "red20"}
    assert call("GET", "/bookings/b1").json == {"id": "b1", "room": "red", "night": 2, **shown}
    assert call("GET", "/bookings").json[0].items() >= shown.items()
    assert call("PATCH", "/bookings/b1", {"night": 3}).json["slot"] == "red30"


CIRCLES = {
    "{price: self.tax + 1, tax: self.price + 1}": ["by way of 'tax'", "by way of 'price'"],
    "{price: self.price + 1}": ["'price' is computed from itself"],
    "{price: self.tax, tax: self.night, slot: self.slot}": ["'slot' is computed from itself"],
}


@pytest.mark.parametrize("computed", CIRCLES)
def test_a_circle_is_an_error(tmp_path: Path, computed: str) -> None:
    path = written(tmp_path, COMPUTED=computed)
    found = errors(path)
    assert len(found) == len(CIRCLES[computed])
    for message, says in zip(found, CIRCLES[computed], strict=True):
        assert message.startswith("C07")
        assert says in message
    with pytest.raises(ContractError):
        load(path)


def test_unique_of_a_computed_property(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        COMPUTED="{price: self.night * 100, slot: self.room + '@' + string(self.price)}",
        UNIQUE="{slot: {status: 409, message: taken}}",
    )
    call = client(path)
    assert call("POST", "/bookings", {"room": "red", "night": 2}).json == {"error": "taken"}
    made = call("POST", "/bookings", {"room": "red", "night": 3})
    assert made.status == 201
    refused = call("PATCH", f"/bookings/{made.json['id']}", {"night": 2})
    assert (refused.status, refused.json) == (409, {"error": "taken"})
    assert call("GET", f"/bookings/{made.json['id']}").json["night"] == 3
    assert call("PATCH", "/bookings/b1", {"night": 2}).status == 200  # it is its own


@pytest.mark.parametrize("hidden", ["[1]", "text", "3"])
def test_hidden_variables_of_a_fixture_are_a_mapping(tmp_path: Path, hidden: str) -> None:
    [found] = errors(written(tmp_path, FIXTURES=f"{{one: {{id: b1, hidden: {hidden}}}}}"))
    assert "expected a mapping" in found


def test_the_parent_of_a_fixture_is_a_name(tmp_path: Path) -> None:
    path = written(tmp_path, FIXTURES="{one: {id: b1, parent: [1]}}")
    text = path.read_text().replace(
        "      managed:", "      parent: {resource: Room, by: room}\n      managed:"
    )
    path.write_text(text.replace("  resources:", "  resources:\n    Room: {id: id}"))
    assert any("found a list, expected text" in found for found in errors(path))


def test_an_empty_account(tmp_path: Path) -> None:
    assert client(written(tmp_path, FIXTURES="{}")).__call__("GET", "/bookings").json == []
    left_out = written(tmp_path)
    left_out.write_text(
        left_out.read_text().replace("      fixtures: {one: {id: b1, room: red, night: 2}}\n", "")
    )
    assert len(client(left_out)("GET", "/bookings").json) == 1


OPTIONAL = {
    "request.body.note == 'x'": "there is no 'note'",
    "request.body.night > 1": "there is no 'night'",
    "request.headers['X-Why'] == 'x'": "there is no 'x-why'",
    "has(request.body.night) && request.body.note == 'x'": "there is no 'note'",
}
ASKED = [
    "!has(request.body.note) || request.body.note == 'x'",
    "!('X-Why' in request.headers) || request.headers['x-why'] == 'x'",
    "request.body.room != 'black'",
]


@pytest.mark.parametrize("rule", OPTIONAL)
def test_what_a_request_need_not_have(tmp_path: Path, rule: str) -> None:
    [found] = errors(written(tmp_path, RULES=f'{{it: {{rule: "{rule}"}}}}'))
    assert found.startswith("C07")
    assert OPTIONAL[rule] in found


@pytest.mark.parametrize("rule", ASKED)
def test_what_is_asked_for_first(tmp_path: Path, rule: str) -> None:
    assert errors(written(tmp_path, RULES=f'{{it: {{rule: "{rule}"}}}}')) == []


@pytest.mark.parametrize("said", ["X-Why", "x-why", "X-WHY"])
@pytest.mark.parametrize("named", ["X-Why", "x-why", "X-wHy"])
def test_headers_in_any_case(tmp_path: Path, said: str, named: str) -> None:
    rule = f"'{named}' in request.headers && request.headers['{named}'] == 'Because'"
    call = client(written(tmp_path, RULES=f'{{it: {{rule: "{rule}"}}}}'))
    assert (
        call("POST", "/bookings", {"room": "green"}, raw=None, query=b"", **{said: "Because"}).status == 201
    )
    assert call("POST", "/bookings", {"room": "green"}).status == 422


CEL = {
    "self.night = 3": "`=` is no operator; `==` compares",
    "self.night & 3": "`&` is no operator; `&&` is",
    "self.night > 3 and true": "there is no `and`: `&&` is what CEL has for it",
    "self.night > 3 OR true": "there is no `OR`: `||` is what CEL has for it",
    "self.night >": "it ends too early",
    "(self.night > 3": "`)` is missing at the end",
    "self.night > 3 ? true": "it ends where `:` is missing",
    "self.room == 'x": "a text begins here and does not end: a quote is missing",
    "self.room == “x”": "“ is no quote in CEL",
    "self.room.lenght() > 3": "there is no `lenght`: `size(…)` is what CEL has for it",
    "size(self.room) > 3;": "`;` means nothing in CEL",
    "slef.room == 'x'": "there is no `slef`; did you mean `self`?",
    "self.room != nil": "there is no `nil`: `null` is what CEL has for it",
    "self..room": "`..` is not expected here",
    "self.room.matches('\\d')": "r'…' for a regular expression",
    "1 + 'a' == 2": "`+` does not take values of these types (int, string)",
}


@pytest.mark.parametrize("rule", CEL)
def test_mistakes_in_cel_in_plain_words(tmp_path: Path, rule: str) -> None:
    path = written(tmp_path, RULES="{it: {rule: THIS}}")
    quoted = rule.replace("'", "''")
    path.write_text(path.read_text().replace("THIS", f"'{quoted}'"))
    [found] = errors(path)
    assert CEL[rule] in found
    for word in ("Syntax error", "EOF", "token recognition", "undeclared", "mismatched", "overload"):
        assert word not in found


YAML = {
    "!self.gone": "nothing is known of the tag '!self.gone'",
    "'a' == self.room": "did not find expected",
    "self.room == 'a: b'": "mapping values are not allowed",
    "*self": "undefined alias",
    "`a`": "cannot start any token",
    "%a": "cannot start any token",
    '"a" in self.room': "did not find expected",
}


@pytest.mark.parametrize("rule", YAML)
def test_cel_that_yaml_breaks(tmp_path: Path, rule: str) -> None:
    path = written(tmp_path, RULES="{it: {rule: x}}")
    path.write_text(
        path.read_text().replace("rules: {it: {rule: x}}", f"rules:\n          it:\n            rule: {rule}")
    )
    [found] = errors(path)
    assert YAML[rule] in found
    assert found.endswith("is put into quotes, or under `>-`")


@pytest.mark.parametrize(
    ("value", "found"), [("true", "true"), ("", "nothing"), ("5", "5"), ("{a: 1}", "a mapping")]
)
def test_what_is_no_text(tmp_path: Path, value: str, found: str) -> None:
    path = written(tmp_path, RULES=f"{{it: {{rule: {value}}}}}")
    [message] = errors(path)
    assert message == f"C01 found {found}, expected text"


HANDLER = """
from troth import Done

def book(asked):
    return Done(create=[{**asked.body, "note": "by hand"}])
"""


def test_what_a_handler_creates_is_the_answer(tmp_path: Path) -> None:
    path = written(tmp_path, COMPUTED="{price: self.night * 100}")
    text = path.read_text().replace("  errors:", "  handlers: handlers.py\n  errors:")
    text = text.replace(
        "acts: Booking.create\n",
        "acts: Booking.create\n        effects: {late: {set: {night: self.night + 5}}}\n",
    )
    path.write_text(text)
    (tmp_path / "handlers.py").write_text(HANDLER)
    call = Client(Mock([load(path, run=True)]), token=None)
    made = call("POST", "/bookings", {"room": "green", "night": 1})
    assert made.status == 201
    shown: dict[str, Any] = {"room": "green", "night": 6, "note": "by hand", "price": 600}
    assert made.json == {"id": made.json["id"], **shown}
    assert call("GET", f"/bookings/{made.json['id']}").json == made.json
    assert len(call("GET", "/bookings").json) == 2
