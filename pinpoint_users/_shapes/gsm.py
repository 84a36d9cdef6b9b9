"""What a text takes as SMS: in GSM-7's alphabet, or in UCS-2 where one of its characters isn't there (3GPP TS 23.038)."""

from __future__ import annotations

from collections.abc import Iterable

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""The characters that take two."""
GSM_CHARACTERS = _BASIC | _EXTENDED
"""The characters of GSM-7."""
_GSM_ALONE, _GSM_PART = 160, 153
_UCS_ALONE, _UCS_PART = 70, 67


def septets(text: str) -> int | None:
    """How many characters of GSM-7 a text takes; None if one of them is outside of it."""
    characters = set(text)
    if not characters <= GSM_CHARACTERS:
        return None
    return len(text) + sum(text.count(character) for character in characters & _EXTENDED)


def sms_parts(text: str) -> int:
    """How many message parts a text is sent as: rates and prices count these. An empty text is one.

    160 characters of GSM-7 or 70 others go as one part, longer texts in parts of 153 or 67. A character that takes two, such as
    `€` in GSM-7 or an emoji in UCS-2, is never parted.
    """
    size = septets(text)
    if size is not None:
        return 1 if size <= _GSM_ALONE else _parts((2 if character in _EXTENDED else 1 for character in text), _GSM_PART)
    sizes = [2 if character > "\uffff" else 1 for character in text]
    return 1 if sum(sizes) <= _UCS_ALONE else _parts(sizes, _UCS_PART)


def _parts(sizes: Iterable[int], room: int) -> int:
    parts, left = 1, room
    for size in sizes:
        if size > left:
            parts, left = parts + 1, room
        left -= size
    return parts
