"""`endpoints import | export | show | check`."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import threading

import pytest

CSV = "ChannelType,Address,User.UserId,Id\nSMS,+12065550100,u-1,e-1\nEMAIL,ann@example.com,u-1,e-2\nSMS,+12065550101,u-2,e-3\n"


def line(endpoint_id, channel="SMS", address="+12065550100", user="u-1", **more):
    return json.dumps({"Id": endpoint_id, "ChannelType": channel, "Address": address, "User": {"UserId": user}, **more}) + "\n"


@pytest.fixture
def at_terminal(monkeypatch):
    """Somebody looks at standard error."""
    monkeypatch.setattr("pinpoint_users.cli.endpoints.is_terminal", lambda stream: stream is sys.stderr)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def imported(command, folder):
    """A directory of three endpoints of two users, one opted out and one inactive."""
    text = (
        line("e-1") + line("e-2", "EMAIL", "ann@example.com", OptOut="ALL") + line("e-3", user="u-2", EndpointStatus="INACTIVE")
    )
    (folder / "export").write_text(text, encoding="utf-8")
    assert command("endpoints", "import", "--directory", "users.db", "export").code == 0


class TestImport:
    @pytest.mark.parametrize("is_gzip", [False, True], ids=["plain", "gzip"])
    @pytest.mark.parametrize(
        "text",
        [CSV, line("e-1") + line("e-2", address="+12065550101") + line("e-3", "EMAIL", "ann@example.com")],
        ids=["csv", "jsonl"],
    )
    def test_takes_a_file(self, command, folder, text, is_gzip):
        (folder / "export").write_bytes(gzip.compress(text.encode()) if is_gzip else text.encode())
        done = command("endpoints", "import", "--directory", "users.db", "export")
        assert done == (0, "3 endpoints imported, 0 there already, 0 made inactive, 0 faults\n", "")
        again = command("endpoints", "import", "--directory", "users.db", "export")
        assert again.out == "0 endpoints imported, 3 there already, 0 made inactive, 0 faults\n"

    def test_takes_standard_input(self, command, folder):
        done = command("endpoints", "import", "--directory", "users.db", "-", stdin=line("e-1").encode())
        assert done.out == "1 endpoint imported, 0 there already, 0 made inactive, 0 faults\n"

    def test_a_bad_line_costs_itself_only(self, command, folder):
        (folder / "export").write_text(line("e-1") + "{\n" + line("e-2", "EMAIL", "ann@example.com"), encoding="utf-8")
        done = command("endpoints", "import", "--directory", "users.db", "export")
        assert done.code == 1
        assert done.out == "2 endpoints imported, 0 there already, 0 made inactive, 1 fault\n"
        assert done.err.startswith("export, line 2: ")
        assert done.err.count("\n") == 1

    def test_a_hundred_bad_lines_are_twenty_and_a_count(self, command, folder):
        (folder / "export").write_text("{\x1b[2J\n" * 100, encoding="utf-8")
        done = command("endpoints", "import", "--directory", "users.db", "export")
        assert done.code == 1
        *first, rest = done.err.splitlines()
        assert [each.split(":")[0] for each in first] == [f"export, line {number}" for number in range(1, 21)]
        assert rest == "… and 80 more"
        assert "\x1b" not in done.err

    def test_shows_how_far_it_is_at_a_terminal(self, command, folder, at_terminal):
        (folder / "export").write_text(CSV, encoding="utf-8")
        done = command("endpoints", "import", "--directory", "users.db", "export")
        assert "importing" in done.err
        assert re.search(r"(\d+)/\1 bytes", done.err)

    def test_quietly(self, command, folder, at_terminal):
        (folder / "export").write_text(CSV, encoding="utf-8")
        assert command("endpoints", "import", "--directory", "users.db", "export", "--quiet").err == ""

    @pytest.mark.skipif(sys.platform == "win32", reason="pipes with names are POSIX's")
    def test_takes_what_a_shell_substitutes(self, command, folder):
        os.mkfifo(folder / "pipe")
        writer = threading.Thread(target=(folder / "pipe").write_text, args=(line("e-1"),))
        writer.start()
        done = command("endpoints", "import", "--directory", "users.db", "pipe")
        writer.join()
        assert done.out.startswith("1 endpoint imported")

    def test_a_folder(self, command, folder):
        done = command("endpoints", "import", "--directory", "users.db", str(folder))
        assert done.code == 2
        assert done.err == f"{folder}: Is a directory: see that it is there and may be used\n"

    def test_a_file_that_is_not_there(self, command, folder):
        done = command("endpoints", "import", "--directory", "users.db", "absent")
        assert done == (2, "", "absent: there is no such file\n")
        assert not (folder / "users.db").exists()


class TestExport:
    @pytest.mark.parametrize("name", ["out", "out.gz"])
    def test_what_comes_out_can_be_imported(self, command, folder, imported, name):
        assert command("endpoints", "export", "--directory", "users.db", name) == (0, f"3 endpoints exported to {name}\n", "")
        content = (folder / name).read_bytes()
        rows = (gzip.decompress(content) if name == "out.gz" else content).decode().splitlines()
        assert sorted(json.loads(row)["Id"] for row in rows) == ["e-1", "e-2", "e-3"]
        done = command("endpoints", "import", "--directory", "other.db", name)
        assert done.out.startswith("3 endpoints imported")

    def test_shows_how_far_it_is_at_a_terminal(self, command, imported, at_terminal):
        assert "3 endpoints" in command("endpoints", "export", "--directory", "users.db", "out").err
        assert command("endpoints", "export", "--directory", "users.db", "out", "--quiet").err == ""

    def test_a_file_that_cannot_be_written(self, command, imported):
        done = command("endpoints", "export", "--directory", "users.db", "absent/out")
        assert done.code == 2
        assert "absent/out" in done.err
        assert done.err.count("\n") == 1


class TestShow:
    def test_addresses_are_masked(self, command, imported):
        done = command("endpoints", "show", "--directory", "users.db", "u-1")
        assert done.code == 0
        assert [row.split()[0] for row in done.out.splitlines()] == ["SMS", "EMAIL"]
        assert done.out.splitlines()[1].endswith("e-2  opted out")
        assert "+12065550100" not in done.out
        assert "ann@" not in done.out
        assert "e-3  inactive" in command("endpoints", "show", "--directory", "users.db", "u-2").out

    def test_json_has_them_whole(self, command, imported):
        done = command("endpoints", "show", "--directory", "users.db", "u-1", "--json")
        assert [each["Address"] for each in json.loads(done.out)["Item"]] == ["+12065550100", "ann@example.com"]

    def test_a_user_without_any(self, command, imported):
        done = command("endpoints", "show", "--directory", "users.db", "u-\x1b9")
        assert done == (1, "u-\\e9 has no endpoint\n", "")
        assert command("endpoints", "show", "--directory", "users.db", "u-9", "--json").out == '{"Item": []}\n'


class TestCheck:
    def test_counts_them(self, command, imported):
        done = command("endpoints", "check", "--directory", "users.db")
        assert done == (0, "3 endpoints: 1 EMAIL, 2 SMS\n1 opted out, 1 inactive, 0 with a fault\n", "")

    def test_an_empty_directory(self, command, folder):
        command("endpoints", "import", "--directory", "users.db", "-", stdin=b"")
        assert command("endpoints", "check", "--directory", "users.db").out.startswith("0 endpoints\n")

    def test_addresses_that_are_none(self, command, imported):
        bad = "".join(line(f"bad-{number}", address=f"{number}", user=f"v-{number}") for number in range(25))
        command("endpoints", "import", "--directory", "users.db", "-", stdin=bad.encode())
        done = command("endpoints", "check", "--directory", "users.db")
        assert done.code == 1
        assert len(done.err.splitlines()) == 20
        assert all(fault.startswith("endpoint bad-") for fault in done.err.splitlines())
        assert done.out.splitlines()[1] == "1 opted out, 1 inactive, 25 with a fault"

    def test_who_has_none_that_can_be_sent_to(self, command, folder, imported):
        (folder / "many.csv").write_text("user_id\nu-1\nu-2\nu-3\n\n", encoding="utf-8")
        done = command("endpoints", "check", "--directory", "users.db", "--users", "many.csv")
        assert done.code == 1
        assert done.out.splitlines()[-1] == "3 users, 2 without an endpoint that can be sent to"
        assert done.err == "".join(f"user u-{number}: no endpoint that can be sent to\n" for number in (2, 3))

    def test_all_users_are_reached(self, command, folder, imported):
        (folder / "one.csv").write_text("user_id\nu-1\n", encoding="utf-8")
        assert command("endpoints", "check", "--directory", "users.db", "--users", "one.csv").code == 0

    def test_bad_lines_of_the_users_are_told(self, command, imported):
        done = command(
            "endpoints", "check", "--directory", "users.db", "--users", "-", "--json", stdin=b'{"user_id": "u-1"}\n{\n'
        )
        assert done.code == 1
        told = json.loads(done.out)
        assert told["users"] == 1
        assert told["channels"] == {"EMAIL": 1, "SMS": 1}
        assert len(told["faults"]) == 1

    def test_shows_how_far_it_is_at_a_terminal(self, command, folder, imported, at_terminal):
        (folder / "one.csv").write_text("user_id\nu-1\n", encoding="utf-8")
        assert "3 endpoints" in command("endpoints", "check", "--directory", "users.db").err
        assert "1 users" in command("endpoints", "check", "--directory", "users.db", "--users", "one.csv").err

    def test_more_users_than_are_looked_up_at_a_time(self, command, imported):
        done = command("endpoints", "check", "--directory", "users.db", "--users", "-", stdin=b"user_id\n" + b"u-1\n" * 250)
        assert done.out.splitlines()[-1] == "250 users, 0 without an endpoint that can be sent to"


def test_what_others_have_named_does_not_drive_the_terminal(command, folder):
    hostile = "\x1b[2J\r\n"
    export = line(f"e-1{hostile}", f"SMS{hostile}", f"1{hostile}", f"u-1{hostile}") + line("e-2", user=f"u-2{hostile}")
    (folder / f"export{hostile}").write_text(export + f'{{"{hostile}"\n', encoding="utf-8")
    (folder / "users.csv").write_text(f'user_id\n"u-3{hostile}"\n', encoding="utf-8")
    directory = ("--directory", f"users{hostile}.db")
    shown = []
    for words in (
        ("import", *directory, f"export{hostile}"),
        ("import", *directory, f"absent{hostile}"),
        ("show", *directory, f"u-1{hostile}"),
        ("show", *directory, f"u-2{hostile}"),
        ("check", *directory),
        ("check", *directory, "--users", "users.csv"),
        ("check", *directory, "--users", f"absent{hostile}"),
        ("export", *directory, f"out{hostile}"),
        ("show", "--directory", f"absent{hostile}", "u-1"),
        ("show", "--directory", f"{hostile}://", "u-1"),
    ):
        done = command("endpoints", *words)
        assert not set("\x1b\r") & {*done.out, *done.err}, words
        shown.append(done.out + done.err)
    assert sum("\\e[2J" in text for text in shown) >= 6


class TestDirectories:
    def test_a_file_that_is_not_there(self, command, folder):
        done = command("endpoints", "show", "--directory", "absent.db", "u-1")
        assert done == (
            2,
            "",
            "absent.db: there is no such directory: `pinpoint-users endpoints import --directory absent.db FILE` makes it\n",
        )

    def test_an_address_that_is_none(self, command, folder):
        done = command("endpoints", "show", "--directory", "mysql://host", "u-1")
        assert done == (2, "", "--directory mysql://host: write a file's name, postgresql://…, or dynamodb://TABLE\n")

    def test_a_database_that_does_not_answer(self, command, folder):
        pytest.importorskip("psycopg")
        done = command("endpoints", "show", "--directory", "postgresql://127.0.0.1:1/none", "u-1")
        assert done.code == 3
        assert done.err.count("\n") == 1

    def test_a_database_without_the_extra(self, command, folder, monkeypatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)
        done = command("endpoints", "show", "--directory", "postgresql://127.0.0.1:1/none", "u-1")
        assert done.code == 2
        assert "which comes with the extra `postgres`" in done.err
        assert done.err.count("\n") == 1

    def test_a_table_that_cannot_be_asked(self, command, folder, monkeypatch):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        done = command("endpoints", "show", "--directory", "dynamodb://table", "u-1")
        assert done.code == 3
        assert done.err.count("\n") == 1


def test_an_export_over_the_directory_is_refused(command, folder):
    text = line("e-1")
    (folder / "export").write_text(text, encoding="utf-8")
    assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
    before = (folder / "users.db").read_bytes()
    done = command("endpoints", "export", "--directory", "users.db", str(folder / "users.db"))
    assert done.code == 2
    assert "would overwrite what the run reads: name another file" in done.err
    assert (folder / "users.db").read_bytes() == before


@pytest.mark.parametrize("page", ["message.json", "users.csv"])
def test_a_page_over_what_is_previewed_is_refused(command, folder, page):
    (folder / "message.json").write_text('{"sms_message": {"body": "Hi"}}', encoding="ascii")
    (folder / "users.csv").write_text("user_id\nu-1\n", encoding="ascii")
    before = (folder / page).read_bytes()
    done = command("preview", "--message", "message.json", "--users", "users.csv", "--html", page)
    assert done == (2, "", f"--html {page}: would overwrite what the run reads: name another file\n")
    assert (folder / page).read_bytes() == before
