"""What opens a target is in no report, even where the target echoes it: over HTTP, by the command."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from tests.check.test_staging import server
from tests.check.troubled_server import DOCUMENT
from tests.cli.running import run

FORMATS = ("text", "json", "junit", "html", "markdown", "sarif", "github")
SECRETS = {"TOKEN": "good", "TENANT": 'a"tenant/of ours', "PASSWORD": "good:pass word"}


def config(url: str, auth: str) -> str:
    return f"""
[target.here]
url = "{url}"
auth = {auth}
headers = {{X-Tenant = "$TENANT"}}
"""


def reports(folder: Path, *args: str) -> dict[str, str]:
    outputs = [word for name in FORMATS for word in ("--output", f"{name}={name}.out")]
    (folder / "things.yaml").write_text(DOCUMENT)
    done = run("check", "things.yaml", "--target", "here", *args, *outputs, folder=folder, env=SECRETS)
    assert done.code == 1, done
    return {name: (folder / f"{name}.out").read_text() for name in FORMATS}


def test_a_header_that_is_echoed_is_not_told(tmp_path: Path) -> None:
    with server("echo") as url:
        (tmp_path / "troth.toml").write_text(config(url, '{bearer = "$TOKEN"}'))
        for name, text in reports(tmp_path, "--only", "finishThing/transition/*").items():
            assert "finishThing" in text, name
            assert "tenant/of" not in text, name
            assert "$TENANT" in text or name in ("json", "sarif"), name


def test_a_password_that_is_echoed_is_not_told(tmp_path: Path) -> None:
    with server("echo basic") as url:
        (tmp_path / "troth.toml").write_text(config(url, '{basic = "$PASSWORD"}'))
        for name, text in reports(tmp_path, "--only", "finishThing/transition/*").items():
            assert "finishThing" in text, name
            assert "pass word" not in text, name
            assert b64encode(b"good:pass word").decode() not in text, name
