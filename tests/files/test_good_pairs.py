"""The users whom a check found right: each once, and every other line told once, whatever the file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pinpoint_users as p
from pinpoint_users._files.check import check, good_pairs
from pinpoint_users._files.message_file import MessageFile

MESSAGE = MessageFile(message=p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="Hi {{name}}")))
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["Ann", "Bob", "", "x" * 1_700, "too,many"])), max_size=12
)


def split(text, message=MESSAGE):
    checked = check(message, io.BytesIO(text.encode()))
    bad = []
    good = list(good_pairs(checked, io.BytesIO(text.encode()), on_bad_line=bad.append))
    return checked, [(user_id, configuration.substitutions["name"][0]) for user_id, configuration in good], bad


@given(ROWS)
def test_each_line_is_a_user_or_is_told(rows):
    text = "user_id,name\n" + "".join(f"{user_id},{name}\n" for user_id, name in rows)
    checked, good, bad = split(text)
    expected = {}
    for user_id, name in rows:
        if name in {"Ann", "Bob"}:
            expected.setdefault(user_id, name)
    assert dict(good) == expected
    assert len(good) == len(expected) == checked.users - checked.duplicates
    assert len(good) + len(bad) == len(rows)
    assert len(bad) == checked.bad_lines + checked.duplicates
    assert [line.line for line in bad] == sorted({line.line for line in bad})
    assert sum(len(line.faults) for line in bad) == checked.fault_count or not rows


@pytest.mark.parametrize("message", [None, MESSAGE])
def test_a_message_that_cannot_be_read_makes_no_line_bad(message):
    text = "user_id,name\na,Ann\na,Bob\n"
    checked = check("nowhere.toml" if message is None else message, io.BytesIO(text.encode()))
    assert [user_id for user_id, _ in good_pairs(checked, io.BytesIO(text.encode()), on_bad_line=repr)] == ["a"]
