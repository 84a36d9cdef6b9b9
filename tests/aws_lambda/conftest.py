"""What tells that a run has been stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from stopping import noticing_stops


@pytest.fixture
def has_stopped() -> Iterator[threading.Event]:
    """Set as soon as a run has been stopped: from then on no further request of it goes out."""
    with noticing_stops() as has_stopped:
        yield has_stopped
