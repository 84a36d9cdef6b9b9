"""How late a task of an event loop is while `AsyncPinpointUsers` sends beside it.

`python -m benchmarks.heartbeat` starts a stub server 100 ms away and sends to 20,000 users, 64 requests at a time, while a task
asks to be woken every 2 ms; it prints a line of JSON: by how many seconds 99 of 100 times were late at most, a figure a run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import time
from collections.abc import Coroutine

from benchmarks.processes import Stub, environment
from benchmarks.sides.ours_async import client_for, send_all

_EVERY = 0.002
USERS, CONCURRENCY, DELAY = 20_000, 64, 0.1


async def _beat(lates: list[float]) -> None:
    while True:
        due = time.perf_counter() + _EVERY
        await asyncio.sleep(_EVERY)
        lates.append(time.perf_counter() - due)


async def lateness(work: Coroutine[object, object, int]) -> float:
    """The 99th percentile of a heartbeat's lateness in seconds, while something is awaited."""
    lates: list[float] = []
    beating = asyncio.create_task(_beat(lates))
    await work
    beating.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beating
    return sorted(lates)[len(lates) * 99 // 100]


async def _measure(url: str, runs: int) -> list[float]:
    async with client_for(url, CONCURRENCY) as pinpoint:
        await send_all(pinpoint, 0, USERS)  # connections are made, and boto3 has read what it reads
        return [await lateness(send_all(pinpoint, 0, USERS)) for _ in range(runs)]


def main() -> None:
    """Measures, and prints what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    os.environ.update(environment())
    with Stub(DELAY) as stub:
        print(json.dumps({"lateness": asyncio.run(_measure(stub.url, runs))}))


if __name__ == "__main__":
    main()
