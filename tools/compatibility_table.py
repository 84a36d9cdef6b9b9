"""Writes docs/compatibility.md from what the tests of tests/compatibility and of credentials said: `nox -s compatibility`."""

from __future__ import annotations

import platform
import re
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"
HEAD = """# What it was tried with

`nox -s compatibility` writes this page: it installs the packages as published and runs the checks, each tracer and server in a
process of its own. Nothing here was edited by hand.

"""


def main(results: str, *packages: str) -> None:
    """Writes the page; ends with an error if a check failed."""
    rows: dict[str, list[str]] = defaultdict(list)
    failed = 0
    for case in ET.parse(results).getroot().iter("testcase"):  # noqa: S314 - pytest has just written it
        outcome = next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "works")
        failed += outcome in {"failure", "error"}
        name, _, how = case.attrib["name"].partition("[")
        words = name.removeprefix("test_").replace("_", " ")
        rows[case.attrib["classname"].rpartition(".")[2]].append(f"| {words} | {how.removesuffix(']')} | {outcome} |")
    lines = [
        HEAD,
        f"Python {platform.python_version()}, {platform.system()}; ",
        "and:\n\n| package | version |\n| --- | --- |\n",
    ]
    lines += [f"| {name} | {version(name)} |\n" for name in ("boto3", "botocore", *packages)]
    for room, found in sorted(rows.items()):
        title = room.removeprefix("test_").capitalize()
        lines.append(f"\n## {title}\n\n| what | how | result |\n| --- | --- | --- |\n" + "\n".join(sorted(found)) + "\n")
    PAGE.write_text(re.sub(r" +$", "", "".join(lines), flags=re.MULTILINE), encoding="utf-8")
    if failed:
        sys.exit(f"{failed} checks failed: see {PAGE.name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
