from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._files.terminal_text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zoë 日本 👩\u200d👧", "Zoë 日本 👩\u200d👧"),
        ("\x1b]0;title\x07", r"\e]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_drives_a_terminal_is_shown(text, shown):
    assert visible(text) == shown


def test_lines_may_stay_lines():
    assert visible("a\r\nb\tc\rd\x1b[2J", multiline=True) == "a\nb\tc\\rd\\e[2J"


@given(st.text(st.characters()), st.booleans())
def test_nothing_of_any_text_is_obeyed(text, multiline):
    shown = visible(text, multiline=multiline)
    kept = "\n\t" if multiline else ""
    assert not [character for character in shown if unicodedata.category(character) in {"Cc", "Cs"} and character not in kept]
    assert not [
        character
        for character in shown
        if unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRI", "RLI", "PDF", "PDI"}
    ]
    io.BytesIO().write(shown.encode())
