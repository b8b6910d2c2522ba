"""Write `constraints.txt` anew: what `.[dev]` resolves to today, unlocked, on every Python we support.

python .ci/lock.py

Comments are kept. A Python that is not to be had here is named, and takes the versions of the others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13")
HEAD = """\
# What the gate was green with; `pip install -c constraints.txt '.[dev]'` installs exactly this.
# Written by `python .ci/lock.py`, which keeps comments.
"""
_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<rest>[^#]*?)\s*(?P<comment>#.*)?")


def find_python(version: str) -> str | None:
    """An interpreter of a version that starts: on the path, or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [
        shutil.which(f"python{version}"),
        *map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"))),
    ]
    for path in filter(None, found):
        asked = subprocess.run(
            [path, "-c", "import sys; print(sys.version)"], capture_output=True, check=False
        )
        if asked.returncode == 0 and asked.stdout.decode().startswith(f"{version}."):
            return path
    return None


def resolve(python: str) -> dict[str, str]:
    """The version of each distribution that an empty environment would get."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/pip", "install", "--quiet", "--dry-run", "--report", f"{folder}/report.json"]
        subprocess.run([*pip, f"{ROOT}[dev]"], check=True)
        report = json.loads(Path(folder, "report.json").read_text("utf-8"))
    told = [item["metadata"] for item in report["install"]]
    return {canonical(data["name"]): data["version"] for data in told if data["name"] != "troth"}


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def comments() -> tuple[str, dict[str, str]]:
    """The lines above the first pin, and what stands beside pins, by name."""
    if not LOCK.exists():
        return HEAD, {}
    head, beside = "", {}
    for line in LOCK.read_text("utf-8").splitlines():
        pin = _PIN.fullmatch(line)
        if pin and pin["comment"]:
            beside[pin["name"]] = pin["comment"]
        elif not pin and not beside:
            head += line + "\n"
    return head, beside


def lines(found: dict[str, dict[str, str]], beside: dict[str, str]) -> list[str]:
    """One pin a distribution; one for each Python, with a marker, where the versions differ."""
    written = []
    for name in sorted({name for pins in found.values() for name in pins}):
        versions = {python: pins[name] for python, pins in found.items() if name in pins}
        comment = f"  {beside[name]}" if name in beside else ""
        if len(set(versions.values())) == 1:
            written.append(f"{name}=={next(iter(versions.values()))}{comment}")
            continue
        for python, version in versions.items():
            written.append(f'{name}=={version} ; python_version == "{python}"{comment}')
    return written


def main() -> int:
    """Resolve for every Python, and write what they have in common once."""
    found = {}
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version} is not to be had here: its versions are taken from the others")
            continue
        print(f"Python {version}", flush=True)
        found[version] = resolve(python)
    if not found:
        print("no Python to resolve for")
        return 1
    head, beside = comments()
    LOCK.write_text(head + "\n".join(lines(found, beside)) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
