"""The load that the embedded service bears: `python -m benchmarks.local_service`, from the root of the repository.

The server has a process of its own, the client another with a few connections that are kept. Every user has two endpoints, one
for SMS and one for push. The goals are 1,500 requests a second of one user and 150 of 100 users, on two cores that both share;
CPU time tells more than wall time where others are at work on the machine. `--seconds 600` shows that memory stays flat.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import attrs
from typing_extensions import Self

from pinpoint_users.local import LocalPinpoint

USERS = 10_000
GOALS = {1: 1_500.0, 100: 150.0}
"""Requests a second, by the users of each."""
_CONNECTIONS = 4
_BODIES = 50
_MESSAGE = {
    "SMSMessage": {"Body": "Hi {{name}}", "Substitutions": {"name": ["you"]}},
    "GCMMessage": {"Title": "Hello", "Body": "Hi {{name}}", "Substitutions": {"name": ["you"]}},
}


@attrs.frozen
class Usage:
    """What the server's process has used."""

    cpu: float
    """Seconds."""
    memory: int
    """Bytes that are resident."""


@attrs.frozen
class Load:
    """What was measured."""

    users: int
    """Users of a request."""
    requests: int
    seconds: float
    cpu: float
    """Seconds of the server's CPU time."""
    memory: tuple[int, ...]
    """Bytes that were resident, at ten moments."""

    @property
    def per_second(self) -> float:
        """Requests a second, as they went through."""
        return self.requests / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Requests for each second of the server's CPU time: what it would bear on an idle core."""
        return self.requests / self.cpu

    def __str__(self) -> str:
        memory = " ".join(f"{size / 1e6:.0f}" for size in self.memory)
        goal = GOALS[self.users]
        return (
            f"{self.users:3} users a request: {self.per_second:,.0f} requests/s (goal {goal:,.0f}), "
            f"{self.per_cpu_second:,.0f} for each second of the server's CPU ({1_000 / self.per_cpu_second:.2f} ms each); "
            f"memory {memory} MB"
        )


class Server:
    """The embedded service in a process of its own; a context manager.

    Args:
        data: The file that it keeps everything in; by default memory.
    """

    def __init__(self, data: str = ":memory:") -> None:
        command = [sys.executable, "-m", "benchmarks.local_service", "--serve", data]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        self.port, self.max_deliveries = self._answer()
        """The port, and the bound of the deliveries that are kept."""

    def usage(self) -> Usage:
        """What its process has used so far."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        print(file=self._process.stdin, flush=True)
        return Usage(*self._answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def _answer(self) -> list[int]:
        assert self._process.stdout is not None  # noqa: S101 - likewise
        answer: list[int] = json.loads(self._process.stdout.readline())
        return answer


def measure(server: Server, users: int, seconds: float) -> Load:
    """Sends to so many users a request, for so many seconds."""
    bodies = [
        json.dumps(
            {"MessageConfiguration": _MESSAGE, "Users": {f"u-{(first * users + each) % USERS}": {} for each in range(users)}}
        ).encode()
        for first in range(_BODIES)
    ]
    counts = [0] * _CONNECTIONS
    before, began = server.usage(), time.monotonic()
    senders = [
        threading.Thread(target=_send, args=(server.port, bodies, began + seconds, counts, number))
        for number in range(_CONNECTIONS)
    ]
    for sender in senders:
        sender.start()
    memory = []
    for moment in range(1, 11):
        time.sleep(max(0.0, began + seconds * moment / 10 - time.monotonic()))
        memory.append(server.usage().memory)
    for sender in senders:
        sender.join()
    took = time.monotonic() - began
    return Load(users, sum(counts), took, server.usage().cpu - before.cpu, tuple(memory))


def _send(port: int, bodies: list[bytes], until: float, counts: list[int], number: int) -> None:
    path = "/v1/apps/local-application/users-messages"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            body = bodies[counts[number] % len(bodies)]
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            connection.sendall(head + body)
            answer = connection.recv(65_536)
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65_536)
            said, _, first = answer.partition(b"\r\n\r\n")
            if not said.startswith(b"HTTP/1.1 200"):
                raise SystemExit(said.decode())
            left = int(said.lower().partition(b"content-length:")[2].split()[0]) - len(first)
            while left > 0:
                left -= len(connection.recv(262_144))
            counts[number] += 1


def serve(data: str) -> None:
    """Serves, and tells at each line that comes in what the process has used, until there are no more."""
    channels = {"SMS": "+1206{:07}", "GCM": "token-{}"}
    with LocalPinpoint(data) as local:
        local.add_endpoints(
            {
                "Id": f"{channel}-{number}",
                "ChannelType": channel,
                "Address": address.format(number),
                "User": {"UserId": f"u-{number}"},
            }
            for number in range(USERS)
            for channel, address in channels.items()
        )
        with local.serve() as server:
            print(json.dumps([server.port, local.max_deliveries]), flush=True)
            for _ in sys.stdin:
                print(json.dumps([time.process_time(), _resident()]), flush=True)


def _resident() -> int:
    """Bytes that this process has in memory: now, or, where that can't be known, at most so far."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1_024)


def main() -> None:
    """Measures both loads and prints them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.local_service", description="The embedded service's load.")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts; 10 by default")
    parser.add_argument("--data", default=":memory:", help="a file that everything is kept in; by default memory")
    parser.add_argument("--serve", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    with Server(options.data) as server:
        print(f"{os.cpu_count()} cores; the last {server.max_deliveries:,} deliveries are kept")
        for users in GOALS:
            print(measure(server, users, options.seconds), flush=True)


if __name__ == "__main__":
    main()
