"""What users from a file cost beside the same users from a generator of Python's: the check before, and the run itself.

    python -m benchmarks.files [--users 200000] [--repetitions 5] [--strict]

A CSV file with three variables a user, sent to the stub by one thread. Each side is a process of its own; they take turns.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.audience import MESSAGE, rows
from benchmarks.processes import Stub, environment
from benchmarks.sides.ours import client_for, message, successful, users
from benchmarks.timing import described, ratio, take_turns
from pinpoint_users import DirectMessageConfiguration
from pinpoint_users._files.check import check
from pinpoint_users._files.message_file import MessageFile
from pinpoint_users._files.user_file import pairs_of

MORE = 1.15
"""Goal: at most 15 % more CPU time than from a generator."""
MEGABYTES = 150.0
"""Goal: the most memory."""


def write_users(path: Path, count: int) -> None:
    """Writes the users as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "name", "order", "code"])
        writer.writerows(rows(0, count))


def send(url: str, path: str, count: int, *, is_from_file: bool) -> None:
    """Sends in this process, and prints the CPU seconds and the most memory in millions of bytes."""
    client = client_for(url, 1)
    successful(client.stream(message, users(rows(0, 2_000))))
    start = time.process_time()
    if is_from_file:
        checked = check(MessageFile(message=DirectMessageConfiguration.from_dict(MESSAGE)), path)
        if not checked.is_right or checked.users != count:
            raise RuntimeError(str(checked.faults[:1]))
        sent = successful(client.stream(message, pairs_of(path, on_bad_line=print)))
    else:
        sent = successful(client.stream(message, users(rows(0, count))))
    took = time.process_time() - start
    client.close()
    if sent != 2 * count:
        raise RuntimeError(f"{sent} of {2 * count} endpoints were sent to")
    print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6]))


def measure(count: int, repetitions: int) -> bool:
    """Measures both, prints it, and tells whether the goals are met."""
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "users.csv")
        write_users(path, count)
        with Stub() as server:

            def turn(side: str) -> float:
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.files",
                    "--send",
                    side,
                    server.url,
                    str(path),
                    "--users",
                    str(count),
                ]
                done = subprocess.run(command, check=True, env=environment(), capture_output=True, text=True)  # noqa: S603
                took, most = json.loads(done.stdout)
                memory.append(most if side == "file" else 0)
                return float(took)

            samples = take_turns({"file": lambda: turn("file"), "generator": lambda: turn("generator")}, repetitions)
    more = ratio(samples, "file", "generator")
    print(f"{count:,} users: {described(samples, 'µs a user', 1e6 / count)}; file / generator {more:.3f}; {max(memory):.0f} MB")
    for_check = [_check_alone(count) for _ in range(3)]
    print(f"the check alone {statistics.median(for_check):.2f} µs a user")
    return more <= MORE and max(memory) <= MEGABYTES


def _check_alone(count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "users.csv")
        write_users(path, count)
        start = time.process_time()
        check(MessageFile(message=DirectMessageConfiguration.from_dict(MESSAGE)), path)
        return (time.process_time() - start) * 1e6 / count


def main() -> int:
    """Measures, or sends in the process that is measured.

    Returns:
        1 if `--strict` was asked for and a goal is missed.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--send", nargs=3, metavar=("SIDE", "URL", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send:
        side, url, path = arguments.send
        send(url, path, arguments.users, is_from_file=side == "file")
        return 0
    return int(not measure(arguments.users, arguments.repetitions) and arguments.strict)


if __name__ == "__main__":
    sys.exit(main())
