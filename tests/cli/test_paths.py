"""Where `send` reads users from, and where it writes: every format, standard input, and nothing of somebody else's."""

from __future__ import annotations

import gzip
import os

import pytest
from cli.files import refused


class TestStandardInput:
    def test_is_read_once_and_kept_for_the_run(self, sends, folder, aws):
        done = sends("--users", "-", "--yes", stdin=b"user_id,name\nu-1,Ann\nu-2,Bob\n")
        assert done.code == 0, done.err
        assert len(aws.deliveries()) == 2
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_packed(self, sends, aws):
        assert sends("--users", "-", "--yes", stdin=gzip.compress(b"user_id,name\nu-1,Ann\n")).code == 0
        assert len(aws.deliveries()) == 1

    def test_faults_are_told_and_nothing_is_left(self, sends, folder):
        refused(sends("--users", "-", "--yes", stdin=b"user_id,name\nu-1,\n"), "standard input:2: name: has no value")
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_a_dry_run_leaves_nothing(self, sends, folder):
        assert sends("--users", "-", "--dry-run", "--journal", "run.db", stdin=b"user_id,name\nu-1,Ann\n").code == 0
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_goes_with_a_new_journal_only(self, sends, folder):
        assert sends("--users", "-", "--yes", "--journal", "run.db", stdin=b"user_id,name\nu-1,Ann\n").code == 0
        assert {"run.db", "run.db.json", "run.db.users"} <= {path.name for path in folder.iterdir()}
        done = sends("--users", "-", "--yes", "--journal", "run.db", stdin=b"user_id,name\nu-2,Bob\n")
        refused(done, "run.db: is there already", "pinpoint-users resume run.db")

    def test_is_closed(self, sends, monkeypatch):
        monkeypatch.setattr("pinpoint_users.cli.audience.sys", type("Sys", (), {"stdin": None}))
        refused(sends("--users", "-", "--yes"), "standard input is closed")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_of_the_shell_is_read_once_too(self, sends, aws):
        read, write = os.pipe()
        os.write(write, b"user_id,name\nu-1,Ann\n")
        os.close(write)
        try:
            done = sends("--users", f"/dev/fd/{read}", "--yes")
        finally:
            os.close(read)
        assert done.code == 0, done.err
        assert len(aws.deliveries()) == 1


class TestFiles:
    def test_parquet(self, sends, folder, aws):
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table({"user_id": ["u-1", "u-2"], "name": ["Ann", "Bob"]}), folder / "users.parquet")
        assert sends("--users", "users.parquet", "--yes").code == 0
        assert [delivery.body[:9] for delivery in aws.deliveries()] == ["Hello Ann", "Hello Bob"]

    def test_json_lines_packed(self, sends, folder, aws):
        (folder / "users.gz").write_bytes(gzip.compress(b'{"user_id": "u-1", "name": "Ann"}\n'))
        assert sends("--users", "users.gz", "--yes").code == 0
        assert len(aws.deliveries()) == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('\ufeffuser_id;name\r\nu-1;Ann\r\n\r\nu-2;"Bob ""B"""\r\n'.encode(), None),
            ("user_id,name\nu-1,Ann\n".encode("utf-16"), "users.csv:1: is UTF-16: save the file as UTF-8"),
            ("user_id,name\nu-1,Ren\u00e9\n".encode("cp1252"), "users.csv:2: isn't UTF-8"),
            (b"id,name\nu-1,Ann\n", "users.csv:1: "),
            (b"", "users.csv: "),
        ],
    )
    def test_csv_of_all_sorts(self, sends, folder, text, told):
        (folder / "users.csv").write_bytes(text)
        done = sends("--yes")
        if told is None:
            assert done.code == 0
            assert "2 users" in done.out
        else:
            assert len(refused(done, told)) <= 2


class TestPaths:
    @pytest.mark.parametrize("name", ["out.txt", "out", "out.jsonl.gz"])
    def test_a_report_of_no_format(self, sends, name):
        refused(sends("--yes", "--report", name), f"--report {name}: the name tells the format")

    def test_a_report_that_cannot_be_written(self, sends, folder, aws):
        refused(sends("--yes", "--report", "nowhere/out.csv"), "nowhere/out.csv: No such file or directory")
        (folder / "folder.csv").mkdir()
        refused(sends("--yes", "--report", "folder.csv"), "folder.csv: Is a directory")
        assert aws.requests == {}

    @pytest.mark.parametrize("name", ["users.csv", "./users.csv", "link.csv"])
    def test_a_report_over_the_users(self, sends, folder, name):
        (folder / "link.csv").symlink_to("users.csv")
        before = (folder / "users.csv").read_bytes()
        refused(sends("--yes", "--report", name), "would overwrite what the run reads")
        assert (folder / "users.csv").read_bytes() == before

    def test_a_report_is_left_as_it_was_where_nothing_is_sent(self, sends, folder):
        (folder / "out.csv").write_text("before", encoding="utf-8")
        refused(sends("--report", "out.csv"))
        assert (folder / "out.csv").read_text(encoding="utf-8") == "before"
        (folder / "bad.db").write_text("mine", encoding="utf-8")
        refused(sends("--yes", "--report", "out.csv", "--journal", "bad.db"), "bad.db: this file isn't a journal")
        assert (folder / "out.csv").read_text(encoding="utf-8") == "before"
        refused(sends("--report", "new.csv"))
        assert not (folder / "new.csv").exists()

    @pytest.mark.parametrize("name", ["run.json", "run.users"])
    def test_a_journal_whose_companions_would_overwrite_something(self, sends, folder, name):
        (folder / name).write_text("mine", encoding="utf-8")
        refused(sends("--yes", "--journal", "run"), f"{name}: is there already, and the journal run isn't")
        assert (folder / name).read_text(encoding="utf-8") == "mine"

    def test_a_journal_that_is_none(self, sends, folder, aws):
        before = (folder / "users.csv").read_bytes()
        refused(sends("--yes", "--journal", "users.csv"), "users.csv: this file isn't a journal")
        refused(sends("--yes", "--journal", "nowhere/run.db"), "nowhere/run.db")
        assert (folder / "users.csv").read_bytes() == before
        assert aws.requests == {}

    def test_a_run_that_began_in_the_same_second(self, sends, folder, monkeypatch):
        monkeypatch.setattr("pinpoint_users.cli.facts._now", lambda: "20300101-000000")
        (folder / "run-20300101-000000.db").write_text("", encoding="utf-8")
        refused(sends("--yes"), "run-20300101-000000.db: is there already: wait a second")
