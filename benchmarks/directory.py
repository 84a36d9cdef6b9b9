"""What a directory in SQLite costs: an import, a look-up, a file.

    python -m benchmarks.directory [--endpoints 1000000] [--strict]

A file as Pinpoint exports it, of the shortest kind of endpoint: one phone for each user, random numbers and IDs. It is imported
in a process of its own, whose memory is measured; then 100 random users at a time are looked up in the file as it lies on disk.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from pinpoint_users.directory import SQLiteDirectory

LOOK_UPS = 300
USERS = 100
IMPORT_SECONDS = 60.0
"""Goal for a million endpoints; as are the others."""
IMPORT_MEGABYTES = 200.0
LOOK_UP_MILLISECONDS = 1.0
BYTES = 400.0


def write_export(path: Path, endpoints: int) -> None:
    """Writes an export, without keeping it in memory."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(endpoints):
            file.write(
                f'{{"ChannelType":"SMS","Address":"+1{chance.randrange(10**10):010}","EndpointStatus":"ACTIVE","OptOut":"NONE",'
                f'"EffectiveDate":"2025-01-01T00:00:00.000Z","User":{{"UserId":"user-{number:07}"}},'
                f'"ApplicationId":"0123456789abcdef0123456789abcdef","Id":"{uuid.UUID(int=chance.getrandbits(128))}",'
                '"CreationDate":"2025-01-01T00:00:00.000Z"}\n'
            )


def import_file(export: str, database: str) -> None:
    """Imports, and prints the seconds, those of the processor, the most memory in millions of bytes, and the endpoints."""
    with SQLiteDirectory(database) as directory:
        wall, processor = time.perf_counter(), time.process_time()
        report = directory.import_file(export)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps([wall, processor, memory, report.imported]))


def look_up(database: Path, endpoints: int) -> list[float]:
    """The milliseconds of each look-up of 100 users."""
    chance = random.Random(2)
    took: list[float] = []
    with SQLiteDirectory(database) as directory:
        for _ in range(LOOK_UPS):
            user_ids = [f"user-{number:07}" for number in chance.sample(range(endpoints), USERS)]
            start = time.perf_counter()
            found = directory.endpoints_of(user_ids)
            took.append((time.perf_counter() - start) * 1e3)
            if len(found) < USERS:
                raise RuntimeError(f"{len(found)} of {USERS} users were found")
    return took


def measure(endpoints: int) -> bool:
    """Measures all, prints it, and tells whether the goals are met."""
    with tempfile.TemporaryDirectory() as folder:
        export, database = Path(folder, "export.json"), Path(folder, "users.db")
        write_export(export, endpoints)
        command = [sys.executable, "-m", "benchmarks.directory", "--import", str(export), str(database)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a command of ours
        wall, processor, memory, imported = json.loads(done.stdout)
        size = database.stat().st_size / endpoints
        took = look_up(database, endpoints)
    median = statistics.median(took)
    print(
        f"{imported:,} endpoints imported in {wall:.1f} s (processor {processor:.1f} s), {memory:.0f} MB; "
        f"{USERS} users looked up in {median:.2f} ms ({min(took):.2f} to {max(took):.2f}); {size:.0f} bytes an endpoint"
    )
    return wall <= IMPORT_SECONDS and memory <= IMPORT_MEGABYTES and median <= LOOK_UP_MILLISECONDS and size <= BYTES


def main() -> int:
    """Measures, or imports in the process that is measured.

    Returns:
        1 if `--strict` was asked for and a goal is missed.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=1_000_000)
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--import", nargs=2, metavar=("EXPORT", "DATABASE"), dest="files", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.files:
        import_file(*arguments.files)
        return 0
    return int(not measure(arguments.endpoints) and arguments.strict)


if __name__ == "__main__":
    sys.exit(main())
