"""docs/faults.md: which promise catches which fault. `python -m tests.check.catalogue` writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.check.running import check
from tests.faulty.serving import APIS, catalogues
from troth.contracts.check.results import BROKEN, DIFFERS

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_ROW = re.compile(r"^\| `(\w+)` \| .* \| (.*) \| (.*) \| (\d*) \|$")

HEAD = """# Faults and the promises that catch them

`tests/faulty` holds three servers, written by hand without any of troth's code. Each has faults that can be
switched on one at a time. This table is generated (`python -m tests.check.catalogue`) from one run of
`troth check --fail-fast` per fault, seed 0, of the promises of the operation concerned and, where these do
not catch it, of all. *Promise* is the first one that was found broken, *tried by* the promise whose probe
came across it, *requests* what the run had sent until then. Faults that touch what the vendor leaves open
(*assumed*) need not be found: some earn a warning (*differs*), some nothing.

The fault-free servers, also in every other reading that the documents allow, raise no alarm:
`tests/check/test_no_alarm.py`, 20 seeds in the nightly run.
"""


class Row(NamedTuple):
    """What caught a fault; empty where nothing did."""

    promise: str
    probed: str
    requests: str


def rows(api: str) -> dict[str, Row]:
    """The rows of one API as the page has them, by fault."""
    section = PAGE.read_text("utf-8").partition(f"\n## {api}\n")[2].partition("\n## ")[0]
    found = (_ROW.match(line) for line in section.splitlines())
    return {m[1]: Row(m[2].strip("`"), m[3].strip("`"), m[4]) for m in found if m}


# The operation whose promises are tried first, by the beginning of the fault's name.
_COMMON = {
    "pause": "pauseCampaign",
    "resume": "resumeCampaign",
    "get": "getCampaign",
    "any_token": "getCampaign",
    "list": "listCampaigns",
    "create": "createCampaign",
    "patch": "updateCampaign",
}
_FIRST = {
    "puffle": {
        "duplicate_name": "createCampaign",
        "no_autocomplete": "resumeCampaign",
        "always_completes": "resumeCampaign",
        "autocomplete": "resumeCampaign",
        "repeat": "pauseCampaign",
        "limit_as_text": "getCampaign",
        "node_count": "listCampaigns",
        "validate": "validateCampaign",
        "launch": "launchCampaign",
        "start": "launchCampaign",
        "senders_a": "updateCampaign",
        "senders_": "listSenders",
        "node_add": "addSequenceNode",
        "node_move": "moveSequenceNode",
        "unknown_node": "moveSequenceNode",
        "node_delete": "deleteSequenceNode",
        "node_put": "updateSequenceNode",
        "leads_delete": "removeLeads",
        "leads_501": "removeLeads",
        "leads_patch": "updateLead",
        "unknown_lead": "updateLead",
        "leads_list": "listLeads",
        "leads_page": "listLeads",
        "leads_total": "listLeads",
        "leads_of": "listLeads",
        "leads_ignore": "listLeads",
        "leads": "addLeads",
        "": "updateCampaign",
    },
    "autosend": {
        "duplicate": "duplicateCampaign",
        "abort": "abortCampaign",
        "delete": "deleteCampaign",
        "limit": "getCampaign",
        "no_limit": "getCampaign",
        "never_starts": "createCampaign",
        "name": "createCampaign",
        "subject": "createCampaign",
        "preview": "createCampaign",
        "": "resumeCampaign",
    },
    "ocamba": {
        "cancel": "cancelCampaign",
        "refusal": "pauseCampaign",
        "both": "resumeCampaign",
        "run_immediately": "resumeCampaign",
        "iso": "resumeCampaign",
        "bad_time": "resumeCampaign",
        "scheduled_time": "resumeCampaign",
        "empty_body": "resumeCampaign",
        "": "getCampaign",
    },
}


def first(api: str, fault: str) -> str:
    """The operation that a fault is about."""
    hints = _FIRST[api].items() if not fault.startswith(tuple(_COMMON)) else _COMMON.items()
    return next(operation for name, operation in hints if fault.startswith(name))


def caught(api: str, fault: str) -> Row:
    """Run until a promise is broken, first those of the fault's operation; where none is, what differs."""
    known = catalogues(api)[0][fault]
    runs = [[f"{first(api, fault)}/*"], *([[]] if known.documented else [])]
    for only in runs:
        report = check(api, fault=fault, fail_fast=True, only=only)
        broken = [v for v in report.verdicts if v.result == BROKEN]
        if broken:
            evidence = broken[0].evidence
            return Row(broken[0].promise.id, evidence.probed if evidence else "", str(report.requests))
    differing = sum(v.result == DIFFERS for v in report.verdicts)
    return Row("*differs*" if differing else "", "", str(report.requests))


def _lines(api: str, found: dict[str, Row]) -> Iterator[str]:
    faults, readings = catalogues(api)
    documented = sum(fault.documented for fault in faults.values())
    yield f"\n## {api}\n"
    yield f"{len(faults)} faults ({documented} in what is documented), {len(readings)} other readings.\n"
    yield "| fault | breaks | promise | tried by | requests |\n| --- | --- | --- | --- | ---: |"
    for name, fault in faults.items():
        row = found[name]
        promise, probed = (f"`{x}`" if x and "*" not in x else x for x in row[:2])
        breaks = fault.breaks + ("" if fault.documented else " (assumed)")
        yield f"| `{name}` | {breaks.replace('|', '/')} | {promise} | {probed} | {row.requests} |"


def main() -> int:
    """Write the page; exit code 1 if a documented fault was not found."""
    jobs = [(api, name) for api in APIS for name in catalogues(api)[0]]
    with ProcessPoolExecutor(2) as workers:
        futures = {job: workers.submit(caught, *job) for job in jobs}
        found = {}
        for number, (job, future) in enumerate(futures.items(), 1):
            found[job] = future.result()
            print(f"\r{number}/{len(jobs)} {job[1]:<32}", end="", file=sys.stderr, flush=True)
    parts = [HEAD]
    missed = []
    for api in APIS:
        of = {name: row for (owner, name), row in found.items() if owner == api}
        parts += _lines(api, of)
        faults = catalogues(api)[0]
        missed += [f"{api} {n}" for n, row in of.items() if faults[n].documented and not row.probed]
    PAGE.write_text("\n".join(parts) + "\n", "utf-8")
    print(f"\nnot found: {', '.join(missed) or 'none'}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
