from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pinpoint_users._files.schema import message_schema
from pinpoint_users.cli.check import run_check
from pinpoint_users.cli.preview import run_preview
from pinpoint_users.cli.schema import run_schema, schema_text

MESSAGE = '[sms_message]\nbody = "Code {{code}} for {{name}}"\n'


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=60)


def printed(console):
    return console.file.getvalue().splitlines()


def test_a_check_without_faults(write, console):
    users = write("users.csv", "user_id,code,name,colour\nu-1,1,Ann,red\nu-2,22,Bo,blue\n")
    assert run_check(console, message=write("m.toml", MESSAGE), users=users) == 0
    assert printed(console) == [
        "note: users.csv:1: colour: is a column that no text of the message uses",
        "2 users, 0 faults",
        "SMS of 1 part, 2 parts for the first 2 users",
    ]


def test_a_check_with_faults(write, console):
    users = write("users.csv", "user_id,code,name\nu-1,1,Ann\nu-2,,[red]\x1b[2J\nu-1,1," + "x" * 200 + "\n")
    assert run_check(console, message=write("m.toml", MESSAGE), users=users) == 2
    assert printed(console) == [
        "users.csv:3: code: has no value, and the text uses {{code}}: give user 'u-2' one",
        "users.csv:4: user_id: user 'u-1' is in line 2 already: take one of both out",
        "2 users, 2 faults, 1 line that can't be sent to, 1 duplicate",
        "SMS of 1 to 2 parts, 3 parts for the first 2 users",
    ]
    users = write("users.csv", "user_id,code,name\n" + "".join(f"u-{number}\n" for number in range(100)))
    again = Console(file=io.StringIO(), width=60)
    assert run_check(again, message="m.toml", users=users, demands_variables=False) == 2
    assert printed(again)[19:] == [
        "users.csv:21: has 1 values for 3 columns: add the others",
        "… and 80 more",
        "0 users, 100 faults, 100 lines that can't be sent to",
    ]


def test_names_with_escape_sequences_are_shown(write, console):
    assert run_check(console, message="\x1b[2J.toml", users=write("u.csv", "user_id\nu\n")) == 2
    assert run_preview(console, message="\x1b[2J.toml") == 2
    assert "\x1b" not in console.file.getvalue()
    assert printed(console)[0].startswith(r"\e[2J.toml: can't be read")


def test_previews_of_the_first_and_of_a_named_user(write, console):
    message = write("m.toml", MESSAGE)
    users = write("users.csv", "user_id,code,name\nu-0,1\nu-1,1,Ann\nu-2,2,Bo\n")
    assert run_preview(console, message=message, users=users, user="u-2") == 0
    assert "Code 2 for Bo" in console.file.getvalue()
    assert run_preview(console, message=message, users=users, user="u-1", values={"code": "9"}) == 0
    assert "Code 9 for Ann" in console.file.getvalue()
    assert run_preview(console, message=message, user="u-7", values={"code": "5", "name": "Di"}) == 0
    assert "To u-7" in console.file.getvalue()
    assert run_preview(console, message=message) == 0
    assert "No value here: code, name" in console.file.getvalue()
    first = write("first.csv", "user_id,code,name\nu-1,1,Cy\n")
    assert run_preview(console, message=message, users=first) == 0
    assert "Code 1 for Cy" in console.file.getvalue()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"user": "U-1"}, "users.csv: has no user 'U-1': check the ID, in which case counts"),
        ({"user": "u-0"}, "users.csv:2: has 2 values for 3 columns: add the others"),
        ({}, "users.csv:2: has 2 values for 3 columns: add the others"),
        ({"users": "none.csv"}, "none.csv: has no users"),
        ({"user": "u-1", "values": {"\ud800": "x"}}, None),
        (
            {"user": "u-1", "html": "no/page.html"},
            "no/page.html: can't be written (No such file or directory): name a file in a folder that you may write to",
        ),
    ],
)
def test_what_has_no_preview(write, console, options, problem):
    write("none.csv", "user_id,code,name\n")
    users = write("users.csv", "user_id,code,name\nu-0,1\nu-1,1,Ann\n")
    assert run_preview(console, **{"message": write("m.toml", MESSAGE), "users": users, **options}) == 2
    assert problem is None or printed(console) == [problem]


def test_a_page_is_written(write, console):
    assert run_preview(console, message=write("m.toml", MESSAGE), values={"code": "5", "name": "<b>"}, html="page.html") == 0
    assert printed(console) == ["page.html written"]
    assert "Code 5 for &lt;b&gt;" in Path("page.html").read_text(encoding="utf-8")


def test_the_schema_is_written_as_it_is(console):
    assert run_schema(console) == 0
    assert console.file.getvalue() == schema_text()
    assert json.loads(console.file.getvalue()) == message_schema()


def test_the_generator_leaves_what_is_as_it_should_be():
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, root / "tools/generate_schema.py"], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_rich_and_the_readers_of_formats_are_imported_when_they_are_needed():
    code = (
        "import sys\n"
        "import pinpoint_users.cli.check, pinpoint_users.cli.preview, pinpoint_users.cli.schema\n"
        "print(sorted({'rich', 'ruamel', 'pyarrow', 'boto3', 'botocore'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
