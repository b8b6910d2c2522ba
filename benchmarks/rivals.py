"""The servers that `benchmarks.mock` compares: how each is started for specs/puffle, and what it answers.

Prism, openapi-backend and WireMock come from the npm registry, into another folder. Each does what it does by
itself: Prism and openapi-backend route, ask for credentials, validate and answer the document's examples;
WireMock matches URLs and answers canned bodies; the bare ASGI application answers one body to everything and
is there for scale. None but troth remembers what was written, or knows a rule.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

SPEC = Path(__file__).resolve().parents[1] / "specs/puffle/openapi.yaml"
ID = "8c2b2d4e-e29b-41d4-a716-446655440000"

BACKEND = """
const {OpenAPIBackend} = require('openapi-backend');
const http = require('http');
const [document, port] = process.argv.slice(2);
const answer = (status, body) => ({status, body: JSON.stringify(body)});
const api = new OpenAPIBackend({definition: document, quick: true, handlers: {
  notImplemented: (c) => {
    const {status, mock} = api.mockResponseForOperation(c.operation.operationId);
    return answer(status, mock);
  },
  validationFail: (c) => answer(400, {error: c.validation.errors}),
  notFound: () => answer(404, {}),
  unauthorizedHandler: () => answer(401, {}),
}});
api.registerSecurityHandler('bearer', (c) => Boolean(c.request.headers.authorization));
api.init().then(() => http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', async () => {
    const [path, query] = request.url.split('?');
    const {method, headers} = request;
    const found = await api.handleRequest({method, path, query, body: body || undefined, headers});
    response.writeHead(found.status, {'content-type': 'application/json'});
    response.end(found.body);
  });
}).listen(Number(port), '127.0.0.1'));
"""
"""openapi-backend as its own README serves mocks."""


def commands(modules: Path, folder: Path) -> Mapping[str, Callable[[int], list[str]]]:
    """How each server is started on a port; those that are not installed are left out."""
    found: dict[str, Callable[[int], list[str]]] = {
        "troth": lambda port: [sys.executable, "-m", "benchmarks.mock", "serve", "--port", str(port)],
        "bare ASGI": lambda port: [sys.executable, "-m", "benchmarks.mock", "bare", "--port", str(port)],
    }
    prism = modules / ".bin/prism"
    if prism.exists():
        found["Prism"] = lambda port: [str(prism), "mock", str(SPEC), "-p", str(port), "-v", "silent"]
    if (modules / "openapi-backend").exists():
        script = modules.parent / "troth-benchmark.cjs"
        script.write_text(BACKEND)
        found["openapi-backend"] = lambda port: ["node", str(script), str(SPEC), str(port)]
    jars = sorted((modules / "wiremock/build").glob("wiremock-standalone-*.jar"))
    if jars:
        _write_mappings(folder)
        found["WireMock"] = lambda port: [
            *("java", "-jar", str(jars[-1]), "--port", str(port), "--root-dir", str(folder)),
            *("--no-request-journal", "--disable-banner", "--bind-address", "127.0.0.1"),
        ]
    return found


def example() -> bytes:
    """What the document shows of a campaign that was read."""
    with SPEC.open(encoding="utf-8") as file:
        document = yaml.safe_load(file)
    campaign = document["components"]["schemas"]["Campaign"]["example"]
    return json.dumps({"campaign": campaign, "sequence_nodes": campaign["sequence_nodes"]}).encode()


def _write_mappings(folder: Path) -> None:
    """WireMock's stubs: one canned answer per method and path."""
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    body = json.loads(example())
    stubs: list[dict[str, Any]] = []
    for method, path, answered in (
        ("GET", "/api/campaigns/[^/]+", body),
        ("PATCH", "/api/campaigns/[^/]+", body),
        ("POST", "/api/campaigns/[^/]+/(pause|resume)", body),
        ("GET", "/api/campaigns", {"campaigns": [body["campaign"]] * 5}),
        ("POST", "/api/campaigns", body),
    ):
        request = {"method": method, "urlPathPattern": path, "headers": {"Authorization": {"matches": ".+"}}}
        headers = {"Content-Type": "application/json"}
        response = {"status": 200, "jsonBody": answered, "headers": headers}
        stubs.append({"request": request, "response": response})
    (folder / "mappings/stubs.json").write_text(json.dumps({"mappings": stubs}))
