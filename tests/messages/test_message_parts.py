"""How many parts a text is sent as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._shapes.gsm import septets, sms_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # the euro isn't parted, so one place is left empty
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("ç" * 134, 2),
        ("ç" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),  # 33 of two units each in 67
        ("x" * 69 + "\u2019", 1),
        ("x" * 70 + "\u2019", 2),
    ],
)
def test_known_texts(text, parts):
    assert sms_parts(text) == parts


def test_what_is_in_gsm_7_and_what_isnt():
    assert septets("a[€]\n") == 8
    assert septets("ç") is None
    assert septets("") == 0


@given(st.text(max_size=1_000))
def test_more_text_is_never_fewer_parts(text):
    parts = sms_parts(text)
    assert 1 <= parts <= sms_parts(text + "x") <= parts + 1
    assert parts >= sms_parts(text[: len(text) // 2])
