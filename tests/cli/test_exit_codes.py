"""What every command ends with; a fault of troth's own is one line and a file, whatever it is."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Mapping
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from tests.cli.distributions import install
from tests.cli.documents import GOOD, write
from tests.cli.running import TROTH, Done, here, run, start
from troth.contracts.commands import internal_errors

COMMANDS = sorted(entry.name for entry in entry_points(group="troth.commands"))
PAGES = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_has_an_example_and_the_exit_codes(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    helped = here(capsys, monkeypatch, name, "--help")
    assert helped.code == 0
    assert re.search(rf"^  Example:\n    troth {name}\b", helped.out, re.MULTILINE), helped.out
    codes = re.findall(r"^ +(\d+)  \S", helped.out.partition("Exit codes:\n")[2], re.MULTILINE)
    assert [code for code in codes if code not in ("1", "130")] == ["0", "2", "70"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_exit_codes_names_every_command(name: str) -> None:
    assert f"| `troth {name}` |" in (PAGES / "exit-codes.md").read_text("utf-8")


FAULTY = """\
import click

@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1)
def faulty(words):
    import builtins
    raise getattr(builtins, words[0])(" ".join(words[1:]) or "no\\n   luck")

@click.command()
def clicks():
    raise click.exceptions.UsageError("not like that")

@click.command()
def clicks_fault():
    raise RuntimeError("There is no active click context.")

@click.command()
def compiled():
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as interrupted:  # as a compiled module does while it is loaded
        raise ImportError("initialization failed") from interrupted

text = "no command"
"""
ENTRIES = """\
[troth.commands]
faulty = faulty:faulty
clicks = faulty:clicks
clicks-fault = faulty:clicks_fault
absent = faulty:absent
compiled = faulty:compiled
text = faulty:text
broken = faulty_broken
part = troth.contracts.no_such_part
"""


@pytest.fixture
def faulty(tmp_path: Path) -> Mapping[str, str]:
    (tmp_path / "faulty_broken.py").write_text("1 / 0\n")
    (tmp_path / "temporary").mkdir()
    return {**install(tmp_path, "faulty", FAULTY, ENTRIES), "TMPDIR": str(tmp_path / "temporary")}


def details(done: Done) -> str:
    """The file that the one line on stderr names."""
    line = re.fullmatch(r"troth: internal error: \w+: [^\n]*; details in (\S+)\n", done.err)
    assert line is not None, done
    assert (done.code, done.out) == (70, "")
    return Path(line[1]).read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("faulty", "ValueError"), "ValueError: no luck"),
        (("faulty", "RecursionError"), "RecursionError: no luck"),
        (("faulty", "AssertionError"), "AssertionError: no luck"),
        (("faulty", "FileNotFoundError"), "FileNotFoundError: no luck"),
        (("clicks-fault",), "RuntimeError: There is no active click context."),
        (("absent",), "AttributeError: module 'faulty' has no attribute 'absent'"),
        (("text",), "TypeError: the entry point faulty:text of 'text' is no click command"),
        (("broken",), "ZeroDivisionError: division by zero"),
        (("part", "--help"), "ModuleNotFoundError: No module named 'troth.contracts.no_such_part'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_fault_of_ours(args: tuple[str, ...], says: str, faulty: Mapping[str, str], tmp_path: Path) -> None:
    done = run(*args, folder=tmp_path, env=faulty)
    text = details(done)
    assert done.err.startswith(f"troth: internal error: {says}; details in ")
    assert f"troth {version('troth')}\n" in text
    assert "\npython 3." in text
    assert f"\ntroth {' '.join(args)}\n" in text
    assert "Traceback (most recent call last)" in text


def test_what_click_objects_to_is_usage(faulty: Mapping[str, str], tmp_path: Path) -> None:
    done = run("clicks", folder=tmp_path, env=faulty)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("Error: not like that\n")
    assert not list((tmp_path / "temporary").iterdir())


def test_an_import_that_is_interrupted(faulty: Mapping[str, str], tmp_path: Path) -> None:
    done = run("compiled", folder=tmp_path, env=faulty)
    assert (done.code, done.out, done.err) == (130, "", "troth: interrupted\n")
    assert not list((tmp_path / "temporary").iterdir())


def test_secrets_are_not_in_the_details(faulty: Mapping[str, str], tmp_path: Path) -> None:
    secrets = ["pk_live_1", "pk_live_2", "pk_live_3", "anna:pk_live_4"]
    done = run(
        *("faulty", "ValueError", "--token", secrets[0], f"--control-token={secrets[1]}"),
        *("--api-key", secrets[2], "--target", f"https://{secrets[3]}@api.test/v1", "--port", "80"),
        folder=tmp_path,
        env=faulty,
    )
    text = details(done)
    assert not any(secret in text + done.err for secret in secrets)
    command = "troth faulty ValueError --token <redacted> --control-token=<redacted> --api-key <redacted>"
    assert f"\n{command} --target https://<redacted>@api.test/v1 --port 80\n" in text


def test_where_no_file_can_be_written(faulty: Mapping[str, str], tmp_path: Path) -> None:
    program = f"import tempfile; tempfile.tempdir = {str(tmp_path / 'absent')!r}\n"
    (tmp_path / "sitecustomize.py").write_text(program)  # every folder that python itself tries is there
    done = run("faulty", "ValueError", folder=tmp_path, env=faulty)
    expected = "troth: internal error: ValueError: no luck; the details could not be written: "
    assert (done.code, done.out) == (70, "")
    assert done.err == f"{expected}No such file or directory\n"


def test_a_fault_when_the_mock_starts(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import uvicorn\ndef broken(*_, **__):\n    raise OverflowError('no loop')\n"
        "uvicorn.Config.__init__ = broken\n"
    )
    write(tmp_path, GOOD)
    done = run("mock", "api.yaml", "--port", "0", folder=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert "OverflowError: no loop" in details(done)


def test_a_reader_that_leaves_is_no_finding(tmp_path: Path) -> None:
    for args in (("explain",), ("lint", "--help"), ("--help",)):
        with start(*args, folder=tmp_path) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            said = process.stderr.read()
        assert (process.returncode, said) == (141, "")


def test_an_interrupted_command(tmp_path: Path, faulty: Mapping[str, str]) -> None:
    done = run("faulty", "KeyboardInterrupt", folder=tmp_path, env=faulty)
    assert (done.code, done.out, done.err.strip()) == (130, "", "troth: interrupted")


def test_a_mock_that_is_stopped_is_fine(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with subprocess.Popen(
        [TROTH, "mock", "api.yaml", "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as mock:
        assert mock.stdout is not None
        assert any("Ctrl+C" in line for line in mock.stdout)
        mock.send_signal(signal.SIGINT)
    assert mock.returncode == 0


@pytest.mark.parametrize("arguments", [["specs"], ["--help"], ["lint", "--format", "json", "puffle"]])
def test_a_full_disk_is_no_fault_of_troth(arguments: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [TROTH, *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "troth: cannot write: No space left on device\n"


def test_a_document_without_operations_is_served(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("openapi: 3.1.0\ninfo: {title: Bare, version: '1'}\npaths: {}\n")
    with start("mock", "bare.yaml", "--port", "0", folder=tmp_path) as serving:
        assert serving.stdout is not None
        lines = iter(serving.stdout.readline, "")
        said = next(line for line in lines if "operation" in line)
        serving.send_signal(signal.SIGINT)
    assert said == "There is no operation in its document: every path is answered 404.\n"


def test_a_full_stderr_changes_no_exit_code(tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [TROTH, "lint", "nothing.yaml"], cwd=tmp_path, stdout=full, stderr=full, check=False
        )
    assert done.returncode == 2


@pytest.mark.parametrize(
    "argument",
    ["https://h.example/p?api_key=hunter2", "https://hunter2@h.example/", "https://h.example/#hunter2"],
)
def test_secrets_of_a_url_are_in_no_details(argument: str) -> None:
    shown = internal_errors.redacted(["check", "puffle", "--target", argument])
    assert "hunter2" not in " ".join(shown)
