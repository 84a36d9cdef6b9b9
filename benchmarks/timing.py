"""Taking turns, and what is made of the turns' times."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

Samples = dict[str, list[float]]
"""What each side's turns gave, in the order of the turns."""


def take_turns(sides: Mapping[str, Callable[[], float]], repetitions: int) -> Samples:
    """Gives each side its turn in every repetition, forwards and backwards, so that a drift of the machine hits all alike."""
    samples: Samples = {name: [] for name in sides}
    for repetition in range(repetitions):
        for name in list(sides)[:: 1 if repetition % 2 == 0 else -1]:
            samples[name].append(sides[name]())
    return samples


def ratio(samples: Samples, one: str, other: str) -> float:
    """How much one side's time is of the other's: the median of the repetitions' ratios."""
    return statistics.median(a / b for a, b in zip(samples[one], samples[other], strict=True))


def described(samples: Samples, unit: str, scale: float) -> str:
    """Each side's median with the smallest and the largest.

    Args:
        samples: The times.
        unit: What they are shown in.
        scale: How many of these are in one of the samples' own.
    """
    return "; ".join(
        f"{name} {statistics.median(times) * scale:.4g} {unit} ({min(times) * scale:.4g} to {max(times) * scale:.4g})"
        for name, times in samples.items()
    )
