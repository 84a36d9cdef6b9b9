"""Every value goes to AWS's shape and back unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, values_of

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES


@pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_from_dict_reads_what_to_dict_writes(cls, data):
    value = data.draw(values_of(cls))
    assert cls.from_dict(value.to_dict()) == value
