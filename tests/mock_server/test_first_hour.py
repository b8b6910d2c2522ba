"""What somebody meets who uses a mock for the first time: no answer contradicts another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.calling import Client
from troth import Mock, load

PREFIX = "8c2b2d4e-e29b-41d4-a716-44665544"
CAMPAIGNS = "/api/campaigns"
DRAFT, LINKEDIN_SENDER = f"{CAMPAIGNS}/{PREFIX}0005", "5f0d9c1e-7a41-4c0e-9b52-6c1d2e8f0a11"
JSON: Any = {"content_type": "application/json"}

NOTES = Path(__file__).with_name("notes.yaml").read_text("utf-8")
ONE = "/notes/0b0b0b0b-1111-4111-8111-111111111111"


@pytest.fixture
def notes(tmp_path: Path) -> Callable[..., Client]:
    def make(unique: str = "{status: 409}", **options: Any) -> Client:
        path = tmp_path / "notes.yaml"
        path.write_text(NOTES.replace("slug: {status: 409}", f"slug: {unique}"))
        return Client(Mock(path, **options))

    return make


def state(client: Client, *path: str) -> Any:
    return Client(client.mock)("GET", "/".join(("/__mock/state", *path))).json


# Records that a test writes


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("PUT", "Note/x", {"data": {}}, '"slug" is a required property'),
        ("PUT", "Note/x", {"data": {"slug": "x", "code": "c"}}, '"texts" is a required property'),
        ("PUT", "Note/x", {"data": {"slug": "x", "code": "c", "texts": 1}}, "/texts"),
        ("PATCH", f"Note/{ONE[7:]}", {"data": {"texts": None}}, '"texts" is a required property'),
        ("PATCH", f"Note/{ONE[7:]}", {"hidden": {"sise": 1}}, "did you mean 'size'"),
        ("PUT", "Line/l2", {"data": {"text": "Hi"}}, "`parent` is missing"),
        ("PUT", "Line/l2", {"data": {"text": "Hi"}, "parent": "x"}, "there is no Note 'x'"),
        (
            "PUT",
            "../snapshots/s",
            {"state": {"notes": {"Note": [{"id": "x", "data": {}, "hidden": {}}]}}},
            "size(self.texts)",
        ),
    ],
)
def test_a_record_that_cannot_be_is_not_written(
    notes: Callable[..., Client], method: str, path: str, body: Any, says: str
) -> None:
    client = notes()
    before = state(client)
    path = f"/__mock/state/{path}".replace("/state/..", "")
    answer = client(method, path, body)
    assert (answer.status, says in answer.json["error"]) == (400, True), answer.json
    assert state(client) == before
    assert client("GET", "/notes").status == 200


def test_what_the_server_sets_is_filled_in(notes: Callable[..., Client]) -> None:
    client = notes()
    made = client(
        "PUT",
        "/__mock/state/Note/7a1e8a2c-1234-4567-89ab-cdef01234567",
        {"data": {"slug": "x", "code": "c", "texts": []}},
    )
    assert made.status == 200
    assert made.json["data"]["status"] == "new"
    assert client("GET", "/notes", query=b"offset=2").json["notes"][0]["owner"] == "ada"


def test_a_snapshot_that_is_given_is_all_there_is(puffle: Client) -> None:
    states: list[Any] = [{}, {"puffle": {}}]
    for given in states:
        assert puffle("PUT", "/__mock/snapshots/none", {"state": given}).json == {
            "state": {"puffle": {"Campaign": [], "Prospect": []}}
        }
    begun = puffle("POST", "/__mock/snapshots/none/restore").json
    assert begun == {"scenario": "default", "records": {"puffle": {"Campaign": 0, "Prospect": 0}}}
    assert puffle("GET", CAMPAIGNS).json == {"campaigns": []}


def test_a_reset_says_how_much_there_is_and_not_all_of_it() -> None:
    client = Client(Mock("puffle"))
    answer = client("POST", "/__mock/reset", {"scenario": "large"})
    assert answer.json == {"scenario": "large", "records": {"puffle": {"Campaign": 10000, "Prospect": 3}}}


# What is unique


@pytest.mark.parametrize(
    ("unique", "status"), [("{status: 409}", 409), ("{}", 409), ("{update: [applied, rejected]}", 200)]
)
def test_a_change_is_no_way_around_what_is_unique(
    notes: Callable[..., Client], unique: str, status: int
) -> None:
    client = notes(unique)
    answer = client("PATCH", ONE, {"slug": "two"}, **JSON)
    assert answer.status == status
    if status == 409:
        assert "another Note has this slug" in answer.headers["x-mock-reason"]
    assert client("PATCH", ONE, {"slug": "one"}, **JSON).status == 200  # its own


def test_what_the_vendor_leaves_open_the_page_says(puffle: Client) -> None:
    assert puffle("PATCH", DRAFT, {"name": "Beta waiting list"}, **JSON).status == 200
    page = Path("docs/apis/puffle.md").read_text("utf-8")
    assert "Whether a `name` that another Campaign has is refused is open; the mock takes it." in page


# Ids


@pytest.mark.parametrize("name", ["puffle", "autosend", "ocamba"])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_ids_of_fixtures_are_those_of_the_page(name: str, seed: int) -> None:
    page = Path(f"docs/apis/{name}.md").read_text("utf-8")
    kept = Mock(name, seed=seed).session.kept[name]
    assert kept.fixtures
    for fixture, id in kept.fixtures.items():
        assert f"| `{fixture}` | `{id}` |" in page


def test_the_documented_example_of_a_lead_works(puffle: Client) -> None:
    example = load("puffle").operations["updateLead"].examples["moved"]
    answer = puffle("PATCH", f"{DRAFT}/leads", example, **JSON)
    assert answer.status == 200
    assert answer.json["prospect"]["company"] == "Globex"


FEW = """
openapi: 3.1.0
info: {title: Few, version: '1'}
x-contract:
  resources:
    Few: {id: id, managed: {id: create}, fixtures: {a: {}, b: {}, c: {}, d: {}, e: {}}}
paths:
  /few:
    post:
      operationId: add
      x-contract: {acts: Few.create}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        '201': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Few'}}}}
components:
  schemas:
    Few: {type: object, properties: {id: {type: string, pattern: '^[0-9]$', maxLength: 1, example: '3'}}}
"""


def test_no_new_record_gets_the_id_of_another(tmp_path: Path) -> None:
    """The schema knows ten ids; five are taken."""
    path = tmp_path / "few.yaml"
    path.write_text(FEW)
    client = Client(Mock(path))
    made = [client("POST", "/few", {}, **JSON).json["id"] for _ in range(3)]
    known = [record["id"] for record in state(client, "Few")]
    assert len(known) == len(set(known)) == 8
    assert set(made) < set(known)


# What the server sets


def test_nothing_changed_is_no_change(puffle: Client) -> None:
    before = puffle("GET", DRAFT).json["campaign"]
    for body in ({}, {"name": before["name"]}):
        assert puffle("PATCH", DRAFT, body, **JSON).json["campaign"] == before
    assert (
        puffle("PATCH", DRAFT, {"name": "Other"}, **JSON).json["campaign"]["updated_at"]
        > before["updated_at"]
    )


def test_time_sets_what_every_change_sets(notes: Callable[..., Client]) -> None:
    client = notes()
    before = client("GET", ONE).json
    client("POST", "/__mock/clock", {"advance": "P3D"})
    after = client("GET", ONE).json
    assert (before["status"], after["status"]) == ("new", "old")
    now = client("GET", "/__mock/clock").json["now"]
    assert before["changed_at"] < after["changed_at"] < now
    assert int(now[8:10]) != int(after["changed_at"][8:10])  # two days ago, when it happened


def test_a_new_record_is_of_the_same_account_and_not_of_the_future(notes: Callable[..., Client]) -> None:
    client = notes()
    made = client("POST", "/notes", {"slug": "s", "code": "z", "texts": []}, **JSON).json
    now = client("GET", "/__mock/clock").json["now"]
    assert made["owner"] == "ada"
    assert made["seen_at"] is None
    assert made["read_time"].replace(" ", "T") <= now


def test_ocamba_lists_the_newest_first_and_dates_changes(ocamba: Client) -> None:
    ocamba("POST", "/hood/campaigns", {"name": "New"}, **JSON)
    first = ocamba("GET", "/hood/campaigns").json["items"][0]
    assert first["name"] == "New"
    path = f"/hood/campaigns/{first['id']}"
    Client(ocamba.mock)("POST", "/__mock/clock", {"advance": 60})
    patch: Any = {"content_type": "application/merge-patch+json"}  # RFC 7396, section 4
    assert ocamba("PATCH", path, {"description": "Of today"}, **patch).status == 204
    after = ocamba("GET", path).json["items"][0]
    assert (after["description"], after["update_time"] > first["update_time"]) == ("Of today", True)


def test_senders_that_are_known_are_shown_whole(puffle: Client) -> None:
    body = {"type": "linkedin", "name": "New", "sender_account_ids": [LINKEDIN_SENDER]}
    made = puffle("POST", CAMPAIGNS, body, **JSON).json["campaign"]
    assert made["sender_accounts"][0]["display_name"] == "Sarah Chen"
    assert made["user_id"] == "11111111-1111-4111-8111-111111111111"
    refused = puffle("POST", CAMPAIGNS, {**body, "type": "email", "name": "Newer"}, **JSON)
    assert (refused.status, "is of another type" in refused.json["error"]) == (400, True)


@pytest.mark.parametrize(
    ("campaign", "leads"),
    [
        ("0005", [{"first_name": "Nobody"}]),
        ("0005", [{}]),
        ("0005", [{"email": "a@acme.example"}, {"first_name": "Nobody"}]),
        ("0006", [{"email": "a@acme.example"}]),
    ],
)
def test_leads_without_identity_are_refused(puffle: Client, campaign: str, leads: Any) -> None:
    answer = puffle("POST", f"{CAMPAIGNS}/{PREFIX}{campaign}/leads", {"prospects": leads}, **JSON)
    assert (answer.status, answer.json["error"][:31]) == (400, "Every lead of this campaign nee")


def test_names_of_leads_follow(puffle: Client) -> None:
    leads = f"{DRAFT}/leads"
    body = {
        "prospects": [
            {"email": "Ada@acme.example", "first_name": "Ada", "last_name": "Hopper"},
            {"email": "b@b.example"},
        ]
    }
    assert puffle("POST", leads, body, **JSON).json == {"imported": 2, "duplicates": 0}
    *_, ada, other = puffle("GET", leads).json["prospects"]
    assert (ada["name"], other["name"]) == ("Ada Hopper", None)
    change = {"prospect_id": ada["id"], "updates": {"first_name": "Grace"}}
    assert puffle("PATCH", leads, change, **JSON).json["prospect"]["name"] == "Grace Hopper"


def test_a_draft_says_what_it_lacks_and_a_launched_one_counts(puffle: Client) -> None:
    made = puffle("POST", CAMPAIGNS, {"type": "email", "name": "New", "sender_account_ids": []}, **JSON).json[
        "campaign"
    ]
    found = puffle("GET", f"{CAMPAIGNS}/{made['id']}/validate").json
    assert (found["ready"], len(found["errors"])) == (False, 3)
    assert puffle("GET", f"{DRAFT}/validate").json["errors"] == []
    assert puffle("POST", f"{DRAFT}/launch").status == 200
    assert puffle("GET", DRAFT).json["campaign"]["stats"]["total"] == 2


# Lists


def test_no_page_is_larger_than_the_largest(autosend: Client) -> None:
    for number in range(100):
        autosend("POST", "/campaigns", {"name": f"N{number}", "subject": "S", "htmlTemplate": "x"}, **JSON)
    first = autosend("GET", "/campaigns").json["data"]
    assert (len(first["campaigns"]), first["pagination"]) == (
        100,
        {"page": 1, "limit": 100, "total": 108, "totalPages": 2},
    )
    assert len(autosend("GET", "/campaigns", query=b"page=2").json["data"]["campaigns"]) == 8
    Client(autosend.mock)("POST", "/__mock/reset", {"scenario": "empty"})
    for query in (b"", b"limit=5"):
        shown = autosend("GET", "/campaigns", query=query).json["data"]["pagination"]
        assert (shown["total"], shown["totalPages"], shown["limit"] >= 1) == (0, 0, True)


def test_the_same_of_lists_with_query(notes: Callable[..., Client]) -> None:
    client = notes()
    for number in range(3):
        client("POST", "/notes", {"slug": str(number), "code": str(number), "texts": []}, **JSON)
    shown = client("GET", "/notes").json
    assert (len(shown["notes"]), shown["size"], shown["next"].rpartition("?")[2]) == (3, 3, "offset=3")
    nothing = client("GET", "/notes", query=b"size=0").json
    assert (nothing["notes"], nothing["next"]) == ([], None)  # whoever follows `next` gets to an end


def test_a_list_bears_the_tag_that_it_declares(notes: Callable[..., Client]) -> None:
    client = notes()
    first = client("GET", "/notes")
    tag = first.headers["etag"]
    assert client("GET", "/notes").headers["etag"] == tag
    again = client("GET", "/notes", If_None_Match=tag)
    assert (again.status, again.raw) == (304, b"")
    assert client("GET", "/notes", query=b"size=1").headers["etag"] != tag
    client("PATCH", ONE, {"texts": ["Other"]}, **JSON)
    changed = client("GET", "/notes", If_None_Match=tag)
    assert (changed.status, changed.headers["etag"] != tag) == (200, True)


# Faults


@pytest.mark.parametrize(
    "fault",
    [
        {"times": 1}, {"seconds": 5}, {"operation": "listCampaigns"}, {"cut": False}, {"delay": 0},
        {"example": "x"},
        {"status": 299}, {"status": 204, "operation": "pauseCampaign"}, {"status": 500, "example": "nope"},
        {"status": 500, "chance": 0},
    ],
)  # fmt: skip
def test_a_fault_of_which_nothing_comes_is_refused(puffle: Client, fault: Any) -> None:
    assert puffle("POST", "/__mock/faults", fault).status == 400
    assert puffle("GET", "/__mock/faults").json == []


def test_faults_in_documents_do_something(tmp_path: Path) -> None:
    path = tmp_path / "notes.yaml"
    bad = "x-contract:\n  scenarios: {bad: {faults: [{times: 1}]}}\n"
    path.write_text(NOTES.replace("x-contract:\n", bad, 1))
    with pytest.raises(Exception, match=r"notes\.yaml:\d+:\d+.*it takes one of `status`"):
        load(path)
