"""`troth diff` as users call it: formats, exit codes, what is the same, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from tests.cli.documents import DOCUMENTS, GOOD, LEFT_OUT
from tests.cli.running import Done, here
from tests.diff.test_changes import BASE
from tests.docs.pages import BIN, ROOT, blocks, compare, shell
from tests.work import counted_calls
from troth.contracts.words.transition import TransitionWord

Diff: TypeAlias = Callable[..., Done]
PAGE = (ROOT / "docs/reference/diff.md").read_text("utf-8")


@pytest.fixture
def diff(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Diff:
    monkeypatch.chdir(tmp_path)

    def run(old: str | bytes, new: str | bytes, *args: str) -> Done:
        for name, content in (("old.yaml", old), ("new.yaml", new)):
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return here(capsys, monkeypatch, "diff", "old.yaml", "new.yaml", *args)

    return run


def kinds(done: Done) -> list[str]:
    return sorted(f"{c['breaking']} {c['kind']}" for c in json.loads(done.out)["changes"])


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in sorted(value, reverse=True)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def newer(value: Any) -> Any:
    """The same in the words of OpenAPI 3.1."""
    if isinstance(value, list):
        return [newer(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {key: newer(item) for key, item in value.items() if key != "nullable"}
    return plain | {"type": [value["type"], "null"]} if value.get("nullable") else plain


def renamed(value: str) -> str:
    return (
        value.replace("Task.", "Job.")
        .replace("    Task:", "    Job:")
        .replace("schemas/Task'", "schemas/Job'")
    )


def called(text: str) -> str:
    return text.replace("schemas/User", "schemas/Person").replace("    User:", "    Person:")


SAME = {
    "the same file": BASE,
    "other order of keys": yaml.safe_dump(reordered(yaml.safe_load(BASE)), sort_keys=False),
    "the newer version": yaml.safe_dump(newer(yaml.safe_load(BASE)) | {"openapi": "3.1.0"}),
    "another name of a resource": renamed(BASE),
    "another name of a shared schema": called(BASE),
    "other words about it": BASE.replace("title: Tasks", "title: Chores").replace(
        "description: It.", "description: X"
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same(name: str, diff: Diff) -> None:
    for old, new in ((BASE, SAME[name]), (SAME[name], BASE)):
        done = diff(old, new, "--fail-on", "any", "--format", "json")
        assert kinds(done) == []
        assert done.code == 0


@pytest.mark.parametrize("spec", ["puffle", "autosend", "ocamba"])
def test_a_document_that_ships_is_the_same_as_itself(
    spec: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = here(capsys, monkeypatch, "diff", spec, spec, "--fail-on", "any")
    assert done.code == 0
    assert done.out.endswith(": no change\n")


LAXER = ("{q: 10, w: 1}", "{q: 20, w: 1}")
TEXT = ("message: Same title", "message: Another")


@pytest.mark.parametrize(
    ("changes", "on", "code"),
    [
        ([LAXER], "breaking", 0),
        ([LAXER], "any", 1),
        ([TEXT], "breaking", 0),
        ([LAXER[::-1]], "breaking", 1),
        ([LAXER[::-1]], "none", 0),
    ],
)
def test_the_exit_code(changes: list[tuple[str, str]], on: str, code: int, diff: Diff) -> None:
    (one, other) = changes[0]
    old = BASE if one in BASE else BASE.replace(other, one)
    assert diff(old, old.replace(one, other), "--fail-on", on).code == code


def test_json_says_where(diff: Diff) -> None:
    done = diff(BASE, "\n" + BASE.replace("refused: Not open", "refused: Nope"), "--format", "json")
    report = json.loads(done.out)
    example = json.loads(next(blocks(PAGE, "json"))[0])
    assert report.keys() == example.keys()
    assert report["summary"] == {"yes": 0, "maybe": 1, "no": 0}
    (change,) = report["changes"]
    assert change.keys() == example["changes"][0].keys()
    line = 1 + BASE[: BASE.index("transition:")].count("\n")
    pointer = "/paths/~1tasks~1{id}~1close/post/x-contract/transition"
    assert change["old"] == {"pointer": pointer, "file": "old.yaml", "line": line, "column": 9}
    assert change["new"] == {"pointer": pointer, "file": "new.yaml", "line": line + 1, "column": 9}
    assert change["states"] == ["closed", "done"]
    assert change["operations"] == ["POST /tasks/{id}/close (closeTask)"]


def test_text_says_it_in_a_sentence(diff: Diff) -> None:
    done = diff(BASE, BASE.replace("{from: open, to: closed, refused", "{from: done, to: closed, refused"))
    said = " ".join(done.out.replace("│", " ").split())
    assert "while `open`, the call moves to `closed`; now it is refused with 409 and “Not open”" in said
    assert "because calls that worked are refused" in said
    assert "old old.yaml:" in said
    assert said.endswith("old.yaml → new.yaml: 1 breaking, 1 fine")


def test_a_shared_schema_is_told_once_with_all_its_operations(diff: Diff) -> None:
    done = diff(BASE, BASE.replace("weight: {type: number}", "weight: {type: string}"), "--format", "json")
    (change,) = json.loads(done.out)["changes"]
    assert len(change["operations"]) == 5
    assert change["says"] == "`type` of `Task/weight` was `number`, is `string`"


def test_a_recursive_schema_ends(diff: Diff) -> None:
    parts = "parts: {type: array, items: {$ref: '#/components/schemas/Team'}}"
    old = BASE.replace(
        "properties: {team: {type: string}}", f"properties: {{team: {{type: string}}, {parts}}}"
    )
    assert old != BASE
    done = diff(old, old.replace("team: {type: string}", "team: {type: integer}"), "--format", "json")
    assert kinds(done) == ["yes schema/type"]


def test_what_may_be_null_in_either_version(diff: Diff) -> None:
    user = "{$ref: '#/components/schemas/User'}"
    old = BASE.replace(
        "        owner:\n", f"        boss: {{nullable: true, allOf: [{user}]}}\n        owner:\n"
    )
    new = yaml.safe_load(old)
    boss = {"oneOf": [{"$ref": "#/components/schemas/User"}, {"type": "null"}]}
    new["components"]["schemas"]["Task"]["properties"]["boss"] = boss
    text = yaml.safe_dump(newer(new) | {"openapi": "3.1.0"})
    assert kinds(diff(old, text, "--format", "json")) == []
    boss["oneOf"].pop()
    never = yaml.safe_dump(newer(new) | {"openapi": "3.1.0"})
    assert kinds(diff(old, never, "--format", "json")) == ["no schema/type"]
    assert kinds(diff(never, old, "--format", "json")) == ["yes schema/type"]


def test_what_is_excluded_is_followed_to_where_it_is_said(diff: Diff) -> None:
    old = BASE.replace(
        "length: {type: integer,", "length: {not: {$ref: '#/components/schemas/Team'}, type: integer,"
    )
    assert old != BASE
    new = old.replace(
        "properties: {team: {type: string}}", "required: [team], properties: {team: {type: string}}"
    )
    assert "maybe schema/not" in kinds(diff(old, new, "--format", "json"))


PAYLOADS = {
    "{type: object, required: [a], properties: {a: {type: string}}}": [],
    "{type: object, required: [a], properties: {a: {type: integer}}}": ["yes schema/type"],
    "{type: object, properties: {a: {type: string}}}": ["yes schema/required"],
    "{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}": [
        "no schema/property-added"
    ],
    "{type: object}": ["yes schema/property-removed"],
}
HOOK = """webhooks:
  done:
    post:
      requestBody: {content: {application/json: {schema: THIS}}}
      responses: {'200': {description: OK}}
"""


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_webhook_sends_is_what_clients_receive(diff: Diff, payload: str) -> None:
    base = BASE.replace("openapi: 3.0.3", "openapi: 3.1.0").replace(", nullable: true", "")
    old, new = (base + HOOK.replace("THIS", schema) for schema in (next(iter(PAYLOADS)), payload))
    assert kinds(diff(old, new, "--format", "json")) == PAYLOADS[payload]


def test_webhooks_and_callbacks_that_come_and_go(diff: Diff) -> None:
    old = BASE.replace("openapi: 3.0.3", "openapi: 3.1.0").replace(", nullable: true", "")
    hook = "webhooks: {done: {post: {responses: {'200': {description: OK}}}}}\n"
    assert kinds(diff(old, old + hook, "--format", "json")) == ["no webhook/added"]
    assert kinds(diff(old + hook, old, "--format", "json")) == ["yes webhook/removed"]
    back = "      callbacks: {done: {'{$request.query.x}': {post: {responses: {'200': {description: OK}}}}}}"
    new = old.replace("operationId: getTask", f"operationId: getTask\n{back}")
    assert kinds(diff(old, new, "--format", "json")) == ["no callback/added"]
    assert kinds(diff(new, old, "--format", "json")) == ["yes callback/removed"]


def test_what_a_word_does_not_tell_is_maybe(diff: Diff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TransitionWord, "facts", lambda *_: iter(()))
    done = diff(BASE, BASE.replace("transition: {from: open", "transition: {from: done"), "--format", "json")
    assert kinds(done) == ["maybe transition/changed"]


def test_overlays_on_either_side(diff: Diff, tmp_path: Path) -> None:
    overlay = (
        "overlay: 1.0.0\ninfo: {title: More, version: '1'}\nactions:\n"
        "  - target: $.paths['/tasks/{id}/close'].post['x-contract'].transition\n"
        "    update: {refused: Nope}\n"
    )
    (tmp_path / "more.yaml").write_text(overlay)
    done = diff(BASE, BASE, "--overlay-new", "more.yaml", "--format", "json")
    assert kinds(done) == ["maybe transition/changed"]
    (change,) = json.loads(done.out)["changes"]
    assert change["old"]["file"] == "old.yaml"
    both = diff(BASE, BASE, "--overlay-new", "more.yaml", "--overlay-old", "more.yaml", "--format", "json")
    assert kinds(both) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_broken_document_is_one_clear_message(name: str, diff: Diff) -> None:
    content, expected, _ = DOCUMENTS[name]
    done = diff(GOOD, content)
    assert done.code == 2
    assert expected.replace("api.yaml", "new.yaml") in done.err.replace(": error: ", ": ")
    assert "Traceback" not in done.said


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_told(name: str, diff: Diff) -> None:
    content, expected = LEFT_OUT[name]
    done = diff(GOOD, content)
    assert done.code in (0, 1)
    assert expected.replace("api.yaml", "new.yaml") in done.err.replace(": warning: ", ": ")


def test_no_such_document(
    diff: Diff, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = here(capsys, monkeypatch, "diff", "pufle", "puffle")
    assert done.code == 2
    assert "did you mean 'puffle'?" in done.err


def test_a_document_without_words_is_compared_by_its_shapes(diff: Diff) -> None:
    bare = (
        "openapi: 3.0.3\ninfo: {title: Bare, version: '1'}\npaths:\n"
        "  /x:\n    get: {responses: {'200': {description: OK}}}\n"
    )
    done = diff(bare, bare.replace("/x:", "/y:"), "--format", "json")
    assert kinds(done) == ["no operation/added", "yes operation/removed"]


def large(size: int) -> str:
    """A document of so many schemas, each of which leads to all the others."""
    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {
                f"p{i}": {"$ref": f"#/components/schemas/S{(n * 7 + i) % size}"} for i in range(20)
            },
        }
        for n in range(size)
    }
    answer = {
        "description": "It",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}},
    }
    paths = {f"/p{n}": {"get": {"operationId": f"get{n}", "responses": {"200": answer}}} for n in range(size)}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Large", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return json.dumps(whole)


def test_twice_the_document_is_twice_the_work(diff: Diff) -> None:
    """Counted in calls of functions, which are the same on every machine; the first run fills caches."""
    taken = []
    for size in (10, 40, 80):
        old = large(size)
        new = old.replace('"operationId": "get7"', '"operationId": "get7", "deprecated": true')
        with counted_calls() as calls:
            done = diff(old, new, "--format", "json")
        assert kinds(done) == ["no operation/deprecated"]
        taken.append(calls.number)
    assert taken[2] < 2.3 * taken[1], taken


def test_the_example_of_the_reference(tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(next(blocks(PAGE, "file: old.yaml"))[0])
    command, shown = next(blocks(PAGE, "try"))
    compare(shown, shell(command.replace("troth diff", f"{BIN / 'troth'} diff"), tmp_path))
