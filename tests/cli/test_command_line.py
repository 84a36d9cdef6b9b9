"""The frame of all commands: help and its examples, completion, wrong usage, what ends a command, and `local`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys

import pytest

import pinpoint_users.__main__
from pinpoint_users._transport.base import answer_error
from pinpoint_users.cli import main
from pinpoint_users.cli.exits import in_option_words

COMMANDS = [
    *([name] for name in ["send", "resume", "report", "check", "preview", "schema", "doctor", "local", "completion"]),
    *(["endpoints", name] for name in ["import", "export", "show", "check"]),
    ["endpoints"],
    [],
]
MESSAGE_AND_USERS = ("--message", "message.toml", "--users", "users.csv")
ENDPOINTS = "".join(
    json.dumps({"Id": f"e-{n}", "ChannelType": "SMS", "Address": f"+1206555010{n}", "User": {"UserId": f"u-{n}"}}) + "\n"
    for n in (1, 2, 3)
)


def example_of(command, *words):
    """The example that a command's help ends with, as arguments."""
    example = command(*words, "--help").out.split("Example:\n")[-1]
    assert example.startswith("  pinpoint-users "), example
    return shlex.split(example.split(" > ")[0].replace("\\\n", ""))[1:]


@pytest.fixture
def everything(command, aws, folder, monkeypatch):
    """All that the examples speak of: an application, a directory, an export, and a journal of a run that was cut short."""
    for name in ("PINPOINT", "SESV2", "PINPOINT_SMS_VOICE_V2"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", aws.url)
    (folder / "export.gz").write_text(ENDPOINTS, encoding="utf-8")
    assert command("endpoints", "import", "--directory", "users.db", "export.gz").code == 0
    return aws


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_help_ends_with_an_example_that_is_of_that_command(command, words):
    done = command(*words, "--help")
    assert done.code == 0
    assert done.err == ""
    assert example_of(command, *words)[: len(words)] == words


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_usage_names_what_is_required(command, words):
    usage, rest = command(*words, "--help").out.split("\n\n", 1)
    assert " ".join(usage.split()).startswith(" ".join(["Usage: pinpoint-users", *words]))
    required = {line.split()[2] for line in rest.splitlines() if line.startswith("│ *")}
    assert required <= {*usage.split()}
    assert ("COMMAND" in usage) is ("─ Commands ─" in rest)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_made_for_80_columns(command, monkeypatch, words):
    """Nothing is broken that is to be copied, or that is broken already."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = command(*words, "--help").out.splitlines()
    assert not [line for line in lines[2:] if line.endswith(" ") and not line.startswith("│")]


def test_no_help_imports_what_a_run_takes():
    program = f"""
import sys
from pinpoint_users.cli import main
assert not any(main([*words, "--help"]) for words in {COMMANDS})
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    taken = {"asyncio", "boto3", "botocore", "cattrs", "pinpoint_users.client", "pinpoint_users.messages", "sqlite3", "ssl"}
    assert not taken & {*done.stderr.split()}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["send", "-h"], ["send", "--users", "--help"], ["endpoints", "-h"]])
def test_help_is_asked_for_by_either_name_and_wherever(command, words):
    done = command(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: pinpoint-users ")


@pytest.mark.parametrize("words", [words for words in COMMANDS if words not in (["local"], ["doctor"], ["send"])], ids=" ".join)
def test_the_examples_run(command, everything, folder, words):
    if words in (["resume"], ["report"]):
        service = ("--application-id", "app-1", "--endpoint-url", everything.url)
        assert command("send", *service, *MESSAGE_AND_USERS, "--journal", "run.db", "--yes").code == 0
    done = command(*example_of(command, *words))
    assert done.code == 0, done.err


def test_the_example_of_send_shows_what_would_go_out(command, everything):
    arguments = ["app-1" if word == "APP" else word for word in example_of(command, "send")]
    done = command(*arguments, "--endpoint-url", everything.url)
    assert done.code == 0, done.err
    assert "3 users" in done.out + done.err
    assert everything.requests == {}


def test_the_example_of_doctor_looks_at_an_application(command, everything):
    arguments = ["app-1" if word == "APP" else word for word in example_of(command, "doctor")]
    done = command(*arguments, "--endpoint-url", everything.url)
    assert done.code == 0, done.out


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_every_command_is_in_it(self, command, shell):
        done = command("completion", shell)
        assert done.code == 0
        for words in COMMANDS:
            assert all(word in done.out for word in words)
        assert "application-id" in done.out
        if path := shutil.which(shell):
            subprocess.run([path, "-n"], input=done.out, text=True, check=True, timeout=20)

    def test_zsh_finds_it_by_the_name_of_its_function(self, command):
        assert re.search(r"^(\S+)\(\) \{", command("completion", "zsh").out, re.MULTILINE)[1] == "_cyclopts_pinpoint-users"
        assert "_cyclopts_pinpoint-users" in command("completion", "--help").out

    def test_another_shell(self, command):
        done = command("completion", "cmd")
        assert done.code == 2
        assert done.out == ""
        assert "see pinpoint-users completion --help" in done.err

    @pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
    @pytest.mark.parametrize(
        ("typed", "completed"),
        [
            ("do", "ctor "),
            ("endpoints im", "port "),
            ("send --app", "lication-id "),
            ("send --message mess", "age.toml "),
            ("report ru", "n.db "),
            ("send --users-format js", "onl "),
            ("completion z", "sh "),
        ],
    )
    def test_bash_completes(self, command, folder, typed, completed):
        pexpect = pytest.importorskip("pexpect")
        (folder / "completion").write_text(command("completion", "bash").out, encoding="utf-8")
        (folder / "run.db").touch()
        environment = {**os.environ, "PS1": "> ", "TERM": "dumb", "INPUTRC": os.devnull, "HISTFILE": ""}
        bash = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], encoding="utf-8", env=environment, timeout=20)
        try:
            bash.expect_exact("> ")
            bash.sendline("source completion; echo ready")
            bash.expect_exact("\nready")
            bash.expect_exact("> ")
            bash.send(f"pinpoint-users {typed}\t")
            bash.expect_exact(f"pinpoint-users {typed}")
            bash.expect_exact(completed)
        finally:
            bash.close(force=True)


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["sned"], "sned"),
            (["send", "--users", "users.csv"], "--message"),
            (["send", *MESSAGE_AND_USERS, "--rate", "quick"], "quick"),
            (["send", *MESSAGE_AND_USERS, "--nobody"], "--nobody"),
            (["local", "--port", "x\x1b[2J"], r"\e[2J"),
        ],
    )
    def test_is_a_line_and_where_to_look(self, command, folder, words, said):
        done = command(*words)
        assert done.code == 2
        assert done.out == ""
        assert said in done.err
        assert "\x1b" not in done.err
        assert re.fullmatch(r"see pinpoint-users( \w+)? --help", done.err.splitlines()[-1])

    def test_an_application_is_required(self, command, folder):
        done = command("send", *MESSAGE_AND_USERS, "--yes")
        assert done.code == 2
        assert "--application-id is required" in done.err

    def test_a_channel_that_is_none(self, sends):
        done = sends("--channels", "sms,pigeon", "--yes")
        assert done.code == 2
        assert "'PIGEON' isn't a channel" in done.err

    @pytest.mark.parametrize("option", ["--from-email-address", "--configuration-set", "--origination-identity"])
    def test_what_takes_a_directory(self, sends, option):
        done = sends(option, "x@example.com", "--yes")
        assert done.code == 2
        assert f"{option}: takes --directory" in done.err

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("report", "nowhere.db"), "nowhere.db: the journal can't be read"),
            (("resume", "nowhere.db"), "nowhere.db: there is no such journal"),
            (("send", "--message", "message.toml"), "give either --users FILE"),
            (("send", "--what"), "--message requires an argument"),
        ],
    )
    def test_is_an_object_for_machines(self, command, folder, words, said):
        done = command(*words, "--json")
        told = json.loads(done.out)
        assert done.code == told["exit_code"] == 2
        assert said in told["errors"][0]
        assert done.err.splitlines() == told["errors"]

    def test_no_extra(self, command, monkeypatch):
        monkeypatch.setitem(sys.modules, "cyclopts", None)
        done = command("schema")
        assert done.code == 2
        assert done.out == ""
        assert re.fullmatch(
            r"pinpoint-users: .*cyclopts.*: it comes with the extra `cli`: in a clone, pip install '\.\[cli\]'\n", done.err
        )


class TestWhatEndsACommand:
    def test_a_fault_of_ours_has_its_traceback(self, command, monkeypatch):
        def fault(_console):
            raise ZeroDivisionError

        monkeypatch.setattr("pinpoint_users.cli.schema.run_schema", fault)
        with pytest.raises(ZeroDivisionError):
            command("schema")

    def test_an_interrupt_has_not(self, command, monkeypatch):
        def interrupt(_console):
            raise KeyboardInterrupt

        monkeypatch.setattr("pinpoint_users.cli.schema.run_schema", interrupt)
        assert command("schema") == (130, "", "interrupted; nothing was sent\n")

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (["completion", "bash"], 141),
            (["schema"], 141),
            (["--help"], 141),
            (["check", "--help"], 141),
            (["send", "--users", "--help"], 141),
            (["--version"], 141),
            (["check", *MESSAGE_AND_USERS], 141),
            (["preview", *MESSAGE_AND_USERS], 141),
            (["doctor", "--profile", "absent"], 141),
            (["endpoints", "check", "--directory", "users.db"], 141),
            (["send", "--local", *MESSAGE_AND_USERS], 0),  # it has done its work
        ],
    )
    def test_a_reader_who_has_seen_enough(self, command, folder, capsys, words, code):
        (folder / "export").write_text(ENDPOINTS, encoding="utf-8")
        assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
        reading, writing = os.pipe()
        os.close(reading)
        with contextlib.redirect_stdout(os.fdopen(writing, "w", encoding="utf-8")) as pipe:
            assert main(words) == code
            assert sys.stdout is None
        assert not re.search("Traceback|Broken", capsys.readouterr().err)
        with contextlib.suppress(BrokenPipeError):
            pipe.close()

    @pytest.mark.parametrize("words", [["--help"], ["preview", *MESSAGE_AND_USERS]])
    def test_a_width_of_nothing_is_none(self, command, folder, monkeypatch, words):
        monkeypatch.setenv("COLUMNS", "0")
        assert len(command(*words).out.splitlines()) > 5

    @pytest.mark.parametrize("operation", ["SendMessages", "SendUsersMessages", "SendBulkEmail", "SendTextMessage"])
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 410, 413, 429, 500])
    def test_no_remedy_is_in_the_words_of_python(self, operation, status):
        for code in ("", str(status), "AccessDeniedException"):
            error = answer_error(operation, status, code=code, message="The end of support was reached")
            assert not re.search(r"PinpointUsers|RetryPolicy|LocalPinpoint|\w=", in_option_words(str(error)))

    def test_what_an_encoding_lacks_is_shown(self, folder, monkeypatch):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["preview", "--message", "message.toml", "--set", "name=Åsa"]) == 0
        stream.flush()
        assert b"Hello \\xc5sa, your order" in stream.buffer.getvalue()

    def test_a_warning_is_a_line(self, command, monkeypatch):
        import warnings

        def warn(_console):
            warnings.simplefilter("always")
            warnings.warn("look \x1b out", stacklevel=1)

        monkeypatch.setattr("pinpoint_users.cli.schema.run_schema", warn)
        assert command("schema") == (0, "", "warning: look \\e out\n")

    def test_the_version(self, command):
        assert re.fullmatch(r"\d+\.\d+\S*\n", command("--version").out)

    def test_it_is_a_module_to_run(self, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["pinpoint-users", "completion", "fish"])
        with pytest.raises(SystemExit, match="0"):
            runpy.run_path(pinpoint_users.__main__.__file__, run_name="__main__")
        assert "pinpoint-users" in capsys.readouterr().out
