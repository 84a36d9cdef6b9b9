"""What the documents show works: README's programs, the examples, and the examples in docstrings."""

from __future__ import annotations

import csv
import doctest
import gzip
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pinpoint_users
from pinpoint_users.local import LocalPinpoint

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README.md": README, **{page.name: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))}}
PROGRAMS = [
    pytest.param(program, id=f"{name}-{number}")
    for name, page in PAGES.items()
    for number, program in enumerate(re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))
]
TESTS = [program for program in PROGRAMS if "\ndef test_" in program.values[0]]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[0].splitlines()
MODULES = sorted(module.name for module in pkgutil.walk_packages(pinpoint_users.__path__, "pinpoint_users."))


@pytest.fixture
def aws(monkeypatch):
    """The environment in which boto3 finds the embedded service, with the user of the one-time password."""
    with LocalPinpoint(application_id="application-id") as local, local.serve() as server:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield local


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder but for an export, such as the documents' programs are run in."""
    endpoints = [("u-1", "SMS", "+12065550100"), ("u-1", "EMAIL", "ann@example.com"), ("u-2", "SMS", "+12065550101")]
    lines = [
        {
            "ChannelType": channel,
            "Address": address,
            "OptOut": "ALL" if user_id == "u-2" else "NONE",
            "EffectiveDate": "2026-10-01T08:00:00.000Z",
            "User": {"UserId": user_id, "UserAttributes": {"Name": ["Ann"]}},
            "Id": f"{channel.lower()}-{user_id.removeprefix('u-')}",
        }
        for user_id, channel, address in endpoints
    ]
    with gzip.open(tmp_path / "export.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(program: str) -> str:
    """Runs an example in a process of its own, warnings being errors there too."""
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / program)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(program: str) -> str | None:
    """What a program's comments say that it prints, as a regular expression; `…` stands for anything."""
    lines = re.findall(r"^ *# ?(.*)$", program, re.MULTILINE)
    return re.escape("\n".join(lines)).replace("…", ".*") if lines else None


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_documents_programs_do_what_they_say(aws, folder, capsys, program):
    exec(compile(program, "<document>", "exec"), {"__name__": "__main__"})
    expected = printed(program)
    if expected is not None:
        assert re.fullmatch(expected, capsys.readouterr().out.strip(), re.DOTALL)


@pytest.mark.parametrize("program", TESTS)
def test_the_documents_tests_pass(pytester, program):
    pytester.makepyfile(program)
    number = len(re.findall(r"^def test_", program, re.MULTILINE))
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=number)


def test_the_first_program_comes_early_and_is_the_example():
    assert README[: README.index("```python")].count("\n") < 30
    assert (ROOT / "examples" / "one_time_password.py").read_text(encoding="utf-8").endswith(PROGRAMS[0].values[0])


def test_the_first_two_commands_run_the_quickstart_and_the_tests():
    assert COMMANDS[0].endswith("examples/quickstart.py")
    assert COMMANDS[1].endswith("nox -s tests")


def test_a_one_time_password_is_under_a_dozen_lines_and_arrives(aws):
    lines = (ROOT / "examples" / "one_time_password.py").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) < 12
    run("one_time_password.py")
    assert [delivery.body for delivery in aws.deliveries()] == ["Your code is 123456"]


def test_the_quickstart_shows_the_retries(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "not-on-this-machine")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy")
    out = run("quickstart.py")
    assert "250 users in 3 requests; throttled endpoints alone again in 6 more:" in out
    assert re.search(r"^SUCCESSFUL +1 +186$", out, re.MULTILINE)
    assert re.search(r"^SUCCESSFUL +3 +64$", out, re.MULTILINE)
    assert "570 addresses got 570 messages:" in out
    assert "{{" not in out


def test_the_quickstarts_users_are_reached_over_several_channels():
    with (ROOT / "examples" / "users.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["user_id"] for row in rows}) == 250
    assert all(row["name"] and row["order"] for row in rows)
    assert all(sum(map(bool, (row["phone"], row["email"], row["device_token"]))) >= 2 for row in rows)
    # Numbers and addresses that are set aside for examples: nobody's.
    assert all(re.fullmatch(r"(\+1\d{3}55501\d\d)?", row["phone"]) for row in rows)
    assert all(re.fullmatch(r"(\w+@example\.com)?", row["email"]) for row in rows)


@pytest.mark.parametrize("name", PAGES)
def test_links_between_the_documents_lead_somewhere(name):
    directory = ROOT if name == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", PAGES[name]):
        assert (directory / target).exists(), target


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_show_what_happens(module):
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert not failed
