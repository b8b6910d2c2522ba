"""Seconds for a lint: troth against Spectral and Redocly (`python -m benchmarks.lint DOCUMENT NODE_MODULES`).

Each rival runs the rules that it switches on by itself (`spectral:oas`, `recommended`), and troth the same
(`--ruleset spectral`, `--ruleset redocly`), besides its own codes, which are always on. They take turns;
every run is a process of its own that writes JSON to a file, start-up included. It installs nothing:

    npm install --no-audit --no-fund @stoplight/spectral-cli @redocly/cli     # in a folder outside this one
    python -m benchmarks.lint stripe.json that-folder/node_modules

Redocly's telemetry and its look for updates are off: they would only slow it down.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROUNDS = 7
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
FILES = {
    "spectral.yaml": "extends: ['spectral:oas']\n",
    "redocly.yaml": "extends: [recommended]\ntelemetry: 'off'\n",
    "troth.yaml": "lint: {}\n",
}


class Run(NamedTuple):
    """How long a lint took, and how much it said."""

    seconds: float
    findings: int


def main() -> int:
    """Time each rival that is there against troth, and print the ratios."""
    document, modules = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in FILES.items():
            (folder / file).write_text(text)
        for rival, command in rivals(document, modules).items():
            if Path(command[0]).exists():
                report(rival, timed(folder, rival, command, document))
            else:
                print(f"{rival}: not found under {modules}")
    return 0


def rivals(document: Path, modules: Path) -> Mapping[str, list[str]]:
    """The command of each rival; its configuration stands in the folder where it is run."""
    spectral = [
        str(modules / ".bin/spectral"),
        "lint",
        str(document),
        "-r",
        "spectral.yaml",
        "-f",
        "json",
        "-q",
    ]
    redocly = [str(modules / ".bin/redocly"), "lint", str(document), "--format", "json"]
    return {"spectral": spectral, "redocly": [*redocly, "--max-problems", "1000000"]}


def timed(folder: Path, rival: str, command: list[str], document: Path) -> Mapping[str, list[Run]]:
    """Both in turns, after one run each that does not count."""
    ours = [str(Path(sys.executable).parent / "troth"), "lint", str(document), "--format", "json"]
    commands = {rival: command, "troth": [*ours, "--config", "troth.yaml", "--ruleset", rival]}
    runs: dict[str, list[Run]] = {who: [] for who in commands}
    for number in range(ROUNDS + 1):
        for who, line in commands.items():
            done = run(folder, line)
            if number:
                runs[who].append(done)
    return runs


def run(folder: Path, command: list[str]) -> Run:
    """One lint in a process of its own."""
    out = folder / "out.json"
    start = time.perf_counter()
    with out.open("wb") as file:
        env = {**os.environ, **QUIET}
        subprocess.run(command, cwd=folder, stdout=file, stderr=subprocess.DEVNULL, env=env, check=False)  # noqa: S603
    seconds = time.perf_counter() - start
    found = json.loads(out.read_text("utf-8") or "[]")
    return Run(seconds, len(found["problems"] if isinstance(found, dict) else found))


def report(rival: str, runs: Mapping[str, list[Run]]) -> None:
    """Median and spread of both, and how many times faster troth is."""
    for who, done in runs.items():
        seconds = sorted(run.seconds for run in done)
        spread = f"{seconds[0]:.2f} to {seconds[-1]:.2f}"
        print(f"{who:10} {median(seconds):6.2f} s  ({spread}, {len(done)} runs, {done[0].findings} findings)")
    ratio = median(r.seconds for r in runs[rival]) / median(r.seconds for r in runs["troth"])
    print(f"troth is {ratio:.1f} times as fast as {rival} on the rules of {rival}\n")


if __name__ == "__main__":
    sys.exit(main())
