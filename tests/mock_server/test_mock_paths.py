"""Which operation a path means: the most concrete template, on the path as it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mock_server.calling import Client
from troth import Mock

DOCUMENT = """\
openapi: 3.1.0
info: {title: Shelf, version: '1'}
paths:
  /books/{book-id}: {get: {operationId: book, parameters: [{name: book-id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: OK}}}}
  /books/mine: {get: {operationId: mine, responses: {'200': {description: OK}}}}
  /books/{x.y}/mine: {get: {operationId: below, parameters: [{name: x.y, in: path, required: true, schema: {type: string}}], responses: {'200': {description: OK}}}}
  /books/{book-id}.json: {get: {operationId: json, parameters: [{name: book-id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: OK}}}}
  /books/{a}-{b}: {get: {operationId: pair, parameters: [{name: a, in: path, required: true, schema: {type: string}}, {name: b, in: path, required: true, schema: {type: integer}}], responses: {'200': {description: OK}}}}
  /books/{book-id}:sell: {post: {operationId: sell, parameters: [{name: book-id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: OK}}}}
  /a b/é: {get: {operationId: odd, responses: {'200': {description: OK}}}}
  /: {get: {operationId: root, responses: {'200': {description: OK}}}}
  /end/: {get: {operationId: end, responses: {'200': {description: OK}}}}
  /only/{123}: {delete: {operationId: only, parameters: [{name: '123', in: path, required: true, schema: {type: string, pattern: '^[a-z/]+$'}}], responses: {'200': {description: OK}, '400': {description: No}}}}
"""  # noqa: E501

FOUND = {
    ("GET", "/books/7"): "book",
    ("GET", "/books/mine"): "mine",
    ("GET", "/books/%6Dine"): "mine",
    ("GET", "/books/a%2Fb"): "book",
    ("GET", "/books/a%2Fb/mine"): "below",
    ("GET", "/books/7.json"): "json",
    ("GET", "/books/x-y-3"): "pair",
    ("POST", "/books/7:sell"): "sell",
    ("GET", "/books/7:sell"): "book",
    ("GET", "/a%20b/%C3%A9"): "odd",
    ("GET", "/"): "root",
    ("GET", "/end/"): "end",
    ("HEAD", "/books/7"): "book",
    ("DELETE", "/only/a%2Fb"): "only",
    ("GET", "/books/%0A"): "book",
    ("GET", "/books/%FF"): "book",
}
NOT_FOUND = {
    ("GET", "/books"): 404,
    ("GET", "/books/"): 404,
    ("GET", "/end"): 404,
    ("GET", "//"): 404,
    ("GET", "/books/7/"): 404,
    ("DELETE", "/books/7"): 405,
    ("GET", "/only/a"): 405,
}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Mock:
    path = tmp_path_factory.mktemp("shelf") / "shelf.yaml"
    Path(path).write_text(DOCUMENT)
    return Mock(path)


@pytest.mark.parametrize(("method", "path"), FOUND)
def test_the_operation_of_a_path(shelf: Mock, method: str, path: str) -> None:
    answer = Client(shelf)(method, path)
    assert answer.status == 200, answer
    assert answer.headers["x-mock-rule"].partition("/")[0] == FOUND[method, path]


@pytest.mark.parametrize(("method", "path"), NOT_FOUND)
def test_a_path_that_is_none(shelf: Mock, method: str, path: str) -> None:
    assert Client(shelf)(method, path).status == NOT_FOUND[method, path]


def test_a_value_is_decoded_once(shelf: Mock) -> None:
    answer = Client(shelf)("DELETE", "/only/a%252Fb")
    assert answer.status == 400
    assert "a%2Fb" in answer.headers["x-mock-reason"]


def test_the_methods_of_a_path_are_told(shelf: Mock) -> None:
    assert Client(shelf)("DELETE", "/books/7").headers["allow"] == "GET, HEAD"
    assert Client(shelf)("PUT", "/books/7:sell").headers["allow"] == "GET, HEAD, POST"
