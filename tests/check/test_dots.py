"""Ids that no path can name: `..` is the folder above, whether or not its dots are escaped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.small_server import SmallHandler, served
from tests.cli.running import run

DOCUMENT = """
openapi: 3.0.3
info: {title: Keys, version: '1'}
x-contract:
  resources: {Key: {id: name}}
  errors: {missing: 404}
paths:
  /keys:
    get:
      operationId: listKeys
      x-contract: {acts: Key.list}
      responses: {'200': {description: all, content: {application/json: {schema: &keys {
        type: array, items: {$ref: '#/components/schemas/Key'}}}}}}
  /keys/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readKey
      x-contract: {acts: Key.read}
      responses: {'200': {description: one, content: {application/json: {schema: &key {
        $ref: '#/components/schemas/Key'}}}}, '404': {description: none}}
    delete:
      operationId: deleteKey
      x-contract: {acts: Key.delete}
      responses: {'204': {description: gone}, '404': {description: none}}
components:
  schemas:
    Key: {type: object, required: [name], properties: {name: {type: string}}}
"""


class Keys(SmallHandler):
    """Keys called like folders; what is asked beside them is written down."""

    def _read(self) -> None:
        name = self._name()
        if self.path == "/keys":
            self._send(200, [{"name": key} for key in self.server.keys])
        elif name in self.server.keys:
            self._send(200, {"name": name})
        else:
            self._send(404, None, {"Content-Length": "0"})

    def _remove(self) -> None:
        name = self._name()
        if name not in self.server.keys:
            self._send(404, None, {"Content-Length": "0"})
            return
        self.server.keys.remove(name)
        self._send(204, None)

    def _name(self) -> str:
        self._received()
        if not self.path.startswith("/keys"):
            self.server.beside.append(self.path)
        return self.path.removeprefix("/keys/")

    do_GET, do_DELETE = _read, _remove


@pytest.mark.parametrize("name", [".", ".."])
def test_they_are_told_and_nothing_else_is_called(name: str, tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(DOCUMENT)
    with served(Keys, keys=[".", "..", "plain"], beside=(beside := list[str]())) as url:
        settings = f'[target.t]\nurl = "{url}"\nfixtures = {{Key = ["{name}"]}}\n'
        (tmp_path / "troth.toml").write_text(settings)
        done = run("check", "keys.yaml", "--target", "t", folder=tmp_path)
        assert done.code == 2, done
        assert f"the Key {name!r}, given as a fixture, cannot be used: " in done.err
        assert f"readKey cannot be called with {name!r} in its path: that is another path" in done.err
        (tmp_path / "troth.toml").write_text(settings.replace(f'"{name}"', '"plain"'))
        done = run("check", "keys.yaml", "--target", "t", folder=tmp_path)
        assert done.code == 0, done
    assert beside == []
