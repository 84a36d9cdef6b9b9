"""Writes docs/compatibility.md from what the tests of tests/compatibility and of credentials said: `nox -s compatibility`."""

from __future__ import annotations

import platform
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "compatibility.md"
HEAD = """# What it was tried with

`nox -s compatibility` writes this page: it installs the packages as published and runs the checks, each tracer and server in a
process of its own. Nothing here was edited by hand.

"""
TAIL = """
## What doesn't work, here or with boto3

- **gevent patched after boto3 was imported**, or after the first client of this package, which imports botocore: with https,
  boto3's requests end in a `RecursionError` within `ssl`, and so do this package's, which tell that nothing was sent.
  Patch first: `from gevent import monkey; monkey.patch_all()` at the head of the program, or gunicorn's `-k gevent` without
  `--preload`.
- **`responses` and `requests-mock`** stand in the place of `requests`, which botocore doesn't use: boto3's requests
  go out, and this package's too. `pook` stands in urllib3's place, and works.
- **moto** has no operation of Pinpoint's that sends: see [Testing code that sends](testing.md).
- **`aws login`** needs `botocore[crt]`, as in boto3.
- **A deadline that passes while the process stands still** ends the run, with what was under way as UNKNOWN.
"""
SUITE = "tests of sending, credentials and hooks"


def main(results: str, pythons: str, *packages: str) -> None:
    """Writes the page; ends with an error if a check failed."""
    folder = Path(results)
    rows: dict[str, list[str]] = defaultdict(list)
    failed = 0
    for case in _cases(folder / "tests.xml"):
        outcome = _outcome(case)
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
    lines.append(f"\n## Pythons\n\n| what | {SUITE} | result |\n| --- | --- | --- |\n")
    for number in pythons.split(","):
        of_python = folder / f"python-{number}.xml"
        outcomes = Counter(map(_outcome, _cases(of_python))) if of_python.exists() else Counter()
        broken = outcomes["failure"] + outcomes["error"]
        failed += broken
        result = f"{broken} failed" if broken else "works" if outcomes["works"] else "not tried: it wasn't to be had"
        lines.append(f"| Python {number} | {outcomes['works'] or ''} | {result} |\n")
    for room, found in sorted(rows.items()):
        title = room.removeprefix("test_").replace("_", " ").capitalize()
        lines.append(f"\n## {title}\n\n| what | how | result |\n| --- | --- | --- |\n" + "\n".join(sorted(found)) + "\n")
    lines.append(TAIL)
    PAGE.write_text(re.sub(r" +$", "", "".join(lines), flags=re.MULTILINE), encoding="utf-8")
    if failed:
        sys.exit(f"{failed} checks failed: see {PAGE.name}")


def _cases(path: Path) -> Iterator[ET.Element]:
    return ET.parse(path).getroot().iter("testcase")  # noqa: S314 - pytest has just written it


def _outcome(case: ET.Element) -> str:
    return next((tag for tag in ("failure", "error", "skipped") if case.find(tag) is not None), "works")


if __name__ == "__main__":
    main(*sys.argv[1:])
