"""What is measured: each function gives rows of the table."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from benchmarks.bench import WITHOUT_ORJSON, Bench
from benchmarks.processes import ROOT, SideMissingError, Stub, environment
from benchmarks.sampling import cpu, in_one_process, processes, wall
from benchmarks.table import Goal, Row
from benchmarks.timing import Samples, described, ratio, take_turns

PEERS = ("types-boto3", "boto3-dataclass-pinpoint", "capo-pinpoint", "aioboto3")
_REMARKS = {"types-boto3": "stubs: boto3's run time"}
_MEGABYTE = 1_000_000
_FAR = 0.1
_AT_A_TIME = 64
_CAPO = Goal("≥", 1.4)
_IN_SILENCE = (
    "import os, sys; sys.stdout = open(os.devnull, 'w'); from pinpoint_users.cli import main; sys.exit(main(sys.argv[1:]))"
)
HELPS = [
    ["--help"],
    *([name, "--help"] for name in ("send", "resume", "report", "check", "preview", "schema", "doctor", "local", "completion")),
    *(["endpoints", *name, "--help"] for name in ([], ["import"], ["export"], ["show"], ["check"])),
]
"""All that help is there for."""


def whole_path(bench: Bench) -> Iterator[Row]:
    """CPU time a user: build, send, read; by boto3, by ours through each of its doors, and the floor."""
    doors = {"ours, send": "send", "ours": "stream", "ours, send_users_messages": "send_users_messages"}
    with ExitStack() as stack:
        children = {side: stack.enter_context(bench.child(side)) for side in ("boto3", "floor")}
        for side in doors:
            children.update(bench.ours(stack, side))
        samples = cpu(children, bench.effort.path_users, bench.effort.repetitions)
    details = described(samples, "µs a user", 1e6)
    for side, door in doors.items():
        yield Row(
            f"CPU time a user, whole path by `{door}`, one thread, boto3 / ours",
            Goal("≥", 3.3),
            bench.over_ours(samples, "boto3", side),
            details=details if door == "send" else "",
        )
    without = bench.over_ours(samples, "boto3", "ours, send").get(WITHOUT_ORJSON)
    yield Row("the same by `send` without orjson", Goal("≥", 2.8), {} if without is None else {WITHOUT_ORJSON: without})
    for side, door in doors.items():
        yield Row(
            f"the same by `{door}` over the floor, ours / floor",
            Goal("≤", 1.6),
            bench.ours_over(samples, "floor", side),
        )


def many_users(bench: Bench) -> Iterator[Row]:
    """Wall time for many users in eight threads."""
    with ExitStack() as stack:
        children = {"boto3": stack.enter_context(bench.child("boto3", concurrency=8)), **bench.ours(stack, concurrency=8)}
        before, began = bench.stub.cpu(), time.perf_counter()
        samples = wall(children, bench.effort.many_users, bench.effort.long_repetitions)
        busy = (bench.stub.cpu() - before) / (time.perf_counter() - began)
    yield Row(
        f"wall time, {bench.effort.many_users:,} users, 8 threads each side, boto3 / ours",
        Goal("≥", 2.5),
        bench.over_ours(samples, "boto3"),
        details=f"{described(samples, 'µs a user', 1e6)}; the stub server was busy {busy:.0%} of the time",
    )


def far_away(bench: Bench) -> Iterator[Row]:
    """Users a second where each answer takes a while, with many requests at a time."""
    effort = bench.effort
    with ExitStack() as stack:
        stub = stack.enter_context(Stub(delay=_FAR))
        children = {
            "boto3": stack.enter_context(bench.child("boto3", concurrency=_AT_A_TIME, stub=stub)),
            **bench.ours(stack, concurrency=_AT_A_TIME, stub=stub),
        }
        samples = wall(children, effort.many_users, effort.long_repetitions)
    yield Row(
        f"users a second, a server {_FAR * 1_000:.0f} ms away, {_AT_A_TIME} requests at a time, {effort.many_users:,} users, "
        f"ours / boto3 with {_AT_A_TIME} threads",
        Goal("≥", 3),
        bench.over_ours(samples, "boto3"),
        details=described(samples, "µs a user", 1e6),
    )


def from_asyncio(bench: Bench) -> Iterator[Row]:
    """CPU time over asyncio, beside aioboto3 and beside ours in threads; and how late other tasks of the loop are."""
    effort = bench.effort
    aioboto3, missing = "aioboto3", ""
    with ExitStack() as stack:
        children = {**bench.ours(stack, "ours", concurrency=8), **bench.ours(stack, "ours, async", concurrency=8)}
        try:
            children[aioboto3] = stack.enter_context(bench.child(aioboto3, concurrency=8))
        except SideMissingError as error:
            missing = f"not measured: {error}"
        samples = cpu(children, effort.path_users, effort.repetitions)
    yield Row(
        "CPU time a user over asyncio, 8 requests at a time, aioboto3 / ours",
        Goal("≥", 3),
        {} if missing else bench.over_ours(samples, aioboto3, "ours, async"),
        remark=missing,
        details=described(samples, "µs a user", 1e6),
    )
    yield Row(
        "the same, ours over asyncio / ours in threads",
        Goal("≤", 1.3),
        {name: ratio(samples, f"ours, async {name}", f"ours {name}") for name in bench.variants},
    )
    command = [sys.executable, "-m", "benchmarks.heartbeat", "--runs", str(effort.long_repetitions)]
    done = subprocess.run(command, check=True, env=environment(), capture_output=True, text=True)  # noqa: S603 - likewise
    lateness = statistics.median(json.loads(done.stdout)["lateness"])
    yield Row(
        f"a heartbeat beside 20,000 users, a server {_FAR * 1_000:.0f} ms away, {_AT_A_TIME} requests at a time, "
        "99th percentile of lateness",
        Goal("≤", 20, " ms"),
        bench.as_installed(lateness * 1e3),
        unit=" ms",
    )


def one_message(bench: Bench) -> Iterator[Row]:
    """Latency of one transactional message on a warm client."""
    doors = {"ours": "send", "ours, send_users_messages": "send_users_messages"}
    with ExitStack() as stack:
        children = {side: stack.enter_context(bench.child(side)) for side in ("boto3", "floor")}
        for side in doors:
            children.update(bench.ours(stack, side))
        turns = {name: partial(child.one, bench.effort.messages) for name, child in children.items()}
        samples = take_turns(turns, bench.effort.repetitions)
    for side, door in doors.items():
        yield Row(
            f"one transactional message to one user by `{door}`, warm client, median latency, ours / boto3",
            Goal("≤", 0.8) if side == "ours" else None,
            bench.ours_over(samples, "boto3", side),
            details=described(samples, "µs", 1e6) if side == "ours" else "",
        )
    yield Row("one transactional message, floor / boto3", values=bench.as_installed(ratio(samples, "floor", "boto3")))


def building(bench: Bench) -> Iterator[Row]:
    """Building frozen users, and their dicts."""
    samples = in_one_process("building", bench.effort.repetitions)
    for side, measure in {
        "ours": "build 100 frozen users with 3 variables + `to_dict`, ours / plain dict code",
        "ours, as a request": "the same as one `SendUsersMessageRequest`, ours / plain dict code",
    }.items():
        yield Row(
            measure,
            Goal("≤", 7) if side == "ours" else None,
            bench.as_installed(ratio(samples, side, "dicts")),
            details=described(samples, "µs", 1e6) if side == "ours" else "",
        )


def importing(bench: Bench) -> Iterator[Row]:
    """`import pinpoint_users` beside `import boto3`, both over a bare interpreter."""
    programs = {"bare": ["-c", "pass"], "ours": ["-c", "import pinpoint_users"], "boto3": ["-c", "import boto3"]}
    asked = "import pinpoint_users, sys; sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    imports_boto3 = subprocess.run([sys.executable, "-c", asked], check=False, env=environment()).returncode != 0  # noqa: S603
    samples, costs = processes(programs, bench.effort.starts)
    for measure, goal, times in (
        ("`import pinpoint_users` / `import boto3`, both over a bare interpreter", Goal("≤", 0.4), samples),
        ("the same in CPU time", None, costs),
    ):
        over = {name: [a - b for a, b in zip(times[name], times["bare"], strict=True)] for name in ("ours", "boto3")}
        yield Row(
            measure,
            goal,
            bench.as_installed(ratio(over, "ours", "boto3")),
            remark="" if goal is None else "boto3 is imported" if imports_boto3 else "boto3 not imported",
            details=described(times, "ms", 1e3),
            fails=imports_boto3,
        )


def cold(bench: Bench) -> Iterator[Row]:
    """A whole process that sends one message."""
    files = {"boto3": str(ROOT / "benchmarks/cold/plain_boto3.py"), "ours": str(ROOT / "benchmarks/cold/ours.py")}
    for measure, goal, arguments in (
        ("first message from a cold process, ours / boto3", Goal("≤", 1.1), [bench.stub.url]),
        ("a client without `endpoint_url=` from a cold process, ours / boto3", None, []),
    ):
        samples, costs = processes({name: [file, *arguments] for name, file in files.items()}, bench.effort.starts)
        yield Row(measure, goal, bench.as_installed(ratio(samples, "ours", "boto3")), details=described(samples, "ms", 1e3))
        yield Row("the same in CPU time", None, bench.as_installed(ratio(costs, "ours", "boto3")))


def helping(bench: Bench) -> Iterator[Row]:
    """`--help` of the command line, and the slowest `COMMAND --help`, over a bare interpreter."""
    if importlib.util.find_spec("cyclopts") is None:
        yield Row("`pinpoint-users --help`", remark="the extra cli isn't installed")
        return
    commands = {" ".join(words): ["-c", _IN_SILENCE, *words] for words in HELPS}
    samples, costs = processes({"bare": ["-c", "pass"], **commands}, bench.effort.starts)
    over, cost = (
        {name: statistics.median(a - b for a, b in zip(times[name], times["bare"], strict=True)) for name in commands}
        for times in (samples, costs)
    )
    slowest = max(over, key=over.__getitem__)
    for name, measure in (("--help", ""), (slowest, ", the slowest of all commands")):
        yield Row(
            f"`pinpoint-users {name}` over a bare interpreter{measure}",
            Goal("≤", 150, " ms"),
            bench.as_installed(1e3 * over[name]),
            unit=" ms",
            details=described(samples, "ms", 1e3) if name == slowest else "",
        )
        yield Row("the same in CPU time", None, bench.as_installed(1e3 * cost[name]), unit=" ms")


def memory(bench: Bench) -> Iterator[Row]:
    """Peak memory of `stream`, and how CPU time a user grows with the audience: each run in a process of its own."""
    effort = bench.effort
    sizes = {f"{size:,}": size for size in (effort.small, effort.medium, effort.large)}
    small, medium, large = sizes
    peaks: Samples = {size: [] for size in sizes}
    costs: Samples = {size: [] for size in sizes}
    for _ in range(effort.long_repetitions):
        for name, size in sizes.items():
            with bench.child("ours", concurrency=8) as child:
                costs[name].append(statistics.fmean([child.many(size)["cpu"] for _ in range(10 if name == small else 1)]))
                peaks[name].append(child.peak())
    yield Row(
        f"peak memory, `stream` of {large} users from a generator",
        Goal("≤", 130, " MB"),
        bench.as_installed(statistics.median(peaks[large]) / _MEGABYTE),
        unit=" MB",
        details=described(peaks, "MB", 1 / _MEGABYTE),
    )
    yield Row(f"the same over that of {medium} users", Goal("≤", 1.1), bench.as_installed(ratio(peaks, large, medium)))
    yield Row(
        f"growth: CPU time a user at {large} / at {small}",
        Goal("≤", 1.1),
        bench.as_installed(ratio(costs, large, small)),
        details=described(costs, "µs a user", 1e6),
    )


def kept(bench: Bench) -> Iterator[Row]:
    """What a report takes: how much more memory than a tenth of its users, each run in a process of its own."""
    few, many = bench.effort.kept_users // 10, bench.effort.kept_users
    peaks: Samples = {f"{few:,} users": [], f"{many:,} users": []}
    for _ in range(bench.effort.long_repetitions):
        for name, users in zip(peaks, (few, many), strict=True):
            with bench.child("ours, send", concurrency=8) as child:
                child.many(users)
                peaks[name].append(child.peak())
    small, large = (statistics.median(peak) for peak in peaks.values())
    yield Row(
        f"memory a user that `send` keeps, {many:,} users of two endpoints",
        Goal("≤", 500, " bytes"),
        bench.as_installed((large - small) / (many - few)),
        unit=" bytes",
        details=described(peaks, "MB", 1 / _MEGABYTE),
    )


def to_directory(bench: Bench) -> Iterator[Row]:
    """CPU time a user who is looked up in SQLite, by boto3 in eight threads and by ours; and what a long run keeps."""
    effort = bench.effort
    for what, where, bound in (
        ("push and SMS by addresses", "addresses", 2.5),
        ("e-mail by `SendBulkEmail`", "mailboxes", 2.0),
    ):
        with ExitStack() as stack:
            boto3 = stack.enter_context(bench.child(f"boto3 to {where}", concurrency=8))
            children = {"boto3": boto3, **bench.ours(stack, f"ours to {where}", concurrency=8)}
            samples = cpu(children, effort.path_users, effort.repetitions)
        yield Row(
            f"CPU time a user from a directory in SQLite, {what}, 8 threads each side, boto3 / ours",
            Goal("≥", bound),
            bench.over_ours(samples, "boto3", f"ours to {where}"),
            details=described(samples, "µs a user", 1e6),
        )
    peaks: Samples = {f"{size:,}": [] for size in (effort.medium, effort.large)}
    medium, large = peaks
    for _ in range(effort.long_repetitions):
        for name, size in zip(peaks, (effort.medium, effort.large), strict=True):
            with bench.child("ours by a function", concurrency=8) as child:
                child.many(size)
                peaks[name].append(child.peak())
    yield Row(
        f"peak memory, `stream` of {large} users whose endpoints a function gives, over that of {medium}",
        Goal("≤", 1.1),
        bench.as_installed(ratio(peaks, large, medium)),
        details=described(peaks, "MB", 1 / _MEGABYTE),
    )


def peers(bench: Bench) -> Iterator[Row]:
    """Ours beside other libraries: CPU time in one thread, wall time with eight requests at a time, reading answers."""
    effort = bench.effort
    for measure, concurrency, take, users, repetitions in (
        ("CPU time a user, whole path, one thread", 1, cpu, effort.path_users, effort.repetitions),
        (
            f"wall time, {effort.peers_users:,} users, 8 requests at a time",
            8,
            wall,
            effort.peers_users,
            effort.long_repetitions,
        ),
    ):
        missing: dict[str, str] = {}
        with ExitStack() as stack:
            children = bench.ours(stack, concurrency=concurrency)
            for peer in PEERS:
                try:
                    children[peer] = stack.enter_context(bench.child(peer, concurrency=concurrency))
                except SideMissingError as error:  # noqa: PERF203 - to measure the others
                    missing[peer] = f"not measured: {error}"
            samples = take(children, users, repetitions)
        for peer in PEERS:
            values = {} if peer in missing else bench.over_ours(samples, peer)
            yield Row(
                f"{measure}, {peer} / ours",
                _CAPO if peer == "capo-pinpoint" and take is cpu else Goal(">", 1.0),
                values,
                remark=missing.get(peer, _REMARKS.get(peer, "")),
                details=described(samples, "µs a user", 1e6) if peer == PEERS[0] else "",
            )
    yield from _reading(bench)


def _reading(bench: Bench) -> Iterator[Row]:
    measure = "CPU time, {} to 200 typed results read, boto3-dataclass-pinpoint / ours"
    try:
        samples = in_one_process("reading", bench.effort.repetitions)
    except SideMissingError as error:
        yield Row(measure.format("an answer's bytes"), Goal(">", 1.0), remark=f"not measured: {error}")
        return
    yield Row(
        measure.format("an answer's bytes"),
        Goal(">", 1.0),
        bench.as_installed(ratio(samples, "boto3-dataclass-pinpoint", "ours")),
        details=described(samples, "µs", 1e6),
    )
    yield Row(
        measure.format("boto3's parsed dict"),
        values=bench.as_installed(ratio(samples, "boto3-dataclass-pinpoint, of a dict", "ours, of a dict")),
        remark="it wraps the dict and checks nothing",
    )


MEASURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "path": whole_path,
    "many": many_users,
    "far": far_away,
    "asyncio": from_asyncio,
    "one": one_message,
    "build": building,
    "import": importing,
    "cold": cold,
    "help": helping,
    "memory": memory,
    "kept": kept,
    "directory": to_directory,
    "peers": peers,
}
"""The measures by the names that `--only` takes."""
