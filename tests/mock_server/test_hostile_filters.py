"""Filters that are long, deep or nonsense: every one is answered, and what nobody understands keeps all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

DOCUMENT = """
openapi: 3.0.3
info: {title: Things, version: '1'}
paths:
  /things:
    get:
      parameters:
      - {name: filters, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: true}}
      - {name: filter, in: query, schema: {type: string}}
      - {name: labelSelector, in: query, schema: {type: string}}
      - {name: sort, in: query, schema: {type: string}}
      responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}}
    post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}, responses: {'201': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}, '404': {description: no}}}
components: {schemas: {Thing: {type: object, properties: {id: {type: string}, name: {type: string}, age: {type: integer}, born: {type: string, format: date-time}, labels: {type: object, additionalProperties: {type: string}}}}}}
"""  # noqa: E501

ALL = ["Ann", "Bob"]
FILTERS: dict[str, tuple[str, list[str]]] = {
    # what is asked, and the names that are listed
    "a large number": (f"filters[age][$gt]={'9' * 5_000}", []),
    "one in words": (f"filter={quote('age gt ' + '9' * 5_000)}", []),
    "many parentheses": (f"filter={'(' * 20_000}name%20eq%20'Ann'{')' * 20_000}", ALL),
    "some parentheses": (f"filter={'(' * 20}name%20eq%20'Ann'{')' * 20}", ["Ann"]),
    "many negations": (f"filter={'not%20' * 8_000}name%20eq%20'Ann'", ALL),
    "two negations": ("filter=not%20not%20name%20eq%20'Ann'", ["Ann"]),
    "many commas": (f"labelSelector={',' * 50_000}", ALL),
    "many values": (f"labelSelector=app%20in%20({'web,' * 10_000}web)", ["Ann"]),
    "two requirements": ("labelSelector=app%20in%20(web,api),tier!%3Dold", ["Ann"]),
    "many stars": (f"filters[name][$like]={'*a' * 15_000}", []),
    "a star": ("filters[name][$like]=a*", ["Ann"]),
    "a number in another way": ("filters[age][$eq]=7.0", ALL),
    "not a number in another way": ("filters[age][$ne]=7.0", []),
    "an exponent": ("filters[age][$gte]=7e0", ALL),
    "one of many numbers": ("filters[age][$in][0]=7.0&filters[age][$in][1]=3", ALL),
    "an instant elsewhere": ("filters[born][$lte]=2020-01-01T01:00:00%2B01:00", ["Ann"]),
    "an earlier one elsewhere": ("filters[born][$lte]=2020-01-01T05:00:00%2B14:00", []),
    "what is inside of an object": ("filters[labels][app][$eq]=web", ["Ann"]),
    "what is inside of nothing": ("filters[labels][zz][y][$eq]=1", []),
    "many comparisons": ("&".join(f"filters[$or][{n}][name]=Ann" for n in range(2_000)), ALL),
    "some comparisons": ("&".join(f"filters[$or][{n}][name]=Ann" for n in range(50)), ["Ann"]),
    "one property very often": (f"sort={'-name,' * 9_000}", ["Bob", "Ann"]),
    "nested groups": (f"filters{'[$or][0]' * 3_000}[name]=Ann", ALL),
}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    path = tmp_path / "things.yaml"
    path.write_text(DOCUMENT)
    client = Client(Mock(load(path, infer=True)))
    client("POST", "/__mock/reset", {"scenario": "empty"})
    for name, label, year in (("Ann", "web", 2020), ("Bob", "db", 2021)):
        body = {"name": name, "age": 7, "born": f"{year}-01-01T00:00:00Z", "labels": {"app": label}}
        assert client("POST", "/things", body).status == 201
    return client


@pytest.mark.parametrize(("query", "names"), FILTERS.values(), ids=FILTERS)
def test_a_filter_is_answered(client: Client, query: str, names: list[str]) -> None:
    answer = client("GET", "/things", query=query.encode())
    assert answer.status == 200
    assert [thing["name"] for thing in answer.json] == names
