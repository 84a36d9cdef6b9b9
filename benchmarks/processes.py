"""The processes of a run: the stub server, and for each side a child of its own, which waits while another one works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typing_extensions import Self

ROOT = Path(__file__).parent.parent


class SideMissingError(Exception):
    """A side's library isn't installed, or can't do what is measured."""


def environment(*paths: str) -> dict[str, str]:
    """What every process of a run gets: nothing of this machine's AWS settings and proxies, and this repository's package.

    Args:
        paths: Where packages are found first.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "PYTHON")) and not name.upper().endswith("_PROXY")
    }
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)]),
        "no_proxy": "*",
    }


class Process:
    """A Python process that reads lines and answers each with a line, until its input is closed.

    Args:
        module: The module that it runs.
        arguments: The module's arguments.
        paths: Where packages are found first.
    """

    def __init__(self, module: str, *arguments: str, paths: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment(*paths),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def read(self) -> Any:
        """Its next line, parsed.

        Raises:
            RuntimeError: It ended.
        """
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"a process of the benchmark ended early: {self._process.args!r}")
        return json.loads(line)

    def write(self, **what: object) -> None:
        """Gives it a line."""
        if self._process.stdin:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """Ends it, and waits until it has ended."""
        try:
            self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


class Stub(Process):
    """The stub server.

    Args:
        delay: Seconds until it answers a request.
    """

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__("benchmarks.stub", f"--delay={delay}")
        self.url = f"http://127.0.0.1:{self.read()}"

    def cpu(self) -> float:
        """How long it has worked, in seconds of CPU time."""
        with urllib.request.urlopen(f"{self.url}/stats") as answer:  # noqa: S310 - loopback
            return float(json.load(answer)["cpu"])


class Child(Process):
    """A process with one side, warm.

    Args:
        side: The side's name.
        url: The stub server.
        concurrency: Requests at a time.
        without: Modules that it can't import.
        paths: Where packages are found first.

    Raises:
        SideMissingError: The side's library isn't installed.
    """

    def __init__(
        self, side: str, url: str, *, concurrency: int = 1, without: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> None:
        blocked = [f"--without={name}" for name in without]
        super().__init__("benchmarks.child", side, url, f"--concurrency={concurrency}", *blocked, paths=paths)
        hello = self.read()
        if not hello["ready"]:
            self.close()
            raise SideMissingError(hello["why"])
        self.versions: dict[str, str] = hello["versions"]
        self.has_orjson: bool = hello["orjson"]

    def many(self, count: int, *, first: int = 0) -> dict[str, float]:
        """Sends to many users: `cpu` and `wall`, in seconds a user."""
        done = self._do("many", first=first, count=count)
        return {"cpu": done["cpu"] / count, "wall": done["wall"] / count}

    def one(self, count: int) -> float:
        """Sends to one user at a time: the median of the wall times, in seconds."""
        return self._do("one", first=0, count=count)["wall"]

    def peak(self) -> float:
        """The most memory that it has had, in bytes."""
        self.write(do="peak")
        return float(self.read()["bytes"])

    def _do(self, what: str, *, first: int, count: int) -> dict[str, float]:
        self.write(do=what, first=first, count=count)
        done: dict[str, float] = self.read()
        if done["endpoints"] != 2 * count:
            raise RuntimeError(f"{count} users have {2 * count} endpoints, and {done['endpoints']} were read as SUCCESSFUL")
        return done
