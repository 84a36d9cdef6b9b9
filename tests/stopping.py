"""A run that is expected to end early."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pinpoint_users import PinpointUsersError, RunStoppedError


@contextmanager
def stopped_by(
    reason: type[Exception] | tuple[type[Exception], ...], *, match: str | None = None
) -> Iterator[pytest.ExceptionInfo[RunStoppedError]]:
    """Like `pytest.raises`, of a run that stops for a reason of this class."""
    with pytest.raises(RunStoppedError, match=match) as caught:
        yield caught
    assert isinstance(caught.value.reason, PinpointUsersError)
    assert isinstance(caught.value.reason, reason)
    assert caught.value.__cause__ is caught.value.reason
