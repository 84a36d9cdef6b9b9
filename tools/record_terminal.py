"""Records the picture of `pinpoint-users send` that README shows: `python tools/record_terminal.py`.

A real run in a pseudo-terminal: 5,000 users of an embedded service over HTTP, which throttles. Needs the extras `cli` and
`local`, pexpect, pyte, and bash.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path

import pexpect
import pyte
from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.style import Style
from rich.text import Text

from pinpoint_users.local import LocalPinpoint

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "send.svg"
COLUMNS, LINES = 100, 60
USERS = 5_000
PORT = 8080
MESSAGE = """[sms_message]
body = "Hello {{name}}, your parcel comes tomorrow between nine and noon."
message_type = "TRANSACTIONAL"
"""
COMMAND = f"""pinpoint-users send --application-id shop --endpoint-url http://localhost:{PORT} \\
  --message message.toml --users users.csv --journal parcels.db"""
COLOURS = {"brown": "yellow"}
"""pyte's words for colours that rich calls otherwise."""
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def main() -> None:
    """Runs the command, answers its question and writes the picture."""
    with tempfile.TemporaryDirectory() as folder, LocalPinpoint(application_id="shop") as local:
        Path(folder, "message.toml").write_text(MESSAGE, encoding="utf-8")
        rows = "".join(f"u-{number},{name}\n" for number, name in enumerate(names()))
        Path(folder, "users.csv").write_text("user_id,name\n" + rows, encoding="utf-8")
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}} for number in range(USERS)
        )
        local.limit_rate(100, endpoints_per_second=1_000)
        with local.serve(port=PORT):
            screen = record(folder)
    svg = picture_of(screen)
    if folder in svg or str(Path.home()) in svg or "url(" in re.sub(r"url\(#", "", svg):
        sys.exit("the picture names a path of this machine, or an address")
    PICTURE.write_text(svg, encoding="utf-8")
    print(f"{PICTURE.name}: {PICTURE.stat().st_size:,} bytes")


def names() -> list[str]:
    """A name for each user."""
    some = ("Ann", "Ben", "Carla", "Dmitri", "Eva", "Finn", "Grace")
    return [some[number % len(some)] for number in range(USERS)]


def record(folder: str) -> pyte.Screen:
    """The screen after the run."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.Stream(screen)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    bash = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        cwd=folder,
        encoding="utf-8",
        dimensions=(LINES, COLUMNS),
        timeout=60,
        env={
            **kept,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "TERM": "xterm-256color",
            "PS1": "$ ",
            "PS2": "> ",
            "INPUTRC": os.devnull,
        },
    )
    bash.logfile_read = _Screen(stream)
    bash.expect_exact("$ ")
    bash.sendline("bind 'set enable-bracketed-paste off'; clear")
    bash.expect_exact("$ ")
    screen.reset()
    stream.feed("$ ")
    bash.sendline(COMMAND)
    bash.expect_exact("[y/N] ")
    bash.sendline("y")
    bash.expect_exact("SUCCESSFUL")
    bash.expect_exact("$ ")
    bash.close()
    return screen


class _Screen(io.TextIOBase):
    """What pexpect reads, on pyte's screen."""

    def __init__(self, stream: pyte.Stream) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.feed(text)
        return len(text)


def picture_of(screen: pyte.Screen) -> str:
    """The screen as SVG, in the fonts of whoever looks at it."""
    lines = [line.rstrip() for line in screen.display]
    last = max(number for number, line in enumerate(lines) if line not in {"", "$"})
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for number in range(last + 1):
        row = screen.buffer[number]
        text = Text(no_wrap=True)
        for style, cells in groupby((row[column] for column in range(len(lines[number]))), _style):
            text.append("".join(cell.data for cell in cells), style)
        console.print(text)
    template = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace("Fira Code, monospace", FONTS).replace("arial", "system-ui, sans-serif")
    return console.export_svg(title="pinpoint-users", code_format=template, unique_id="send")


def _style(cell: pyte.screens.Char) -> Style:
    return Style(color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold, reverse=cell.reverse)


def _colour(name: str) -> str:
    if name == "default":
        return name
    if re.fullmatch("[0-9a-f]{6}", name):
        return f"#{name}"
    return re.sub("^bright", "bright_", COLOURS.get(name, name))


if __name__ == "__main__":
    main()
