"""Requests and answers as the standards say, by tables of calls over HTTP: `standards/*.yaml`.

A case: `call` is method and target as they go over the wire; `headers` (a mapping, or pairs), `json`, `text`,
`hex` or `parts` make the request, `gives` is the status (or several), `body` the parsed answer, `part` some
members of it by pointer, `raw` its text, `matches` a pattern in that, `has` patterns of headers (null: none),
`keep` what later calls say as `<name>`. `files` stand beside the document.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from troth import Mock, load
from troth.mock_server.serving import running

TABLES = sorted((Path(__file__).parent / "standards").glob("*.yaml"))


class Seen(NamedTuple):
    """What came back; several fields of one name with a bar between them."""

    status: int
    headers: dict[str, str]
    text: str


@pytest.mark.parametrize("table", TABLES, ids=[path.stem for path in TABLES])
def test_standards(table: Path, tmp_path: Path) -> None:
    wrong: list[str] = []
    for number, group in enumerate(yaml.safe_load_all(table.read_text("utf-8"))):
        path = tmp_path / f"{number}.yaml"
        for name, text in group.get("files", {}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        path.write_text(yaml.safe_dump(group["document"], sort_keys=False), "utf-8")
        with running(Mock(load(path, infer=True))) as root:
            known: dict[str, str] = {}
            for case in group["calls"]:
                case = filled(case, known)
                seen = sent(root, case)
                wrong += problems(case, seen)
                for name, pointer in case.get("keep", {}).items():
                    known[name] = str(member(json.loads(seen.text), pointer))
    assert not wrong, "\n" + "\n".join(wrong)


def filled(case: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A case with what earlier answers have shown in the place of `<name>` (`keep: {name: pointer}`)."""
    text = json.dumps(case)
    for name, value in known.items():
        text = text.replace(f"<{name}>", value)
    found: dict[str, Any] = json.loads(text)
    return found


def member(value: Any, pointer: str) -> Any:
    """A part of an answer; None where there is none, `#` counts a list."""
    for token in pointer.split("/")[1:]:
        if token == "#":
            value = len(value)
        elif isinstance(value, list):
            value = value[int(token)] if int(token) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(token)
        else:
            return None
    return value


def sent(root: str, case: dict[str, Any]) -> Seen:
    method, _, target = case["call"].partition(" ")
    headers, body = case.get("headers", {}), payload(case)
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if "json" in case and "content-type" not in {name.lower() for name, _ in pairs}:
        pairs = [*pairs, ("Content-Type", "application/json")]
    connection = http.client.HTTPConnection(root.removeprefix("http://"), timeout=30)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in pairs:
        connection.putheader(name, str(value))
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    found: dict[str, str] = {}
    for name, value in answer.getheaders():
        before = f"{found[name.lower()]} | " if name.lower() in found else ""
        found[name.lower()] = before + value
    return Seen(answer.status, found, text)


def payload(case: dict[str, Any]) -> bytes | None:
    if "json" in case:
        return json.dumps(case["json"]).encode()
    if "text" in case:
        return str(case["text"]).encode()
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "parts" not in case:
        return None
    lines = []
    for part in case["parts"]:
        lines += ["--cut", f"Content-Disposition: form-data; {part['as']}"]
        if "type" in part:
            lines.append(f"Content-Type: {part['type']}")
        lines += ["", part["text"]]
    return "\r\n".join([*lines, "--cut--", ""]).encode()


def problems(case: dict[str, Any], seen: Seen) -> Iterator[str]:
    for what, expected, found in differences(case, seen):
        yield f"{case['call']}: {what} is {found!r}, not {expected!r} ({case.get('why')}) {seen.text[:200]}"


def differences(case: dict[str, Any], seen: Seen) -> Iterator[tuple[str, Any, Any]]:
    allowed = case["gives"] if isinstance(case["gives"], list) else [case["gives"]]
    if seen.status not in allowed:
        yield "the status", case["gives"], seen.status
    if "raw" in case and seen.text != case["raw"]:
        yield "the text", case["raw"], seen.text
    if "matches" in case and not re.search(case["matches"], seen.text):
        yield "the text", case["matches"], seen.text
    if "body" in case and json.loads(seen.text) != case["body"]:
        yield "the body", case["body"], seen.text
    for pointer, value in case.get("part", {}).items():
        found = member(json.loads(seen.text), f"/{pointer.removeprefix('/')}")
        if found != value:
            yield pointer, value, found
    for name, pattern in case.get("has", {}).items():
        value = seen.headers.get(name.lower())
        if not fits(pattern, value):
            yield name, pattern, value


def fits(pattern: str | None, value: str | None) -> bool:
    if value is None or pattern is None:
        return value is pattern
    return re.search(pattern, value) is not None
