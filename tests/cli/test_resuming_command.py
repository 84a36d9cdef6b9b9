"""The command that resumes a run, as it is told, and the password that it asks for again."""

from __future__ import annotations

import re
import sys

import attrs
import pytest

from pinpoint_users.cli.facts import RunFacts, kept_directory, resuming_command
from pinpoint_users.cli.options import SendOptions


class TestTheResumingCommand:
    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("run.db", "run.db"),
            ("my run.db", "'my run.db'"),
            ("-run.db", "./-run.db"),
            ("a\nb'\x1b.db", r"$'\141\012\142\047\033\056\144\142'"),
        ],
    )
    def test_names_the_journal_for_a_shell(self, monkeypatch, name, written):
        monkeypatch.setattr(sys, "argv", ["pytest"])
        assert resuming_command(name) == f"pinpoint-users resume {written}"

    def test_names_the_program_as_it_was_called(self, monkeypatch, tmp_path):
        monkeypatch.setattr(sys, "argv", [str(tmp_path / "__main__.py")])
        monkeypatch.setattr(sys, "executable", "/my python")
        assert resuming_command("run.db") == "'/my python' -m pinpoint_users resume run.db"
        monkeypatch.setattr(sys, "argv", [str(tmp_path / "pinpoint-users")])
        monkeypatch.setenv("PATH", "/nowhere")
        assert resuming_command("run.db") == f"{tmp_path}/pinpoint-users resume run.db"


class TestThePasswordOfADirectory:
    def test_is_not_written(self, folder):
        directory = "postgresql://ann:secret@host:5432/db?sslmode=require&password=secret"
        options = SendOptions(message="message.toml", users="users.csv", directory=directory)
        RunFacts.of(options, "users.csv", journal="run.db", message_sha256="", count=3, skipped=0).write("run.db")
        assert "secret" not in (folder / "run.db.json").read_text(encoding="ascii")
        assert RunFacts.read("run.db").options.directory == "postgresql://ann@host:5432/db?sslmode=require"
        assert kept_directory("postgresql://ann:s:e?c%40r@host/db?password=secret") == "postgresql://ann@host/db"
        assert kept_directory("postgresql://host/db") == "postgresql://host/db"
        assert kept_directory("dynamodb://endpoints") == "dynamodb://endpoints"

    @pytest.mark.usefixtures("aws")
    def test_is_asked_for_by_resume(self, sends, command, folder):
        assert sends("--yes", "--journal", "run.db").code == 0
        done = command("resume", "run.db", "--directory", "users.db", "--yes")
        assert (done.code, done.err) == (
            2,
            "--directory: the run has none: give that, with its password, or leave it out\n",
        )
        facts = RunFacts.read("run.db")
        bare = "postgresql://ann@127.0.0.1:1/db"
        attrs.evolve(facts, options=attrs.evolve(facts.options, directory=bare)).write("run.db")
        done = command("resume", "run.db", "--yes")
        assert done.code == 3
        assert "set PGPASSWORD, write it to ~/.pgpass, or give --directory again" in done.err
        done = command("resume", "run.db", "--yes", "--directory", "postgresql://ann:secret@127.0.0.1:1/db")
        assert done.code == 3
        assert not re.search("secret|PGPASSWORD", done.err)
        done = command("resume", "run.db", "--yes", "--directory", "postgresql://ann:secret@127.0.0.1:1/other")
        assert (done.code, done.err) == (
            2,
            f"--directory: the run is of {bare}: give that, with its password, or leave it out\n",
        )
