"""Characters that nobody sees, which come along where a number or an ID is copied."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode's categories of control and format characters and of blanks."""


def unseen(text: str) -> str | None:
    """The first of them in a text, such as `U+202A`; None if there is none. A plain blank is none."""
    found = next((each for each in text if each != " " and unicodedata.category(each) in _UNSEEN), None)
    return None if found is None else f"U+{ord(found):04X}"
