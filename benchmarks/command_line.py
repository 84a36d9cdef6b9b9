"""What `pinpoint-users send` costs beside the same run of a program in Python: 1,000,000 users from CSV, with a journal.

    python -m benchmarks.command_line [--users 1000000] [--repetitions 3] [--strict]

Both read the same file, send by eight requests at a time to the stub and keep a journal; the command checks the file first, as
it always does, and counts what came of it. Each run is a process of its own, and the sides take turns.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

from benchmarks.audience import APPLICATION_ID, MESSAGE
from benchmarks.files import write_users
from benchmarks.processes import Stub, environment
from benchmarks.sides.ours import client_for, configuration_for, message
from benchmarks.timing import Samples, described, ratio, take_turns
from pinpoint_users import Journal

SLOWER = 1.15
"""Goal: at most 15 % more time than the program."""
MEGABYTES = 150.0
"""Goal: the most memory, whatever the number of users."""
CONCURRENCY = 8


def program(url: str, users: Path, journal: Path) -> None:
    """The same run in Python, which prints how many users there were of each outcome."""
    with users.open(newline="", encoding="utf-8") as file, client_for(url, CONCURRENCY) as client:
        rows = csv.reader(file)
        next(rows)
        pairs = ((user_id, configuration_for((user_id, name, order, code))) for user_id, name, order, code in rows)
        outcomes = Counter(result.outcome for result in client.stream(message, pairs, journal=Journal(journal)))
    print(json.dumps({"outcomes": outcomes}))


def run(command: list[str], users: int) -> tuple[float, float, float]:
    """Runs a side: seconds of wall time and of CPU time, and the most memory in millions of bytes.

    Raises:
        RuntimeError: Not everybody got the message.
    """
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *command], env=environment(), stdout=subprocess.PIPE) as process:  # noqa: S603 - ours
        said = b"" if process.stdout is None else process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode or json.loads(said)["outcomes"].get("SUCCESSFUL") != users:
        raise RuntimeError(f"{command}: {process.returncode}, {said[:500]!r}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def measure(users: int, repetitions: int) -> bool:
    """Measures both, prints it, and tells whether the goals are met."""
    cpu: Samples = {"command": [], "program": []}
    memory: Samples = {"command": [], "program": [], "command, a tenth": []}
    with tempfile.TemporaryDirectory() as name, Stub() as server:
        folder = Path(name)
        (folder / "message.json").write_text(json.dumps(MESSAGE), encoding="utf-8")
        write_users(folder / "users.csv", users)
        write_users(folder / "tenth.csv", users // 10)

        def turn(side: str, file: str = "users.csv", count: int = users) -> float:
            journal = folder / "run.db"
            for left in folder.glob("run.db*"):
                left.unlink()
            wall, took, most = run(_command(side.split(",", maxsplit=1)[0], server.url, folder / file, journal), count)
            memory[side].append(most)
            if side in cpu:
                cpu[side].append(took)
            return wall

        turn("command, a tenth", "tenth.csv", users // 10)
        wall = take_turns({side: partial(turn, side) for side in cpu}, repetitions)
    slower, more = ratio(wall, "command", "program"), ratio(cpu, "command", "program")
    growth = max(memory["command"]) / memory["command, a tenth"][0]
    print(f"{users:,} users: {described(wall, 'µs a user', 1e6 / users)}; command / program {slower:.3f}")
    print(f"CPU time: {described(cpu, 'µs a user', 1e6 / users)}; command / program {more:.3f}")
    print(f"memory: {described(memory, 'MB', 1)}; over that of a tenth of the users {growth:.2f}")
    return slower <= SLOWER and max(memory["command"]) <= MEGABYTES


def _command(side: str, url: str, users: Path, journal: Path) -> list[str]:
    if side == "program":
        return ["-m", "benchmarks.command_line", "--program", url, str(users), str(journal)]
    where = ["--application-id", APPLICATION_ID, "--endpoint-url", url, "--region", "eu-west-1"]
    what = ["--message", str(users.with_name("message.json")), "--users", str(users), "--journal", str(journal)]
    return ["-m", "pinpoint_users", "send", *where, *what, "--yes", "--quiet", "--json"]


def main() -> int:
    """Measures, or is the program that is measured.

    Returns:
        1 if `--strict` was asked for and a goal is missed.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--program", nargs=3, metavar=("URL", "FILE", "JOURNAL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.program:
        url, users, journal = arguments.program
        program(url, Path(users), Path(journal))
        return 0
    return int(not measure(arguments.users, arguments.repetitions) and arguments.strict)


if __name__ == "__main__":
    sys.exit(main())
