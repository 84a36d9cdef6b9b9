"""The table: what was measured, what it was to be, what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """A bound that a figure is to keep."""

    relation: Literal["≥", "≤", ">"]
    bound: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.relation} {self.bound:g}{self.unit}"

    def is_met_by(self, value: float) -> bool:
        """Whether a figure keeps it."""
        if self.relation == "≤":
            return value <= self.bound
        return value >= self.bound if self.relation == "≥" else value > self.bound


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    measure: str
    goal: Goal | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    """The figure for each variant of ours: with orjson, and with the standard json."""
    unit: str = ""
    remark: str = ""
    """What is to be said beside the figures, or why there are none."""
    details: str = ""
    """The sides' own times."""
    fails: bool = False
    """Whether what the remark says keeps the goal from being met."""

    def figure(self, variant: str) -> str:
        """The figure as it is shown."""
        value = self.values.get(variant)
        if value is None:
            return ""
        return f"{value:.0f}{self.unit}" if self.unit else f"{value:.2f}"

    def is_met(self, variant: str) -> bool | None:
        """Whether the goal is met; None if there is no goal, or no figure."""
        value = self.values.get(variant)
        if self.goal is None or value is None:
            return None
        return self.goal.is_met_by(value) and not self.fails

    def verdict(self, variants: Sequence[str]) -> bool | None:
        """Whether the goal is met by the first variant that was measured; None if there is no goal, or no figure."""
        return next((met for variant in variants if (met := self.is_met(variant)) is not None), None)

    def met(self, variants: Sequence[str]) -> str:
        """Whether the goal is met, in words: by the first variant, and how the others differ."""
        verdict = self.verdict(variants)
        if verdict is None:
            return ""
        others = [variant for variant in variants if self.is_met(variant) not in {None, verdict}]
        return ("yes" if verdict else "**no**") + "".join(f", but {'not ' if verdict else ''}{variant}" for variant in others)


def markdown(rows: Sequence[Row], variants: Sequence[str]) -> str:
    """The table in Markdown."""
    heads = ["measure", "goal", *variants, "met"]
    lines = [
        [
            row.measure + (f" ({row.remark})" if row.remark else ""),
            str(row.goal or ""),
            *(row.figure(variant) for variant in variants),
            row.met(variants),
        ]
        for row in rows
    ]
    table = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in table)


def plain(rows: Sequence[Row], variants: Sequence[str]) -> str:
    """The table for a terminal."""
    lines = [line.strip("|").split("|") for line in markdown(rows, variants).replace("**", "").splitlines()]
    lines[1] = ["" for _ in lines[1]]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join("".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
