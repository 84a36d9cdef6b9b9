"""What stands in a header as text: values apart from what is around them, encoded words, quoted strings."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from email.errors import MessageError
from email.header import decode_header, make_header

LINE_BREAK = "has a line break once it is filled, which would begin another header"
"""What is told of a value that can't stand in any header."""
UNREADABLE = "has a variable among addresses or parameters that can't be read"
"""What is told where it can't be said what a value is a part of."""
STRING = r'"(?:[^"\\]|\\.)*"'
"""A quoted string."""
COMMENT = r"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)"
"""A comment, which may have others within it."""
_DIGIT = 0xD800
_BITS = 10
_NOTHING = "\udc40\ud800"
_VALUE = re.compile(r"[\ud800-\udc40][\ud800-\udbff]")
"""A letter of a value, as two digits, each of which is a surrogate, as no text in UTF-8 has; or a value without any."""
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_WORD = r"=\?[^?\s]*\?[bBqQ]\?[^?]*\?="
_WORD_AS_READ = re.compile(r"=\?[^?]*\?[bBqQ]\?.*?\?=")
"""The same as the standard library reads it, spaces and all."""
_WORDS = re.compile(rf"{_WORD}(?:[ \t\r\n]+{_WORD})*")
_LANGUAGE = re.compile(r"(?<==\?)([^?*]+)\*[^?]*(?=\?)")
"""What RFC 2231 has behind a word's character set (section 5), which the standard library doesn't know."""
_READING_ERRORS = (MessageError, AttributeError, LookupError, TypeError, ValueError)
"""What the email package raises where it can't read a header."""
_LONG_LINE = re.compile(r"[^\n]{900}")
_LONGEST = 200
"""Characters: more are written in several lines, of which none may have more than 998 (RFC 5322, section 2.1.1)."""
_IN_A_WORD = 30
"""Bytes, which make 52 characters: with a name before them, a line has 76 at most (RFC 2047, section 2)."""


class HeaderError(ValueError):
    """A value can't stand where it is in a header, as `str` of this says."""


def apart(value: str) -> str:
    """A value in characters of their own, none of which means anything to who reads a header."""
    numbers = map(ord, value)
    return "".join(chr(_DIGIT + (each >> _BITS)) + chr(_DIGIT + (each & (1 << _BITS) - 1)) for each in numbers) or _NOTHING


def together(text: str, write: Callable[[str], str] = lambda letter: letter) -> str:
    """A text with the values in it as they are.

    Args:
        text: The text.
        write: How a letter of a value is to stand there.
    """

    def letter(found: re.Match[str]) -> str:
        high, low = map(ord, found[0])
        return "" if found[0] == _NOTHING else write(chr((high - _DIGIT << _BITS) + low - _DIGIT))

    return _VALUE.sub(letter, text)


def has_values(text: str) -> bool:
    """Whether there is one in it."""
    return _VALUE.search(text) is not None


def is_a_value(text: str) -> bool:
    """Whether it is one and nothing else."""
    return not _VALUE.sub("", text)


def has_long_lines(text: str) -> bool:
    """Whether a line may have more than 998 characters with what else is in it."""
    return _LONG_LINE.search(text) is not None


def as_it_stands(text: str) -> str:
    """What can't be read: the text as it is, if there is no value in it.

    Raises:
        HeaderError: There is one.
    """
    if has_values(text):
        raise HeaderError(UNREADABLE)
    return text


def opened_words(text: str, write: Callable[[str, str], str] = lambda said, _words: said) -> str:
    """A text without encoded words, as far as these can be read; those that stand side by side are one.

    Args:
        text: The text.
        write: What is to stand there, of what the words say and of the words.
    """

    def read(found: re.Match[str]) -> str:
        try:
            said = str(make_header(decode_header(_LANGUAGE.sub(r"\1", found[0]))))
        except _READING_ERRORS:
            return found[0]
        return found[0] if has_controls(said) else write(said, found[0])

    return _WORDS.sub(read, text) if "=?" in text else text


def has_controls(text: str) -> bool:
    """Whether something in it is no letter, but a command, such as a line break."""
    return _CONTROL.search(text) is not None


def is_readable(text: str) -> bool:
    """Whether a text is read as it is without being encoded."""
    return text.isascii() and text.replace("\t", " ").isprintable() and _WORD_AS_READ.search(text) is None


def is_plain(text: str) -> bool:
    """The same of one that is to stand in a line with others."""
    return len(text) <= _LONGEST and is_readable(text)


def in_words(text: str, line: str) -> str:
    """A text in encoded words, one a line.

    Raises:
        UnicodeEncodeError: It has bytes that aren't UTF-8.
    """
    pieces = [b""]
    for letter in text:
        data = letter.encode()
        if len(pieces[-1]) + len(data) > _IN_A_WORD:
            pieces.append(b"")
        pieces[-1] += data
    return f"{line} ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in pieces)


def quoted(text: str) -> str:
    """A text as a quoted string."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def unquoted(string: str) -> str:
    """What a quoted string says, or a comment."""
    return re.sub(r"\\(.)", r"\1", string[1:-1], flags=re.DOTALL)
