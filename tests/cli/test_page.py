"""`docs/command-line.md`: its commands run one after another and say what the page shows."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pinpoint_users.cli.app import app

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
PICTURE = DOCS / "images" / "send.svg"
BLOCKS = "\n".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
RUNS = re.findall(r"^\$ pinpoint-users (.*)\n((?:(?!\$ ).*\n)*)", BLOCKS + "\n", re.MULTILINE)
ENDPOINTS = [
    ("e-1", "SMS", "+12065550100", "u-1"),
    ("e-2", "EMAIL", "ann@example.com", "u-1"),
    ("e-3", "SMS", "+12065550101", "u-2"),
]


@pytest.mark.parametrize("aws", ["local-application"], indirect=True)  # that of `pinpoint-users local`
def test_every_command_of_the_page_says_what_the_page_shows(command, aws, folder):
    (folder / "message.toml").write_text(
        re.search(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1], encoding="utf-8"
    )
    (folder / "users.csv").write_text(re.search(r"^```csv\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1], encoding="utf-8")
    lines = [{"Id": i, "ChannelType": c, "Address": a, "User": {"UserId": u}} for i, c, a, u in ENDPOINTS]
    (folder / "export.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    for arguments, shown in RUNS:
        done = command(*shlex.split(arguments.replace("URL", aws.url)))
        said = "\n".join(line.rstrip() for line in (done.err + done.out).replace(aws.url, "URL").strip().splitlines())
        expected = re.escape(shown.strip()).replace("…", ".*")
        assert re.fullmatch(expected, said, re.DOTALL), f"{arguments}\n{said}"


def test_every_command_is_on_the_page():
    for name in app:
        if not name.startswith("-"):
            assert f"`{name}`" in PAGE or f"pinpoint-users {name}" in PAGE


def test_the_picture_needs_nothing_from_elsewhere():
    picture = PICTURE.read_text(encoding="utf-8")
    texts = " ".join("".join(element.itertext()) for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"))
    assert "pinpoint-users send" in texts.replace("\xa0", " ")
    assert "throttled" in texts
    assert not re.search(r"@font-face|@import|<image|<script|href|url\((?!#)", picture)
    assert "docs/images/send.svg" in (PICTURE.parents[2] / "README.md").read_text(encoding="utf-8")
