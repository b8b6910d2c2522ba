"""The files for CI services: they fit their services' schemas, and their scripts do what they say."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.troubled_server import DOCUMENT, TOKEN, serve
from tests.docs.pages import ROOT
from tests.patience import PATIENCE

BIN = Path(sys.executable).parent


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.mark.parametrize(
    ("schema", "file", "more"),
    [
        ("vendor.github-actions", "action.yml", []),
        ("vendor.compose-spec", "ci/compose.yaml", []),
        ("vendor.gitlab-ci", "ci/troth.gitlab-ci.yml", ["--data-transform", "gitlab-ci"]),
    ],
)
def test_it_fits_the_schema_of_its_service(schema: str, file: str, more: list[str]) -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, *more, str(ROOT / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_of_pre_commit_are_commands_of_troth() -> None:
    for hook in read(".pre-commit-hooks.yaml"):
        assert hook.keys() >= {"id", "name", "entry", "language", "files"}
        assert hook["language"] == "python"
        done = subprocess.run(
            [str(BIN / "troth"), *shlex.split(hook["entry"])[1:], "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0


def test_the_image_is_slim_and_runs_as_nobody_in_particular() -> None:
    lines = [line for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line[:1].isupper()]
    last = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
    assert last[0].endswith("-slim")
    assert "USER troth" in last
    assert last.index("USER troth") < last.index('ENTRYPOINT ["troth"]')
    assert not any(line.startswith("RUN pip") for line in last)


def test_the_composed_mock_starts_and_is_healthy(tmp_path: Path) -> None:
    """What the service runs, but for the addresses: of the store, and of itself."""
    mock = read("ci/compose.yaml")["services"]["mock"]
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    say = [part.replace("${CONTROL_TOKEN:?say a secret}", "lever") for part in mock["command"]]
    store = f"--store={tmp_path / 'composed.db'}"
    command = [store if part.startswith("--store=") else part.replace("4010", "0") for part in say]
    with subprocess.Popen(
        [str(BIN / "troth"), *command], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            line = next(line for line in running.stdout if "/__mock/" in line)
            port = line.split("/__mock/")[0].rpartition(":")[2]
            check = [sys.executable, *mock["healthcheck"]["test"][2:]]
            check[-1] = check[-1].replace("4010", port)

            def health(token: str) -> subprocess.CompletedProcess[str]:
                env = {**os.environ, "CONTROL_TOKEN": token}
                return subprocess.run(check, env=env, capture_output=True, text=True, check=False)

            until = time.monotonic() + PATIENCE
            while health("lever").returncode != 0:  # its processes are starting
                assert time.monotonic() < until
            assert "HTTP Error 403" in health("other").stderr
        finally:
            running.terminate()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "things.yaml").write_text(DOCUMENT)
    with serve(0, "bug") as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def bash(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A script as a runner starts it."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_action_reports_and_fails(target: str, tmp_path: Path) -> None:
    (tmp_path / "troth" / "bin").mkdir(parents=True)
    (tmp_path / "troth" / "bin" / "troth").symlink_to(BIN / "troth")
    (step,) = [step for step in read("action.yml")["runs"]["steps"] if step.get("id") == "check"]
    files = {name: str(tmp_path / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    assert step["working-directory"] == "${{ inputs.working-directory }}"
    (tmp_path / "api").mkdir()
    (tmp_path / "things.yaml").rename(tmp_path / "api" / "things.yaml")
    files["GITHUB_WORKSPACE"] = str(tmp_path)
    given = {
        "SPEC": "things.yaml",
        "TARGET": target,
        "TROTH_TOKEN": TOKEN,
        "ARGS": "--only finishThing/* --all",
    }
    done = bash(step["run"], tmp_path / "api", RUNNER_TEMP=str(tmp_path), **given, **files)
    assert done.returncode == 1, done
    assert "::error file=api/things.yaml,line=" in done.stdout
    outputs = dict(line.split("=", 1) for line in Path(files["GITHUB_OUTPUT"]).read_text().splitlines())
    assert set(outputs) == set(read("action.yml")["outputs"])
    assert all(Path(file).stat().st_size > 1000 for file in outputs.values())
    assert "finishThing/transition/from=done" in Path(files["GITHUB_STEP_SUMMARY"]).read_text()
    assert TOKEN not in Path(outputs["html"]).read_text().split()


def test_the_template_reports_and_fails(target: str, tmp_path: Path) -> None:
    job = read("ci/troth.gitlab-ci.yml")[".troth-check"]
    lines = [line for line in job["script"] if not line.startswith("pip ")]
    variables = {
        **job["variables"],
        "TROTH_SPEC": "things.yaml",
        "TROTH_TARGET": target,
        "TROTH_TOKEN": TOKEN,
    }
    done = bash("\n".join(lines), tmp_path, PATH=f"{BIN}:{os.environ['PATH']}", **variables)
    assert done.returncode == 1, done
    assert (tmp_path / job["artifacts"]["reports"]["junit"]).exists()
    assert all((tmp_path / name).exists() for name in job["artifacts"]["paths"])
    after = bash("\n".join(job["after_script"]), tmp_path, PATH=f"{BIN}:{os.environ['PATH']}", **variables)
    assert "nothing to remove" in after.stdout
