"""Untrusted text for terminals: what would drive the terminal, or turn the direction of writing, is shown instead."""

from __future__ import annotations

import re

_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f"  # C0 and C1 controls, escape sequences among them
    r"\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # without width; bidirectional
    r"\ud800-\udfff"  # lone surrogates, which a terminal's encoding can't carry
    r"\U000e0000-\U000e007f"  # tags
)
_UNSAFE = re.compile(f"[{_HIDDEN}]")
_UNSAFE_BUT_BREAKS = re.compile(rf"(?![\t\n])[{_HIDDEN}]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\x1b": r"\e"}


def visible(text: str, *, multiline: bool = False) -> str:
    r"""The text as it can be written to a terminal: controls, bidirectional marks and lone surrogates as escapes.

    What joins emoji and letters (U+200C, U+200D) stays.

    Args:
        text: The text.
        multiline: Whether its line breaks and tabs are kept; a carriage return never is, unless a line feed follows.

    >>> visible("a\x1b[2Jb\u202ec")
    'a\\e[2Jb\\u202ec'
    """
    if text.isascii() and text.isprintable():
        return text
    if not multiline:
        return _UNSAFE.sub(_escape, text)
    return _UNSAFE_BUT_BREAKS.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    written = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(character, written)
