"""Each mistake that the type checkers report (`tests/typing/mistakes.py`) is refused at run time too, and names where it is."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path

import attrs
import pytest

from pinpoint_users import ValidationError

FILE = Path(__file__).parent.parent / "typing" / "mistakes.py"
SPEC = importlib.util.spec_from_file_location("mistakes", FILE)
assert SPEC is not None
assert SPEC.loader is not None
MODULE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MODULE)
FUNCTIONS = [function for _, function in inspect.getmembers(MODULE, inspect.isfunction) if function.__module__ == "mistakes"]
MISTAKES = [function for function in FUNCTIONS if not function.__name__.startswith("_")]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[function.__name__ for function in MISTAKES])
def test_it_is_refused_and_says_where(mistake):
    with pytest.raises((ValidationError, AttributeError, TypeError)) as caught:
        mistake()
    if isinstance(caught.value, ValidationError):
        (fault,) = caught.value.faults
        assert inspect.getdoc(mistake) in str(fault)
    else:  # Python's own words for an unknown method and a missing keyword, attrs' for an assignment
        assert isinstance(caught.value, attrs.exceptions.FrozenInstanceError) or inspect.getdoc(mistake) in str(caught.value)


def test_there_are_mistakes_to_make():
    assert len(MISTAKES) > 20
