"""A run of the benchmarks: its server, its children, and how much is measured."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.processes import Child, Stub
from benchmarks.timing import Samples, ratio

WITHOUT_ORJSON = "with json"
"""The variant of ours that can't import orjson."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    repetitions: int = 41
    """Of what takes less than a second: short turns, and many of them, so that other work on the machine hits all alike."""
    starts: int = 15
    """Of what starts a process."""
    long_repetitions: int = 5
    """Of what takes tens of seconds."""
    path_users: int = 2_500
    messages: int = 100
    many_users: int = 100_000
    peers_users: int = 20_000
    kept_users: int = 300_000
    small: int = 10_000
    medium: int = 100_000
    large: int = 1_000_000


QUICK = Effort(
    repetitions=7,
    starts=5,
    long_repetitions=3,
    path_users=2_000,
    messages=50,
    many_users=10_000,
    peers_users=5_000,
    kept_users=20_000,
    small=2_000,
    medium=5_000,
    large=10_000,
)


@dataclass
class Bench:
    """A run of the benchmarks.

    Args:
        stub: The stub server.
        effort: How much is measured.
        aioboto3: Where aioboto3 and the botocore that it needs are installed, if apart from the rest.
    """

    stub: Stub
    effort: Effort
    aioboto3: str | None = None
    variants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The ways in which ours is measured, with the modules that it then can't import; the first is as it is installed."""
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.child("ours") as child:
            self.versions.update(child.versions)
            self.variants.update({"with orjson": (), WITHOUT_ORJSON: ("orjson",)} if child.has_orjson else {WITHOUT_ORJSON: ()})

    def child(self, side: str, *, concurrency: int = 1, without: Sequence[str] = (), stub: Stub | None = None) -> Child:
        """Starts a child with a side, which sends to the run's stub server if not to another.

        Raises:
            SideMissingError: The side's library isn't installed.
        """
        paths = [self.aioboto3] if side == "aioboto3" and self.aioboto3 else []
        child = Child(side, (stub or self.stub).url, concurrency=concurrency, without=without, paths=paths)
        if paths:
            self.versions.update({name: child.versions[name] for name in ("aioboto3", "aiobotocore")})
            self.versions["aioboto3's botocore"] = child.versions["botocore"]
        return child

    def ours(self, stack: ExitStack, name: str = "ours", *, concurrency: int = 1, stub: Stub | None = None) -> dict[str, Child]:
        """Starts a child for each variant of ours, by the name that it has among the samples."""
        return {
            f"{name} {variant}": stack.enter_context(self.child(name, concurrency=concurrency, without=without, stub=stub))
            for variant, without in self.variants.items()
        }

    def over_ours(self, samples: Samples, other: str, side: str = "ours") -> dict[str, float]:
        """How much another side's times are of ours, for each variant."""
        return {variant: ratio(samples, other, f"{side} {variant}") for variant in self.variants}

    def ours_over(self, samples: Samples, other: str, side: str = "ours") -> dict[str, float]:
        """How much our times are of another side's, for each variant."""
        return {variant: ratio(samples, f"{side} {variant}", other) for variant in self.variants}

    def as_installed(self, value: float) -> dict[str, float]:
        """A figure that was only measured as ours is installed."""
        return {next(iter(self.variants)): value}
