"""A section of docs/faults.md, which a run of its own writes anew."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
WORKERS_HEADING = "\n## Many workers with one journal\n"
"""The heading of the first section that isn't of the fault table, which leaves it and what follows as they are."""


def placed(heading: str, new: str, page: str) -> str:
    """A page with a section in the place of its last one; what follows stays.

    Args:
        heading: The section's, with the line breaks around it.
        new: The section, which begins with its heading.
        page: The page.
    """
    head, _, rest = page.partition(heading)
    _, mark, others = rest.partition("\n## ")
    return head + new + mark + others


def write(heading: str, new: str) -> None:
    """Writes the section into docs/faults.md."""
    PAGE.write_text(placed(heading, new, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
