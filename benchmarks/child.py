"""A process with one side, warm, which measures what it is told to: a line of JSON in, a line of JSON out.

`python -m benchmarks.child boto3 http://127.0.0.1:12345`, then for instance `{"do": "many", "first": 0, "count": 200}`.
It ends when its standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

from benchmarks.audience import USERS_A_REQUEST
from benchmarks.sides import SIDES, Side, connect

_WARM_UP = 20 * USERS_A_REQUEST
_DISTRIBUTIONS = (
    "pinpoint-users",
    "boto3",
    "botocore",
    "orjson",
    "types-boto3-pinpoint",
    "boto3-dataclass-pinpoint",
    "capo-pinpoint",
    "aioboto3",
    "aiobotocore",
)


def many(side: Side, first: int, count: int) -> dict[str, float]:
    """Sends to many users: CPU time of all threads of this process, and wall time, in seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    endpoints = side.send_many(first, count)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "endpoints": endpoints}


def one(side: Side, first: int, count: int) -> dict[str, float]:
    """Sends to one user at a time: the median of the wall times, in seconds."""
    walls, endpoints = [], 0
    for number in range(first, first + count):
        began = time.perf_counter()
        endpoints += side.send_one(number)
        walls.append(time.perf_counter() - began)
    return {"wall": statistics.median(walls), "endpoints": endpoints}


def peak(_side: Side) -> dict[str, float]:
    """The most memory that this process has had, in bytes."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


_COMMANDS: dict[str, Callable[..., dict[str, float]]] = {"many": many, "one": one, "peak": peak}


def _versions() -> dict[str, str]:
    """The distributions of what is compared; of one that is there twice, the one that is imported."""
    found = reversed(list(metadata.distributions()))
    installed = {distribution.name.lower().replace("_", "-"): distribution.version for distribution in found}
    return {name: installed[name] for name in _DISTRIBUTIONS if name in installed}


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """Connects, warms up, says what it runs with, and does what it is told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("url")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--without", action="append", default=[], help="a module that can't be imported")
    arguments = parser.parse_args()
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(arguments.without))  # None is how Python itself marks a module as not to be had
    try:
        side = connect(arguments.side, arguments.url, arguments.concurrency)
    except ImportError as error:
        return _say(ready=False, why=str(error))
    for _ in range(2):
        side.send_many(0, _WARM_UP)
    side.send_one(0)
    _say(ready=True, versions=_versions(), orjson=bool(sys.modules.get("orjson")))
    for line in sys.stdin:
        command = json.loads(line)
        _say(**_COMMANDS[command.pop("do")](side, **command))
    return side.close()


if __name__ == "__main__":
    main()
